package dev.weft.ca;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of a join token: {@code weft1.<pin>.<id>.<secret>}.
 *
 * @param pin base64url of the SHA-256 of the root's SPKI, by which a joining agent knows its CA
 * @param id under which the token is stored
 * @param secret base64url of 256 random bits
 */
public record JoinToken(String pin, String id, String secret) {
  /** A longer text is no token. */
  public static final int MAX_LENGTH = 256;

  private static final Pattern FORM =
      Pattern.compile("weft1\\.([A-Za-z0-9_-]{43})\\.([a-z0-9]{1,32})\\.([A-Za-z0-9_-]{43})");

  /**
   * Reads a token; surrounding white space is ignored.
   *
   * @throws IllegalArgumentException if it has another form; the message does not repeat it
   */
  public static JoinToken parse(String text) {
    String stripped = text.strip();
    Matcher matcher = FORM.matcher(stripped);
    if (stripped.length() > MAX_LENGTH || !matcher.matches()) {
      throw new IllegalArgumentException("not a join token (expected: weft1.<pin>.<id>.<secret>)");
    }
    return new JoinToken(matcher.group(1), matcher.group(2), matcher.group(3));
  }

  /** The whole text, secret included. */
  public String text() {
    return "weft1." + pin + "." + id + "." + secret;
  }

  /** Without the secret: safe for a log. */
  @Override
  public String toString() {
    return "weft1." + pin + "." + id + ".…";
  }
}
