package com.example.demo;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What can be read off the wire without any key: the types and sizes of TLS records (RFC 8446,
 * 5.1), the name in the ClientHello, the version in the ServerHello; and whether a text that the
 * application sent is to be found anywhere in the bytes. Thread-safe.
 */
final class Wire {
  private static final int HANDSHAKE = 22;
  private static final int CLIENT_HELLO = 1;
  private static final int SERVER_HELLO = 2;
  private static final int SERVER_NAME = 0;
  private static final int SUPPORTED_VERSIONS = 43;
  private static final int MOST_NAMES = 20;

  private final byte[] marker;

  // Guarded by this.
  private final Map<String, Long> counts = new TreeMap<>();
  private final TreeSet<String> names = new TreeSet<>();
  private final TreeSet<String> versions = new TreeSet<>();

  Wire(byte[] marker) {
    this.marker = marker;
    for (String name :
        new String[] {
          "connections",
          "tls_connections",
          "tls_bytes_to_server",
          "tls_bytes_to_client",
          "tls_records_handshake",
          "tls_records_application_data",
          "tls_marker_seen",
          "plaintext_connections",
          "plaintext_bytes_to_server",
          "plaintext_bytes_to_client",
          "plaintext_marker_seen",
        }) {
      counts.put(name, 0L);
    }
  }

  Connection opened() {
    count("connections", 1);
    return new Connection(new Direction(true), new Direction(false));
  }

  /** The two directions of a connection. */
  record Connection(Direction requests, Direction answers) {}

  synchronized String report() {
    StringBuilder lines = new StringBuilder();
    counts.forEach((name, value) -> lines.append(name).append('=').append(value).append('\n'));
    lines.append("sni=").append(String.join(",", names)).append('\n');
    lines.append("versions=").append(String.join(",", versions)).append('\n');
    return lines.toString();
  }

  private synchronized void count(String name, long more) {
    counts.merge(name, more, Long::sum);
  }

  private synchronized void name(String sni) {
    if (names.size() < MOST_NAMES) {
      names.add(sni);
    }
  }

  private synchronized void version(int code) {
    versions.add(
        code == 0x0304 ? "TLSv1.3" : code == 0x0303 ? "TLSv1.2" : String.format("0x%04x", code));
  }

  /** One direction of one connection; for one thread. */
  final class Direction {
    private final boolean toServer;
    private final byte[] header = new byte[5];
    private final byte[] hello = new byte[16 * 1024];
    private int headerLength;
    private int helloLength;
    private int left;
    private boolean helloDone;
    private boolean begun;
    private boolean tls;
    private int matched;

    private Direction(boolean toServer) {
      this.toServer = toServer;
    }

    void saw(byte[] bytes, int length) {
      if (!begun && length > 0) {
        begun = true;
        tls = bytes[0] == HANDSHAKE;
        if (toServer) {
          count(tls ? "tls_connections" : "plaintext_connections", 1);
        }
      }
      String kind = tls ? "tls" : "plaintext";
      count(kind + (toServer ? "_bytes_to_server" : "_bytes_to_client"), length);
      for (int i = 0; i < length; i++) {
        search(bytes[i], kind);
        if (tls) {
          record(bytes[i]);
        }
      }
    }

    /** Knuth's search without its table: the marker begins with a byte that it has only once. */
    private void search(byte next, String kind) {
      matched = next == marker[matched] ? matched + 1 : next == marker[0] ? 1 : 0;
      if (matched == marker.length) {
        matched = 0;
        count(kind + "_marker_seen", 1);
      }
    }

    private void record(byte next) {
      if (left == 0) {
        header[headerLength++] = next;
        if (headerLength == header.length) {
          headerLength = 0;
          left = (header[3] & 0xff) << 8 | (header[4] & 0xff);
          count("tls_records_" + type(header[0]), 1);
        }
        return;
      }
      left--;
      if (header[0] == HANDSHAKE && !helloDone) {
        hello[helloLength++] = next;
        helloDone = helloLength == hello.length || read(ByteBuffer.wrap(hello, 0, helloLength));
      }
    }

    private String type(byte code) {
      switch (code) {
        case 20:
          return "change_cipher_spec";
        case 21:
          return "alert";
        case 22:
          return "handshake";
        case 23:
          return "application_data";
        default:
          return "type_" + (code & 0xff);
      }
    }

    /** Whether the hello is complete; if so, it has been read. */
    private boolean read(ByteBuffer in) {
      if (in.remaining() < 4) {
        return false;
      }
      int type = in.get();
      int length = (in.get() & 0xff) << 16 | (in.getShort() & 0xffff);
      if (in.remaining() < length) {
        return false;
      }
      in.position(in.position() + 2 + 32); // legacy version, random
      skip(in, in.get() & 0xff); // session id
      if (type == CLIENT_HELLO) {
        skip(in, in.getShort() & 0xffff); // cipher suites
        skip(in, in.get() & 0xff); // compression methods
      } else if (type == SERVER_HELLO) {
        skip(in, 3);
      } else {
        return true;
      }
      int end = Math.min(in.limit(), in.position() + 2 + (in.getShort(in.position()) & 0xffff));
      in.position(in.position() + 2);
      while (in.position() + 4 <= end) {
        int extension = in.getShort() & 0xffff;
        int size = in.getShort() & 0xffff;
        int start = in.position();
        if (type == CLIENT_HELLO && extension == SERVER_NAME && size > 5) {
          byte[] name = new byte[in.getShort(start + 3) & 0xffff];
          in.get(start + 5, name);
          name(new String(name, StandardCharsets.US_ASCII).replaceAll("[^A-Za-z0-9.-]", "?"));
        } else if (type == SERVER_HELLO && extension == SUPPORTED_VERSIONS && size == 2) {
          version(in.getShort(start) & 0xffff);
        }
        in.position(start + size);
      }
      return true;
    }

    private void skip(ByteBuffer in, int bytes) {
      in.position(in.position() + bytes);
    }
  }
}
