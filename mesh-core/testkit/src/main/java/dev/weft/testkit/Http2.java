package dev.weft.testkit;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * One HTTP/2 connection, frame by frame, for what no finished client can be made to do: {@code
 * :scheme http} inside TLS, prior knowledge, forged headers, a look at GOAWAY. Header blocks are
 * sent as literals without indexing (RFC 7541, 6.2.2) and not decoded when they come back.
 */
public final class Http2 implements Closeable {
  public static final int DATA = 0x0;
  public static final int HEADERS = 0x1;
  public static final int RST_STREAM = 0x3;
  public static final int SETTINGS = 0x4;
  public static final int PING = 0x6;
  public static final int GOAWAY = 0x7;
  public static final int WINDOW_UPDATE = 0x8;
  public static final int CONTINUATION = 0x9;

  private static final int DEFAULT_WINDOW = 65_535;

  private static final int ACK = 0x1;
  private static final int END_STREAM = 0x1;
  private static final int END_HEADERS = 0x4;
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  /** A frame as read. */
  public record Frame(int type, int flags, int stream, byte[] payload) {
    /** Whether the peer sends no more on this stream. */
    public boolean endsStream() {
      return type == RST_STREAM || ((type == DATA || type == HEADERS) && (flags & END_STREAM) != 0);
    }

    /** Of a GOAWAY: the last stream that the peer may still answer. */
    public int lastStream() {
      return ByteBuffer.wrap(payload).getInt() & 0x7fffffff;
    }
  }

  private final Http1 connection;
  private final DataInputStream in;
  private final DataOutputStream out;

  private Http2(Http1 connection, OutputStream out) throws IOException {
    this.connection = connection;
    this.in = new DataInputStream(connection.in());
    this.out = new DataOutputStream(new BufferedOutputStream(out));
    out.write(PREFACE.getBytes(StandardCharsets.ISO_8859_1));
    send(SETTINGS, 0, 0, new byte[0]);
  }

  /** Starts HTTP/2 on a connection, by prior knowledge or after ALPN. */
  public static Http2 over(Http1 connection) throws IOException {
    return over(connection, connection.out());
  }

  /** As before; what is sent goes this way. */
  public static Http2 over(Http1 connection, OutputStream out) throws IOException {
    return new Http2(connection, out);
  }

  /** Sends a GET on a new stream (odd, rising); header names and values in turn. */
  public Http2 get(int stream, String scheme, String path, String... headers) throws IOException {
    return get(stream, scheme, "orders", path, headers);
  }

  /** As {@link #get(int, String, String, String...)}, with an authority of its own. */
  public Http2 get(int stream, String scheme, String authority, String path, String[] headers)
      throws IOException {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(head("GET", scheme, authority, path));
    for (int i = 0; i < headers.length; i += 2) {
      block.writeBytes(field(headers[i], headers[i + 1]));
    }
    return send(HEADERS, END_STREAM | END_HEADERS, stream, block.toByteArray());
  }

  /** Begins a POST on a new stream, whose body is to follow. */
  public Http2 post(int stream, String path) throws IOException {
    return send(HEADERS, END_HEADERS, stream, head("POST", "http", "orders", path));
  }

  /** The pseudo fields of a request, as a header block. */
  public static byte[] head(String method, String scheme, String authority, String path) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(field(":method", method));
    block.writeBytes(field(":scheme", scheme));
    block.writeBytes(field(":authority", authority));
    block.writeBytes(field(":path", path));
    return block.toByteArray();
  }

  /** One field of a header block: a literal that is not indexed. */
  public static byte[] field(String name, String value) {
    ByteArrayOutputStream field = new ByteArrayOutputStream();
    field.write(0);
    string(field, name);
    string(field, value);
    return field.toByteArray();
  }

  /** Lets the peer send this much: on the connection, and on each stream opened from now on. */
  public Http2 grant(int window) throws IOException {
    send(
        SETTINGS,
        0,
        0,
        new byte[] {
          0, 4, (byte) (window >>> 24), (byte) (window >>> 16), (byte) (window >>> 8), (byte) window
        });
    int more = window - DEFAULT_WINDOW;
    send(
        WINDOW_UPDATE,
        0,
        0,
        new byte[] {(byte) (more >>> 24), (byte) (more >>> 16), (byte) (more >>> 8), (byte) more});
    return this;
  }

  /** Reads one frame; SETTINGS and PING are answered first. */
  public Frame next() throws IOException {
    int head = in.readInt();
    byte[] payload = new byte[head >>> 8];
    int flags = in.readUnsignedByte();
    int stream = in.readInt() & 0x7fffffff;
    in.readFully(payload);
    Frame frame = new Frame(head & 0xff, flags, stream, payload);
    if ((frame.type == SETTINGS || frame.type == PING) && (flags & ACK) == 0) {
      send(frame.type, ACK, 0, frame.type == PING ? payload : new byte[0]);
    }
    return frame;
  }

  /** Reads frames until a stream ends; the stream's data as UTF-8. */
  public String body(int stream) throws IOException {
    return new String(bytes(stream), StandardCharsets.UTF_8);
  }

  /** Reads frames until a stream ends; the stream's data. */
  public byte[] bytes(int stream) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      Frame frame = next();
      if (frame.stream == stream) {
        if (frame.type == DATA) {
          body.write(frame.payload);
        }
        if (frame.endsStream()) {
          return body.toByteArray();
        }
      }
    }
  }

  /** Reads frames until one of this type comes. */
  public Frame await(int type) throws IOException {
    Frame frame = next();
    while (frame.type != type) {
      frame = next();
    }
    return frame;
  }

  /** Sends a frame as it is. */
  public Http2 send(int type, int flags, int stream, byte[] payload) throws IOException {
    out.writeInt(payload.length << 8 | type);
    out.writeByte(flags);
    out.writeInt(stream);
    out.write(payload);
    out.flush();
    return this;
  }

  private static void string(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    if (bytes.length < 127) {
      block.write(bytes.length);
    } else {
      block.write(127);
      int rest = bytes.length - 127; // RFC 7541, 5.1
      for (; rest >= 128; rest >>>= 7) {
        block.write(0x80 | rest & 0x7f);
      }
      block.write(rest);
    }
    block.writeBytes(bytes);
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
