package dev.weft.testkit;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** An HTTP/1.1 server on loopback that does to each request what it is told, and counts. */
public final class Origin implements Closeable {
  /** A request as it arrived; header names in lower case, repeated ones joined. */
  public record Request(String line, Map<String, String> headers, byte[] body) {
    public String method() {
      return line.substring(0, line.indexOf(' '));
    }

    public String target() {
      return line.substring(line.indexOf(' ') + 1, line.lastIndexOf(' '));
    }
  }

  /** Answers one request on its connection; may close it instead. */
  public interface Script {
    void answer(Request request, Socket connection, OutputStream out) throws IOException;
  }

  private final ServerSocket acceptor;
  private final Thread accepting;
  private final Queue<Request> requests = new ConcurrentLinkedQueue<>();
  private final Queue<Socket> open = new ConcurrentLinkedQueue<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile boolean deaf;
  private volatile Script script = (request, connection, out) -> reply(out, 200, "ok");

  /**
   * @param identity the service whose certificate it shows, and whose peers must show one; null for
   *     plaintext
   */
  public Origin(@Nullable String identity) throws IOException {
    this(identity, 0, InetAddress.getLoopbackAddress());
  }

  /** At a port of one of this machine's addresses. */
  public Origin(@Nullable String identity, int port, InetAddress at) throws IOException {
    if (identity == null) {
      acceptor = new ServerSocket(port, 50, at);
    } else {
      SSLServerSocket tls =
          (SSLServerSocket)
              Identities.context(identity)
                  .getServerSocketFactory()
                  .createServerSocket(port, 50, at);
      tls.setNeedClientAuth(true);
      acceptor = tls;
    }
    accepting = new Thread(this::accept, "origin");
    accepting.setDaemon(true);
    accepting.start();
  }

  public int port() {
    return acceptor.getLocalPort();
  }

  public void script(Script next) {
    script = next;
  }

  /** From now on new connections are accepted, TLS included, and nothing of them is read. */
  public void deaf() throws IOException {
    acceptor.setReceiveBufferSize(32 * 1024);
    deaf = true;
  }

  /** Every request that arrived whole, in order. */
  public List<Request> requests() {
    return List.copyOf(requests);
  }

  /** How many connections were accepted. */
  public int connections() {
    return connections.get();
  }

  /** Closes the connections that there are, and goes on accepting. */
  public void hangUp() throws IOException {
    for (Socket socket; (socket = open.poll()) != null; ) {
      socket.close();
    }
  }

  /** As {@link #hangUp}, and so rudely that the peer's next write fails. */
  public void reset() throws IOException {
    for (Socket socket : open) {
      socket.setSoLinger(true, 0);
    }
    hangUp();
  }

  public static void reply(OutputStream out, int status, String body, String... headerLines)
      throws IOException {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Some Reason\r\n");
    for (String line : headerLines) {
      head.append(line).append("\r\n");
    }
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    head.append("Content-Length: ").append(bytes.length).append("\r\n\r\n");
    out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    out.write(bytes);
    out.flush();
  }

  private void accept() {
    while (!acceptor.isClosed()) {
      try {
        Socket socket = acceptor.accept();
        connections.incrementAndGet();
        open.add(socket);
        Thread thread = new Thread(() -> serve(socket), "origin-connection");
        thread.setDaemon(true);
        thread.start();
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      // Else each answer's body waits 40 ms for the acknowledgement of its head.
      socket.setTcpNoDelay(true);
      if (deaf) {
        if (socket instanceof SSLSocket tls) {
          tls.startHandshake();
        }
        closed.await();
      }
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      while (true) {
        Request request = read(in, out);
        if (request == null) {
          return;
        }
        requests.add(request);
        script.answer(request, socket, out);
      }
    } catch (IOException | InterruptedException e) {
      // The client is gone, or was never let in.
    }
  }

  private static @Nullable Request read(InputStream in, OutputStream out) throws IOException {
    String line = line(in);
    if (line == null) {
      return null;
    }
    if (!line.matches("[A-Z]+ \\S+ HTTP/1\\.1")) {
      throw new IOException("not a request line: " + line);
    }
    Map<String, String> headers = new TreeMap<>();
    for (String field = line(in); field != null && !field.isEmpty(); field = line(in)) {
      int colon = field.indexOf(':');
      headers.merge(
          field.substring(0, colon).toLowerCase(Locale.ROOT),
          field.substring(colon + 1).trim(),
          (one, more) -> one + ", " + more);
    }
    if ("100-continue".equalsIgnoreCase(headers.get("expect"))) {
      out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    }
    return new Request(line, headers, body(in, headers));
  }

  private static byte[] body(InputStream in, Map<String, String> headers) throws IOException {
    if ("chunked".equals(headers.get("transfer-encoding"))) {
      java.io.ByteArrayOutputStream body = new java.io.ByteArrayOutputStream();
      while (true) {
        String size = line(in);
        if (size == null) {
          throw new EOFException("chunk");
        }
        int length = Integer.parseInt(size.trim(), 16);
        byte[] chunk = in.readNBytes(length);
        if (chunk.length < length) {
          throw new EOFException("chunk");
        }
        body.write(chunk);
        line(in);
        if (length == 0) {
          return body.toByteArray();
        }
      }
    }
    String length = headers.get("content-length");
    int expected = length == null ? 0 : Integer.parseInt(length);
    byte[] bytes = in.readNBytes(expected);
    if (bytes.length < expected) {
      throw new EOFException("body");
    }
    return bytes;
  }

  private static @Nullable String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        return null;
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    acceptor.close();
    try {
      // Until its accept is over, it may be given a connection that was made before the close.
      accepting.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    hangUp();
  }
}
