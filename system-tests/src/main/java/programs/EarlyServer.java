package programs;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

/** An agent that serves, as exporters of metrics do; it may come before other agents. */
public final class EarlyServer {
  private EarlyServer() {}

  public static void premain(String arguments) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/", exchange -> exchange.sendResponseHeaders(204, -1));
    server.start();
    System.out.println("early on " + server.getAddress().getPort());
  }
}
