package dev.weft.ca;

/** A certificate signing request that is not signed; the message says what about it is wrong. */
public final class CsrRefused extends Exception {
  private static final long serialVersionUID = 1L;

  public CsrRefused(String message) {
    super(message);
  }

  public CsrRefused(String message, Throwable cause) {
    super(message, cause);
  }
}
