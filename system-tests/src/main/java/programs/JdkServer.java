package programs;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executors;

/** {@code JdkServer NAME PORT [ADDRESS]}: the JDK's server, with a pool as in production. */
public final class JdkServer {
  private JdkServer() {}

  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[1]);
    String address = args.length > 2 ? args[2] : "127.0.0.1";
    HttpServer server = HttpServer.create(new InetSocketAddress(address, port), 0);
    server.setExecutor(Executors.newFixedThreadPool(16));
    server.createContext(
        "/",
        exchange -> {
          String line = exchange.getRequestMethod() + " " + exchange.getRequestURI();
          Echo.say(line);
          exchange.getRequestBody().readAllBytes();
          Behaviour behaviour =
              Behaviour.of(
                  args[0],
                  exchange.getRequestMethod(),
                  name -> exchange.getRequestHeaders().getOrDefault(name, List.of()));
          if (behaviour.drop()) {
            exchange.close();
            return;
          }
          for (String field : behaviour.answer()) {
            exchange.getResponseHeaders().add(field.split(":", 2)[0], field.split(":", 2)[1]);
          }
          byte[] body =
              Echo.of(args[0], line, behaviour.attempt(), exchange.getRequestHeaders())
                  .getBytes(StandardCharsets.UTF_8);
          boolean head = exchange.getRequestMethod().equals("HEAD");
          exchange.sendResponseHeaders(behaviour.status(), head ? -1 : body.length);
          if (!head) {
            exchange.getResponseBody().write(body);
          }
          exchange.close();
        });
    server.start();
    System.out.println("listening on " + server.getAddress().getPort());
  }
}
