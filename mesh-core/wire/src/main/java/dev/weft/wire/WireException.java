package dev.weft.wire;

import java.io.IOException;

/** What came over the wire is not what the protocol allows. The message names the field. */
public final class WireException extends IOException {
  private static final long serialVersionUID = 1L;

  public WireException(String message) {
    super(message);
  }

  public WireException(String message, Throwable cause) {
    super(message, cause);
  }
}
