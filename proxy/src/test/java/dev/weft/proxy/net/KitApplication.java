package dev.weft.proxy.net;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.zip.CRC32;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Wrapper;
import org.apache.catalina.startup.Tomcat;

/** What the server kit expects to find behind a port, on a Tomcat that knows of no mesh. */
final class KitApplication implements Closeable {
  private static final Logger TOMCAT_LOG = Logger.getLogger("org.apache");

  private final Tomcat tomcat = new Tomcat();
  private final Path folder;
  private final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();
  private final Queue<String> seen = new ConcurrentLinkedQueue<>();

  KitApplication() throws IOException, LifecycleException {
    TOMCAT_LOG.setLevel(Level.SEVERE);
    folder = Files.createTempDirectory("weft-proxy-kit");
    tomcat.setBaseDir(folder.toString());
    tomcat.setPort(0);
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    tomcat.getConnector().setProperty("allowedTrailerHeaders", "x-before");
    // The proxy's connections to it are kept for as long as the proxy wants them.
    tomcat.getConnector().setProperty("maxKeepAliveRequests", "-1");
    Context context = tomcat.addContext("", folder.toString());
    Wrapper answers = Tomcat.addServlet(context, "answers", new Answers());
    answers.setAsyncSupported(true);
    context.addServletMappingDecoded("/", "answers");
    tomcat.start();
  }

  InetSocketAddress address() {
    return new InetSocketAddress(
        InetAddress.getLoopbackAddress(), tomcat.getConnector().getLocalPort());
  }

  /** Lets through what waits at this gate, now or later. */
  void open(String gate) {
    gate(gate).countDown();
  }

  private CountDownLatch gate(String name) {
    return gates.computeIfAbsent(name, n -> new CountDownLatch(1));
  }

  @Override
  public void close() throws IOException {
    try {
      tomcat.stop();
      tomcat.destroy();
    } catch (LifecycleException e) {
      throw new IOException(e);
    }
    deleteAll(folder.toFile());
  }

  private static void deleteAll(File file) throws IOException {
    File[] children = file.listFiles();
    if (children != null) {
      for (File child : children) {
        deleteAll(child);
      }
    }
    Files.delete(file.toPath());
  }

  private final class Answers extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws ServletException, IOException {
      if (!request.getServletPath().equals("/seen")) {
        seen.add(request.getMethod() + " " + request.getServletPath().replace('\n', ' '));
      }
      switch (request.getServletPath()) {
        case "/ignore" -> text(response, "ignored");
        case "/seen" -> seen(response);
        case "/facts" -> text(response, facts(request));
        case "/upload" -> text(response, sum(request.getInputStream()));
        case "/echo" -> echo(request.getInputStream(), response.getOutputStream());
        case "/download" -> download(Long.parseLong(request.getParameter("bytes")), response);
        case "/later" -> later(request.startAsync(), request.getParameter("gate"));
        case "/empty" -> response.setStatus(204);
        case "/unchanged" -> response.setStatus(304);
        case "/throw" -> throw new ServletException("thrown by the application");
        case "/redirect" -> response.sendRedirect("/facts");
        case "/cookie" -> {
          request.getSession();
          text(response, "made");
        }
        case "/trailers" -> trailers(request, response);
        default -> response.sendError(404);
      }
    }

    private void seen(HttpServletResponse response) throws IOException {
      String lines = String.join("\n", seen);
      seen.clear();
      text(response, lines);
    }

    private static void text(HttpServletResponse response, String text) throws IOException {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      response.setContentLength(bytes.length);
      response.getOutputStream().write(bytes);
    }

    private static String facts(HttpServletRequest request) {
      StringBuilder facts = new StringBuilder();
      facts.append("scheme=").append(request.getScheme());
      facts.append("\nsecure=").append(request.isSecure());
      facts.append("\nurl=").append(request.getRequestURL());
      facts
          .append("\ncertificate=")
          .append(request.getAttribute("jakarta.servlet.request.X509Certificate"));
      facts.append("\nprotocol=").append(request.getProtocol()).append('\n');
      for (String name : Collections.list(request.getHeaderNames())) {
        for (String value : Collections.list(request.getHeaders(name))) {
          facts.append("header:").append(name.toLowerCase(Locale.ROOT));
          facts.append('=').append(value).append('\n');
        }
      }
      return facts.toString();
    }

    private static String sum(InputStream in) throws IOException {
      CRC32 crc = new CRC32();
      long total = 0;
      byte[] buffer = new byte[10_000];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        crc.update(buffer, 0, read);
        total += read;
      }
      return total + " " + crc.getValue();
    }

    private static void echo(InputStream in, OutputStream out) throws IOException {
      byte[] buffer = new byte[10_000];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
        out.flush();
      }
    }

    private static void download(long size, HttpServletResponse response) throws IOException {
      response.setContentLengthLong(size);
      byte[] chunk = new byte[30_000];
      OutputStream out = response.getOutputStream();
      for (long at = 0; at < size; ) {
        int length = (int) Math.min(chunk.length, size - at);
        for (int i = 0; i < length; i++) {
          chunk[i] = (byte) (at + i);
        }
        out.write(chunk, 0, length);
        at += length;
      }
    }

    private void later(AsyncContext async, String gate) {
      async.setTimeout(0);
      Thread thread =
          new Thread(
              () -> {
                try {
                  gate(gate).await();
                  text((HttpServletResponse) async.getResponse(), "done later");
                  async.complete();
                } catch (InterruptedException | IOException | RuntimeException e) {
                  // The connection is gone, or the test is.
                }
              });
      thread.setDaemon(true);
      thread.start();
    }

    private static void trailers(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      request.getInputStream().readAllBytes();
      response.setTrailerFields(() -> Map.of("x-after", "all"));
      for (Map.Entry<String, String> field : request.getTrailerFields().entrySet()) {
        response.getOutputStream().print(field.getKey() + "=" + field.getValue() + "\n");
        response.flushBuffer();
      }
    }
  }
}
