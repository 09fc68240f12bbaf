package dev.weft.testkit.server;

import dev.weft.testkit.Http2;
import java.io.IOException;
import java.util.Arrays;

/** What has brought servers of HTTP/2 down: one connection each. */
public enum Http2Flood {
  /** Begun and reset at once (CVE-2023-44487). */
  RAPID_RESETS {
    @Override
    void run(Http2 h2) throws IOException {
      for (int stream = 1; stream < 2 * REQUESTS; stream += 2) {
        h2.get(stream, "http", "/facts");
        h2.send(Http2.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
      }
    }
  },
  /** Header blocks that never end (CVE-2024-27316). */
  CONTINUATIONS {
    @Override
    void run(Http2 h2) throws IOException {
      h2.send(Http2.HEADERS, 0, 1, REQUEST);
      byte[] block = FIELD;
      while (block.length < 8_000) {
        block = join(block, block);
      }
      for (int i = 0; i < 1_000; i++) {
        h2.send(Http2.CONTINUATION, 0, 1, block);
      }
    }
  },
  /** One field of the table, named 16,000 times a request: 16 KB that are 2 MB of headers. */
  INDEXED_FIELDS {
    @Override
    void run(Http2 h2) throws IOException {
      byte[] entered = FIELD.clone();
      entered[0] = 0x40; // into the table, whose newest entry is the 62nd
      h2.send(Http2.HEADERS, END_STREAM | END_HEADERS, 1, join(REQUEST, entered));
      byte[] named = new byte[16_000];
      Arrays.fill(named, (byte) (0x80 | 62));
      for (int stream = 3; stream < 200; stream += 2) {
        h2.send(Http2.HEADERS, END_STREAM | END_HEADERS, stream, join(REQUEST, named));
      }
    }
  },
  SETTINGS {
    @Override
    void run(Http2 h2) throws IOException {
      for (int i = 0; i < FRAMES; i++) {
        h2.send(Http2.SETTINGS, 0, 0, new byte[] {0, 3, 0, 0, 0, (byte) (i & 0x7f | 1)});
      }
    }
  },
  PINGS {
    @Override
    void run(Http2 h2) throws IOException {
      for (int i = 0; i < FRAMES; i++) {
        h2.send(Http2.PING, 0, 0, new byte[8]);
      }
    }
  },
  /** Frames of a body that carry none of it. */
  EMPTY_DATA {
    @Override
    void run(Http2 h2) throws IOException {
      h2.post(1, "/upload");
      for (int i = 0; i < FRAMES; i++) {
        h2.send(Http2.DATA, 0, 1, new byte[0]);
      }
    }
  },
  /** Answers that the client lets nobody send. */
  NO_WINDOW {
    @Override
    void run(Http2 h2) throws IOException {
      h2.send(Http2.SETTINGS, 0, 0, new byte[] {0, 4, 0, 0, 0, 0});
      for (int stream = 1; stream < 200; stream += 2) {
        h2.get(stream, "http", "/download?bytes=10000000");
      }
    }
  },
  /** A connection's frames after it has been told to go. */
  AFTER_GOAWAY {
    @Override
    void run(Http2 h2) throws IOException {
      h2.send(Http2.WINDOW_UPDATE, 0, 0, new byte[4]); // of nothing: an error of the connection
      for (int stream = 1; stream < 2 * REQUESTS; stream += 2) {
        h2.get(stream, "http", "/facts");
      }
    }
  };

  private static final int REQUESTS = 1_000;
  private static final int FRAMES = 10_000;
  private static final int END_STREAM = 0x1;
  private static final int END_HEADERS = 0x4;
  private static final byte[] REQUEST = Http2.head("GET", "http", "orders", "/facts");
  private static final byte[] FIELD = Http2.field("x", "y".repeat(120));

  abstract void run(Http2 h2) throws IOException;

  private static byte[] join(byte[] head, byte[] rest) {
    byte[] all = Arrays.copyOf(head, head.length + rest.length);
    System.arraycopy(rest, 0, all, head.length, rest.length);
    return all;
  }
}
