package programs;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLContext;

/** {@code SecureJdkServer PORT}: the JDK's server with TLS, of which it has no certificate. */
public final class SecureJdkServer {
  private SecureJdkServer() {}

  public static void main(String[] args) throws Exception {
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(SSLContext.getDefault()));
    server.createContext("/", exchange -> exchange.sendResponseHeaders(200, -1));
    server.start();
    System.out.println("listening on " + server.getAddress().getPort());
  }
}
