package dev.weft.ca;

/** A token that does not grant what was asked for. */
public final class TokenRefused extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why, as {@code docs/protocol.md} names it on the wire. */
  public enum Code {
    BAD_TOKEN,
    NOT_LOOPBACK,
    NOT_GRANTED;

    public String wire() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  private final Code code;

  public TokenRefused(Code code, String message) {
    super(message);
    this.code = code;
  }

  public Code code() {
    return code;
  }
}
