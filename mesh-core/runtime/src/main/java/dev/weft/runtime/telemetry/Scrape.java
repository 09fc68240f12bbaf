package dev.weft.runtime.telemetry;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One connection to the {@link MetricsPort}: a head that is read, an answer that is written. */
final class Scrape {
  private static final int MAX_HEAD = 8 * 1024;

  private final SocketChannel channel;
  private final long deadline;
  private final ByteBuffer head = ByteBuffer.allocate(MAX_HEAD);
  private @Nullable ByteBuffer answer;

  Scrape(SocketChannel channel, long deadline) {
    this.channel = channel;
    this.deadline = deadline;
  }

  /** When it has to be over. */
  long deadline() {
    return deadline;
  }

  /**
   * Goes as far as it can without waiting.
   *
   * @return whether it is over
   */
  boolean advance(SelectionKey key, Supplier<String> text) throws IOException {
    ByteBuffer out = answer;
    if (out == null) {
      int before = head.position();
      if (channel.read(head) < 0) {
        return true;
      }
      // To its end, so that closing does not reset.
      if (!ends(before)) {
        return !head.hasRemaining();
      }
      String said = new String(head.array(), 0, head.position(), StandardCharsets.ISO_8859_1);
      out = answer(said.substring(0, said.indexOf("\r\n")), text);
      answer = out;
      key.interestOps(SelectionKey.OP_WRITE);
    }
    channel.write(out);
    return !out.hasRemaining();
  }

  /** Whether the empty line is there; it was not in what came before. */
  private boolean ends(int before) {
    for (int i = Math.max(3, before); i < head.position(); i++) {
      if (head.get(i) == '\n'
          && head.get(i - 1) == '\r'
          && head.get(i - 2) == '\n'
          && head.get(i - 3) == '\r') {
        return true;
      }
    }
    return false;
  }

  private static ByteBuffer answer(String line, Supplier<String> text) {
    boolean get = line.startsWith("GET ");
    String[] words = line.split(" ", 3);
    String path = words.length == 3 ? words[1] : "";
    String status = "200 OK";
    String body = "";
    if (!get && !line.startsWith("HEAD ")) {
      status = "405 Method Not Allowed";
    } else if (!path.equals("/metrics") && !path.startsWith("/metrics?")) {
      status = "404 Not Found";
    } else {
      body = text.get();
    }
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    byte[] head =
        "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
            .formatted(status, Exposition.TYPE, bytes.length)
            .getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer out = ByteBuffer.allocate(head.length + (get ? bytes.length : 0)).put(head);
    if (get) {
      out.put(bytes);
    }
    return out.flip();
  }

  void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // It is gone all the same.
    }
  }
}
