package com.example.payments;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Takes every payment. {@code java -jar payments.jar [port] [address]}; stops within a second of
 * SIGTERM, after the answers it owes.
 *
 * <p>{@code PUT /maintenance/on} has it answer 503 until {@code PUT /maintenance/off}; both say how
 * many requests for payments it has seen.
 */
public final class Payments {
  private static final int LARGEST_BODY = 64 * 1024;

  private final String version = System.getProperty("payments.version", "v1");

  private final AtomicInteger requests = new AtomicInteger();
  private volatile boolean maintenance;

  private Payments() {}

  public static void main(String[] arguments) throws IOException {
    int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 8090;
    InetSocketAddress address =
        arguments.length > 1
            ? new InetSocketAddress(InetAddress.getByName(arguments[1]), port)
            : new InetSocketAddress(port);
    HttpServer server = HttpServer.create(address, 0);
    ExecutorService threads = Executors.newFixedThreadPool(16);
    server.setExecutor(threads);
    Payments payments = new Payments();
    server.createContext("/payments", payments::pay);
    server.createContext("/maintenance/on", exchange -> payments.maintain(exchange, true));
    server.createContext("/maintenance/off", exchange -> payments.maintain(exchange, false));
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  server.stop(1);
                  threads.shutdown();
                }));
    server.start();
    System.out.println("payments on " + server.getAddress());
  }

  private void maintain(HttpExchange exchange, boolean on) throws IOException {
    try (exchange) {
      maintenance = on;
      byte[] body = ("requests " + requests.get() + "\n").getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private void pay(HttpExchange exchange) throws IOException {
    try (exchange) {
      requests.incrementAndGet();
      if (maintenance) {
        exchange.sendResponseHeaders(503, -1);
        return;
      }
      if (exchange.getRequestBody().readNBytes(LARGEST_BODY).length == LARGEST_BODY) {
        exchange.sendResponseHeaders(413, -1);
        return;
      }
      String host = exchange.getRequestHeaders().getFirst("Host");
      boolean tls =
          exchange.getHttpContext().getServer() instanceof com.sun.net.httpserver.HttpsServer;
      String json =
          "{\"state\":\"paid\",\"hop\":{\"service\":\"payments\",\"version\":\"%s\",\"port\":%d,"
              + "\"host\":\"%s\",\"scheme\":\"%s\",\"secure\":%s}}";
      byte[] body =
          String.format(
                  json,
                  version,
                  exchange.getLocalAddress().getPort(),
                  host == null ? "" : host.replaceAll("[^A-Za-z0-9.:_\\[\\]-]", "?"),
                  tls ? "https" : "http",
                  tls)
              .getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
