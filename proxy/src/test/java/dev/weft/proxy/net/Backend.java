package dev.weft.proxy.net;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An application that speaks HTTP/1.1 word by word, on sockets: it keeps every request as it came,
 * and answers with the bytes that a test gives it.
 */
final class Backend implements Closeable {
  /** A request as it came; lines of the head without their ends. */
  record Received(int connection, List<String> head, byte[] body, List<String> trailers) {
    String line() {
      return head.get(0);
    }

    /** The values of a field, in order. */
    List<String> all(String name) {
      List<String> values = new ArrayList<>();
      for (String line : head.subList(1, head.size())) {
        if (line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":")) {
          values.add(line.substring(name.length() + 1).strip());
        }
      }
      return values;
    }

    @Nullable String field(String name) {
      List<String> all = all(name);
      return all.isEmpty() ? null : all.get(0);
    }

    String text() {
      return new String(body, StandardCharsets.ISO_8859_1);
    }
  }

  /** One connection, in the hands of a script. */
  record Exchange(Socket socket, InputStream in, OutputStream out, Received request) {
    void send(String bytes) throws IOException {
      out.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    }
  }

  /** What is done about a request; closes the socket to end the connection. */
  interface Script {
    void answer(Exchange exchange) throws Exception;
  }

  static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  private final ServerSocket server;
  private final Thread acceptor;
  private final Queue<Received> received = new ConcurrentLinkedQueue<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private volatile Script script = exchange -> exchange.send(OK);
  private volatile boolean readsBodies = true;

  Backend() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    acceptor = start("backend", this::accept);
  }

  private static Thread start(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  int port() {
    return server.getLocalPort();
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port());
  }

  void script(Script next) {
    script = next;
  }

  /** The next answer is a whole response. */
  void answers(String response) {
    script(exchange -> exchange.send(response));
  }

  /** From now on the script is run once the head has come; bodies are left to it. */
  void leavesBodies() {
    readsBodies = false;
  }

  Queue<Received> received() {
    return received;
  }

  int connections() {
    return connections.get();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        open.add(socket);
        int number = connections.incrementAndGet();
        start("backend-" + number, () -> serve(socket, number));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket, int number) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      while (true) {
        List<String> head = lines(in);
        if (head.isEmpty()) {
          return;
        }
        List<String> trailers = new ArrayList<>();
        byte[] body = readsBodies ? body(head, in, trailers) : new byte[0];
        Received request = new Received(number, head, body, trailers);
        received.add(request);
        script.answer(new Exchange(socket, in, socket.getOutputStream(), request));
        if (socket.isClosed()) {
          return;
        }
      }
    } catch (Exception e) {
      // The proxy went, or the test did.
    } finally {
      open.remove(socket);
    }
  }

  private static byte[] body(List<String> head, InputStream in, List<String> trailers)
      throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (String line : head) {
      String lower = line.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        body.write(in.readNBytes(Integer.parseInt(lower.substring(15).strip())));
      } else if (lower.equals("transfer-encoding: chunked")) {
        int size;
        while ((size = Integer.parseInt(line(in), 16)) > 0) {
          body.write(in.readNBytes(size));
          line(in);
        }
        trailers.addAll(lines(in));
      }
    }
    return body.toByteArray();
  }

  private static List<String> lines(InputStream in) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      lines.add(line);
    }
    return lines;
  }

  /** Empty at the end of the connection too. */
  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
      line.append((char) next);
    }
    int length = line.length();
    return length > 0 && line.charAt(length - 1) == '\r'
        ? line.substring(0, length - 1)
        : "" + line;
  }

  /** Nobody listens on the port any more when this returns. */
  @Override
  public void close() throws IOException {
    server.close();
    try {
      acceptor.join(); // the system closes a port only when nobody waits on it
    } catch (InterruptedException e) {
      throw new InterruptedIOException();
    }
    for (Socket socket : open) {
      socket.close();
    }
  }
}
