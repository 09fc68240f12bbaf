package dev.weft.proxy.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Answers without reading bodies, as a handler of Python's {@code http.server} easily does: what it
 * leaves in the connection it takes for its next request. Obeys {@code Connection: close}.
 */
final class CarelessApplication implements AutoCloseable {
  private final Backend backend = new Backend();
  private final Queue<String> seen = new ConcurrentLinkedQueue<>();

  CarelessApplication() throws IOException {
    backend.leavesBodies();
    backend.script(this::answer);
  }

  InetSocketAddress address() {
    return backend.address();
  }

  private void answer(Backend.Exchange exchange) throws IOException {
    List<String> line = List.of(exchange.request().line().split("[ ?]"));
    String path = line.size() > 1 ? line.get(1) : "";
    String body = "ignored";
    if (path.equals("/seen")) {
      body = String.join("\n", seen);
      seen.clear();
    } else {
      seen.add(line.get(0) + " " + path);
    }
    exchange.send(
        "HTTP/1.1 200 OK\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + (line.get(0).equals("HEAD") ? "" : body));
    if ("close".equals(exchange.request().field("connection"))) {
      exchange.socket().close();
    }
  }

  @Override
  public void close() throws IOException {
    backend.close();
  }
}
