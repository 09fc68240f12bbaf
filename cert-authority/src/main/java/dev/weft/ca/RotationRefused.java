package dev.weft.ca;

/** The root cannot be rotated now; the message says why, and what to do. */
public final class RotationRefused extends Exception {
  private static final long serialVersionUID = 1L;

  public RotationRefused(String message) {
    super(message);
  }
}
