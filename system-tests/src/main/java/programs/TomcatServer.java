package programs;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;

/**
 * {@code TomcatServer NAME PORT [PROTOCOL]}: an embedded Tomcat, with its own defaults; its
 * connector speaks HTTP over NIO if nothing else is said.
 */
public final class TomcatServer {
  private TomcatServer() {}

  public static void main(String[] args) throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir("tomcat-" + ProcessHandle.current().pid());
    tomcat.setSilent(true);
    Connector connector = args.length > 2 ? new Connector(args[2]) : new Connector();
    if (connector.getProtocol().startsWith("AJP")) {
      connector.setProperty("secretRequired", "false");
    }
    connector.setProperty("address", "127.0.0.1");
    connector.setPort(Integer.parseInt(args[1]));
    // So that a path with %2F reaches the servlet as it was sent.
    connector.setEncodedSolidusHandling("passthrough");
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", new File(".").getAbsolutePath());
    Tomcat.addServlet(context, "echo", new EchoServlet(args[0]));
    context.addServletMappingDecoded("/", "echo");
    tomcat.start();
    System.out.println("listening on " + connector.getLocalPort());
    tomcat.getServer().await();
  }

  private static final class EchoServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private final String name;

    EchoServlet(String name) {
      this.name = name;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      String query = request.getQueryString();
      String line =
          request.getMethod() + " " + request.getRequestURI() + (query == null ? "" : "?" + query);
      Echo.say(line);
      request.getInputStream().readAllBytes();
      Behaviour behaviour =
          Behaviour.of(
              name, request.getMethod(), field -> Collections.list(request.getHeaders(field)));
      for (String field : behaviour.answer()) {
        response.addHeader(field.split(":", 2)[0], field.split(":", 2)[1]);
      }
      response.setStatus(behaviour.status());
      Map<String, List<String>> seen = new TreeMap<>();
      for (String header : Collections.list(request.getHeaderNames())) {
        seen.put(header, new ArrayList<>(Collections.list(request.getHeaders(header))));
      }
      seen.put("secure", List.of(String.valueOf(request.isSecure())));
      seen.put("url", List.of(request.getRequestURL().toString()));
      response.setContentType("text/plain;charset=UTF-8");
      response.getWriter().write(Echo.of(name, line, behaviour.attempt(), seen));
    }
  }
}
