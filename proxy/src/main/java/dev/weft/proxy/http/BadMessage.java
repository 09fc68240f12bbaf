package dev.weft.proxy.http;

/**
 * A message that is not passed on: it is malformed, could be read in two ways, or is too large. The
 * connection that it came on is not used again, because where the next message would begin is not
 * known.
 */
public final class BadMessage extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * @param status what a client that sent it is answered, 400 to 505
   * @param reason for the person who wrote the client; names the field, and what was expected
   */
  public BadMessage(int status, String reason) {
    // A stranger decides how often this is thrown: a stack trace would cost much and tell nothing.
    super(reason, null, false, false);
    this.status = status;
  }

  static BadMessage of(String reason) {
    return new BadMessage(400, reason);
  }

  /** Status to answer with; where a server sent the message, its client gets a 502 instead. */
  public int status() {
    return status;
  }

  /** What was wrong. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
