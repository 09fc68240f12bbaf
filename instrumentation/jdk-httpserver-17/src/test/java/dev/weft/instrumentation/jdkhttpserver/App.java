package dev.weft.instrumentation.jdkhttpserver;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.zip.CRC32;

/** The kit's application; knows of no mesh. */
final class App {
  private final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();
  private final Queue<String> seen = new ConcurrentLinkedQueue<>();

  App(HttpServer server) {
    server.createContext("/", this::other);
    server.createContext("/facts", App::facts);
    server.createContext("/upload", App::upload);
    server.createContext("/echo", App::echo);
    server.createContext("/download", App::download);
    server.createContext("/later", this::later);
    server.createContext("/ask", App::ask);
    server.createContext("/empty", exchange -> nothing(exchange, 204));
    server.createContext("/unchanged", exchange -> nothing(exchange, 304));
    server.createContext(
        "/throw",
        exchange -> {
          throw new IllegalStateException("thrown by the application");
        });
    server.createContext(
        "/redirect",
        exchange -> {
          exchange.getResponseHeaders().set("Location", url(exchange, "/facts"));
          nothing(exchange, 302);
        });
    server.createContext(
        "/cookie",
        exchange -> {
          String secure = exchange instanceof HttpsExchange ? "; Secure" : "";
          exchange.getResponseHeaders().set("Set-Cookie", "session=1" + secure);
          answer(exchange, "made");
        });
  }

  void open(String gate) {
    gate(gate).countDown();
  }

  private CountDownLatch gate(String name) {
    return gates.computeIfAbsent(name, n -> new CountDownLatch(1));
  }

  static void answer(HttpExchange exchange, String text) throws IOException {
    exchange.getRequestBody().readAllBytes();
    write(exchange, 200, text);
  }

  private static void write(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
      exchange.sendResponseHeaders(status, -1);
      exchange.close();
      return;
    }
    exchange.sendResponseHeaders(status, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  private static void nothing(HttpExchange exchange, int status) throws IOException {
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  private static String url(HttpExchange exchange, String path) {
    String scheme = exchange instanceof HttpsExchange ? "https" : "http";
    return scheme + "://" + exchange.getRequestHeaders().getFirst("Host") + path;
  }

  private static void ask(HttpExchange exchange) throws IOException {
    Callable<?> asked = (Callable<?>) System.getProperties().get("weft.kit.ask");
    String in = exchange.getRequestURI().getQuery();
    try {
      FutureTask<?> task = new FutureTask<>(asked);
      if (in.equals("in=request")) {
        task.run();
      } else if (in.equals("in=thread")) {
        new Thread(task).start();
      } else {
        ExecutorService pool = Executors.newSingleThreadExecutor();
        pool.execute(task);
        pool.shutdown();
      }
      write(exchange, 200, (String) task.get());
    } catch (InterruptedException | ExecutionException e) {
      throw new IOException(e);
    }
  }

  /** Leaves bodies unread. */
  private void other(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    if (path.equals("/seen")) {
      String lines = String.join("\n", seen);
      seen.clear();
      write(exchange, 200, lines);
      return;
    }
    seen.add(exchange.getRequestMethod() + " " + path.replace('\n', ' '));
    if (path.equals("/ignore")) {
      write(exchange, 200, "ignored");
    } else {
      nothing(exchange, 404);
    }
  }

  private static void facts(HttpExchange exchange) throws IOException {
    boolean https = exchange instanceof HttpsExchange;
    StringBuilder facts = new StringBuilder();
    facts.append("scheme=").append(https ? "https" : "http").append('\n');
    facts.append("secure=").append(https).append('\n');
    facts.append("url=").append(url(exchange, exchange.getRequestURI().getPath())).append('\n');
    facts.append("certificate=").append(exchange.getPrincipal()).append('\n');
    facts.append("protocol=").append(exchange.getProtocol()).append('\n');
    facts.append("local=").append(exchange.getLocalAddress().getPort()).append('\n');
    facts.append("remote=").append(exchange.getRemoteAddress().getAddress()).append('\n');
    for (Map.Entry<String, List<String>> field : exchange.getRequestHeaders().entrySet()) {
      for (String value : field.getValue()) {
        facts.append("header:").append(field.getKey().toLowerCase(Locale.ROOT));
        facts.append('=').append(value).append('\n');
      }
    }
    answer(exchange, facts.toString());
  }

  private static void upload(HttpExchange exchange) throws IOException {
    CRC32 crc = new CRC32();
    long total = 0;
    byte[] buffer = new byte[10_000];
    InputStream in = exchange.getRequestBody();
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      crc.update(buffer, 0, read);
      total += read;
    }
    answer(exchange, total + " " + crc.getValue());
  }

  private static void echo(HttpExchange exchange) throws IOException {
    try (InputStream in = exchange.getRequestBody()) {
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream out = exchange.getResponseBody()) {
        in.transferTo(out);
      }
    }
  }

  private static void download(HttpExchange exchange) throws IOException {
    String query = exchange.getRequestURI().getQuery();
    long size = Long.parseLong(query.substring("bytes=".length()));
    if (size == 0) {
      nothing(exchange, 200);
      return;
    }
    exchange.sendResponseHeaders(200, size);
    byte[] chunk = new byte[30_000];
    try (OutputStream out = exchange.getResponseBody()) {
      for (long at = 0; at < size; ) {
        int length = (int) Math.min(chunk.length, size - at);
        for (int i = 0; i < length; i++) {
          chunk[i] = (byte) (at + i);
        }
        out.write(chunk, 0, length);
        at += length;
      }
    }
  }

  private void later(HttpExchange exchange) {
    CountDownLatch gate = gate(exchange.getRequestURI().getQuery().substring("gate=".length()));
    Thread thread =
        new Thread(
            () -> {
              try {
                gate.await();
                answer(exchange, "done later");
              } catch (InterruptedException | IOException e) {
                exchange.close();
              }
            });
    thread.setDaemon(true);
    thread.start();
  }
}
