package dev.weft.proxy.net;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;

/** A second reader of what the proxy forwards: Tomcat, and how it understood each request. */
final class TomcatBehind implements AutoCloseable {
  /**
   * A request as Tomcat read it.
   *
   * @param fields those whose names begin with {@code x-}, in lower case
   */
  record Understood(String method, String target, String body, Map<String, List<String>> fields) {}

  private final Tomcat tomcat = new Tomcat();
  private final Queue<Understood> understood = new ConcurrentLinkedQueue<>();

  TomcatBehind(File folder) throws LifecycleException {
    Logger.getLogger("org.apache").setLevel(Level.SEVERE);
    tomcat.setBaseDir(folder.getPath());
    tomcat.setPort(0);
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    tomcat.getConnector().setProperty("maxThreads", "16");
    Context context = tomcat.addContext("", folder.getPath());
    Tomcat.addServlet(context, "all", new Servlet()).addMapping("/*");
    context.addServletMappingDecoded("/*", "all");
    tomcat.start();
  }

  InetSocketAddress address() {
    return new InetSocketAddress(
        InetAddress.getLoopbackAddress(), tomcat.getConnector().getLocalPort());
  }

  Queue<Understood> understood() {
    return understood;
  }

  @Override
  public void close() throws LifecycleException {
    tomcat.stop();
    tomcat.destroy();
  }

  private final class Servlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      // Known before the body is read: that may never come to its end.
      String query = request.getQueryString();
      String target = request.getRequestURI() + (query == null ? "" : "?" + query);
      Map<String, List<String>> fields = new TreeMap<>();
      for (String name : Collections.list(request.getHeaderNames())) {
        if (name.toLowerCase(java.util.Locale.ROOT).startsWith("x-")) {
          fields.put(
              name.toLowerCase(java.util.Locale.ROOT), Collections.list(request.getHeaders(name)));
        }
      }
      String body = "(broken off)";
      try {
        body = new String(request.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      } finally {
        understood.add(new Understood(request.getMethod(), target, body, fields));
      }
      response.setContentType("text/plain");
      response.getOutputStream().write("understood".getBytes(StandardCharsets.US_ASCII));
    }
  }
}
