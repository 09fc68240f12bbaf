package com.example.perf;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;

/**
 * Tomcat with three answers: {@code /} is 1 KiB; {@code /close} is the same and ends the
 * connection; {@code /orders/x} is what the sample shop expects of its orders service.
 *
 * <p>{@code Server <port> [<folder of TLS files>]}. Ends when its standard input does.
 */
public final class Server {
  static final int BODY_BYTES = 1024;

  private static final byte[] BODY = "x".repeat(BODY_BYTES).getBytes(StandardCharsets.US_ASCII);

  private Server() {}

  public static void main(String[] arguments) throws Exception {
    Tomcat tomcat = start(Integer.parseInt(arguments[0]));
    Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
    connector.setPort(Integer.parseInt(arguments[0]));
    AbstractHttp11Protocol<?> protocol = (AbstractHttp11Protocol<?>) connector.getProtocolHandler();
    // A connection that ends after 100 requests, the default, would mix new connections into every
    // number; what a new connection costs is measured on its own.
    protocol.setMaxKeepAliveRequests(-1);
    protocol.setKeepAliveTimeout(-1);
    if (arguments.length > 1) {
      secure(connector, new TlsFiles(Path.of(arguments[1])));
    }
    tomcat.setConnector(connector);
    tomcat.start();
    if (!connector.getState().isAvailable()) {
      throw new LifecycleException("port " + arguments[0] + " could not be opened");
    }
    System.out.println("ready");
    while (System.in.read() >= 0) {
      // Nobody has anything to say to it; the end of the input is the end of the run.
    }
    System.exit(0);
  }

  private static Tomcat start(int port) throws IOException {
    Tomcat tomcat = new Tomcat();
    Path base = Files.createTempDirectory("perf-server-" + port + "-");
    base.toFile().deleteOnExit();
    tomcat.setBaseDir(base.toString());
    Context context = tomcat.addContext("", base.toString());
    Tomcat.addServlet(context, "answers", new Answers());
    context.addServletMappingDecoded("/", "answers");
    return tomcat;
  }

  private static void secure(Connector connector, TlsFiles files) {
    connector.setScheme("https");
    connector.setSecure(true);
    connector.setProperty("SSLEnabled", "true");
    SSLHostConfig host = new SSLHostConfig();
    host.setProtocols(TlsFiles.PROTOCOL);
    host.setCertificateVerification("required");
    host.setTruststoreFile(files.trust().toString());
    host.setTruststorePassword(TlsFiles.PASSWORD);
    host.setTruststoreType("PKCS12");
    SSLHostConfigCertificate certificate =
        new SSLHostConfigCertificate(host, SSLHostConfigCertificate.Type.EC);
    certificate.setCertificateKeystoreFile(files.server().toString());
    certificate.setCertificateKeystorePassword(TlsFiles.PASSWORD);
    certificate.setCertificateKeystoreType("PKCS12");
    host.addCertificate(certificate);
    connector.addSslHostConfig(host);
  }

  private static final class Answers extends HttpServlet {
    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      String path = request.getRequestURI();
      byte[] body = BODY;
      if (path.startsWith("/orders/")) {
        String id = path.substring("/orders/".length());
        body =
            ("{\"id\":\"" + id + "\",\"item\":\"chair\",\"quantity\":1,\"hops\":[]}")
                .getBytes(StandardCharsets.UTF_8);
        response.setContentType("application/json");
      } else {
        response.setContentType("text/plain");
        if (path.equals("/close")) {
          response.setHeader("Connection", "close");
        }
      }
      response.setContentLength(body.length);
      response.getOutputStream().write(body);
    }
  }
}
