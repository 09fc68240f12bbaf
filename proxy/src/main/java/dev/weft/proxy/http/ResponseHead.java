package dev.weft.proxy.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** The head of a response, well-formed. Mutable: what is forwarded is made of it. */
public final class ResponseHead {
  private static final String WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private final int status;
  private final String reason;
  private final boolean http10;
  private final Fields fields;

  private ResponseHead(int status, String reason, boolean http10, Fields fields) {
    this.status = status;
    this.reason = reason;
    this.http10 = http10;
    this.fields = fields;
  }

  static ResponseHead parse(String line, Fields fields) throws BadMessage {
    boolean http10 = line.startsWith("HTTP/1.0 ");
    if (!http10 && !line.startsWith("HTTP/1.1 ")) {
      throw BadMessage.of("status line: version (expected: HTTP/1.1)");
    }
    int status = 0;
    for (int i = 9; i < 12; i++) {
      int digit = i < line.length() ? line.charAt(i) - '0' : -1;
      if (digit < 0 || digit > 9) {
        throw BadMessage.of("status line: status (expected: three digits)");
      }
      status = 10 * status + digit;
    }
    if (status < 100 || status > 599 || (line.length() > 12 && line.charAt(12) != ' ')) {
      throw BadMessage.of("status line: status (expected: 100 to 599)");
    }
    String reason = line.length() > 13 ? line.substring(13) : "";
    if (!Octets.isFieldValue(reason)) {
      throw BadMessage.of("status line: a control character in the reason");
    }
    return new ResponseHead(status, reason, http10, fields);
  }

  public int status() {
    return status;
  }

  public String reason() {
    return reason;
  }

  public boolean http10() {
    return http10;
  }

  public Fields fields() {
    return fields;
  }

  /** Whether it only says that the final response is still to come. */
  public boolean interim() {
    return status < 200 && status != 101;
  }

  /**
   * Whether it is the answer of somebody who opens a WebSocket, and not only a 101: what comes
   * after it is passed on unread.
   *
   * @param key that the request has in {@code Sec-WebSocket-Key}
   */
  public boolean opensWebSocket(@Nullable String key) {
    return status == 101
        && key != null
        && fields.has("upgrade", "websocket")
        && accepted(key).equals(fields.first("sec-websocket-accept"));
  }

  /** What a server says that has understood the key (RFC 6455 §4.2.2). */
  private static String accepted(String key) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-1")
              .digest((key.trim() + WEBSOCKET).getBytes(StandardCharsets.ISO_8859_1));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  /** Value of {@code Retry-After}; null if there is none. */
  public @Nullable String retryAfter() {
    return fields.first("retry-after");
  }

  /**
   * @param method of the request that it answers
   */
  public Framing framing(String method) throws BadMessage {
    Framing said = Framing.of(fields, http10, Framing.UNTIL_CLOSE);
    boolean without = method.equals("HEAD") || status < 200 || status == 204 || status == 304;
    return without ? Framing.NONE : said;
  }

  /**
   * Whether it announces a body that its status cannot have: who sends such a head may send the
   * body, too, and that would be read as the next response. (Of 304 it may be what is unchanged.)
   */
  public boolean contradictsItself() {
    if (status >= 200 && status != 204 && status != 304) {
      return false;
    }
    String length = fields.first("content-length");
    return fields.count("transfer-encoding") > 0 || (length != null && !length.equals("0"));
  }

  /** Whether the server would take another request on this connection. */
  public boolean keepAlive() {
    return http10 ? fields.has("connection", "keep-alive") : !fields.has("connection", "close");
  }
}
