package dev.weft.ca;

/** The authority cannot work: its state or its key is missing, unreadable or someone else's. */
public final class CaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CaException(String message) {
    super(message);
  }

  public CaException(String message, Throwable cause) {
    super(message, cause);
  }
}
