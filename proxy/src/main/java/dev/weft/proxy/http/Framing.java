package dev.weft.proxy.http;

import java.util.List;
import java.util.Locale;

/**
 * Where a message's body ends (RFC 9112 §6). One message that two readers end at different places
 * is two messages to one of them: so nothing that is open to reading is let through.
 *
 * @param length of the body in bytes if {@code kind} is LENGTH, else 0
 */
public record Framing(Kind kind, long length) {
  /** How a body's end is known. */
  public enum Kind {
    NONE,
    LENGTH,
    CHUNKED,
    /** By the end of the connection; responses only. */
    UNTIL_CLOSE
  }

  static final Framing NONE = new Framing(Kind.NONE, 0);
  static final Framing CHUNKED = new Framing(Kind.CHUNKED, 0);
  static final Framing UNTIL_CLOSE = new Framing(Kind.UNTIL_CLOSE, 0);

  /** Whether there is nothing to be read. */
  public boolean isEmpty() {
    return kind == Kind.NONE || (kind == Kind.LENGTH && length == 0);
  }

  /**
   * By the fields alone.
   *
   * @param absent what a message is that has neither field
   */
  static Framing of(Fields fields, boolean http10, Framing absent) throws BadMessage {
    List<String> lengths = fields.all("content-length");
    List<String> codings = fields.all("transfer-encoding");
    if (!codings.isEmpty()) {
      if (!lengths.isEmpty()) {
        throw BadMessage.of("Transfer-Encoding and Content-Length (expected: at most one of both)");
      }
      if (http10) {
        throw BadMessage.of("Transfer-Encoding in HTTP/1.0, which has none");
      }
      if (codings.size() > 1 || !codings.get(0).toLowerCase(Locale.ROOT).equals("chunked")) {
        throw BadMessage.of("Transfer-Encoding: " + codings + " (expected: chunked)");
      }
      return CHUNKED;
    }
    if (lengths.isEmpty()) {
      return absent;
    }
    if (lengths.size() > 1) {
      throw BadMessage.of("Content-Length: " + lengths.size() + " times (expected: once)");
    }
    return new Framing(Kind.LENGTH, length(lengths.get(0)));
  }

  private static long length(String text) throws BadMessage {
    boolean good = !text.isEmpty() && text.length() <= 18; // fits a long
    for (int i = 0; good && i < text.length(); i++) {
      good = text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
    if (!good) {
      throw BadMessage.of("Content-Length: \"" + text + "\" (expected: up to 18 digits)");
    }
    return Long.parseLong(text);
  }
}
