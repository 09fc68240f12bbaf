package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Reads heads, one after the other, from what arrives on one connection. */
public final class HeadReader {
  private final boolean requests;
  private final Limits limits;
  private final LineReader lines = new LineReader();
  private @Nullable String startLine;
  private Fields fields = new Fields();
  private int taken;
  private boolean emptyLineSkipped;

  private HeadReader(boolean requests, Limits limits) {
    this.requests = requests;
    this.limits = limits;
  }

  public static HeadReader ofRequests(Limits limits) {
    return new HeadReader(true, limits);
  }

  public static HeadReader ofResponses(Limits limits) {
    return new HeadReader(false, limits);
  }

  /** Whether a head has begun and is not complete. */
  public boolean begun(ByteBuf in) {
    return startLine != null || in.isReadable();
  }

  /** Bytes of memory that are held for a head which is not complete yet. */
  public int held() {
    return taken + Limits.FIELD_COST * fields.size();
  }

  /** The next request; null if its head is not complete yet. */
  public @Nullable RequestHead request(ByteBuf in) throws BadMessage {
    String start = read(in);
    int size = held();
    return start == null ? null : RequestHead.parse(start, takeFields(), size);
  }

  /** The next response; null if its head is not complete yet. */
  public @Nullable ResponseHead response(ByteBuf in) throws BadMessage {
    String start = read(in);
    return start == null ? null : ResponseHead.parse(start, takeFields());
  }

  private Fields takeFields() {
    Fields complete = fields;
    fields = new Fields();
    startLine = null;
    taken = 0;
    emptyLineSkipped = false;
    return complete;
  }

  /** The start line, once the fields are complete too. */
  private @Nullable String read(ByteBuf in) throws BadMessage {
    String start = startLine;
    while (start == null) {
      int tooLong = requests ? 414 : 400;
      String line =
          lines.next(in, limits.requestLine(), tooLong, requests ? "request line" : "status line");
      if (line == null) {
        return null;
      }
      if (line.isEmpty() && requests && !emptyLineSkipped) {
        // Old clients send one after a body (RFC 9112 §2.2).
        emptyLineSkipped = true;
      } else {
        start = line;
        startLine = line;
        taken = line.length() + 2;
      }
    }
    for (; ; ) {
      String line = lines.next(in, limits.head() - taken, 431, "header fields");
      if (line == null) {
        return null;
      }
      taken += line.length() + 2;
      if (line.isEmpty()) {
        return start;
      }
      if (fields.size() == limits.fields()) {
        throw new BadMessage(431, "header fields: more than " + limits.fields());
      }
      field(line, fields);
    }
  }

  /** Reads one field line into {@code fields}. */
  static void field(String line, Fields fields) throws BadMessage {
    char first = line.charAt(0);
    if (first == ' ' || first == '\t') {
      throw BadMessage.of(
          "header fields: a line that begins with a space, continuing the one before (obs-fold)");
    }
    int colon = line.indexOf(':');
    if (colon < 0) {
      throw BadMessage.of("header fields: a line without a colon");
    }
    String name = line.substring(0, colon);
    if (!Octets.isToken(name)) {
      throw BadMessage.of(
          "header fields: a name with a character that none may have (a space before the colon?)");
    }
    String value = Octets.trim(line.substring(colon + 1));
    if (!Octets.isFieldValue(value)) {
      throw BadMessage.of(name + ": a control character in its value");
    }
    fields.add(name, value);
  }
}
