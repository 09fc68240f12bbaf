package dev.weft.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection to a port on loopback, plaintext or mesh TLS, that sends what it is told
 * and reads one response at a time. Reads time out after a minute, so that a test that waits for
 * what never comes fails.
 */
public final class Http1 implements Closeable {
  private static final int READ_TIMEOUT_MILLIS = 60_000;

  /** A response. Header names in lower case; the body decoded of its transfer coding. */
  public record Response(int status, List<String[]> headers, byte[] body) {
    /** The first value of a field; null if there is none. */
    public @Nullable String header(String name) {
      for (String[] field : headers) {
        if (field[0].equals(name.toLowerCase(Locale.ROOT))) {
          return field[1];
        }
      }
      return null;
    }

    /** The body as UTF-8. */
    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  private Http1(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream(), 16 * 1024);
    this.out = socket.getOutputStream();
  }

  /** A plaintext connection. */
  public static Http1 plain(int port) throws IOException {
    return new Http1(connect(port));
  }

  /** A plaintext connection over a connected socket. */
  public static Http1 over(Socket connected) throws IOException {
    return new Http1(connected);
  }

  /** A mesh TLS connection as this service; the handshake is over when this returns. */
  public static Http1 tls(int port, String service, String... alpn) throws IOException {
    return tls(connect(port), service, TestListener.SNI, alpn);
  }

  /** TLS over a connected socket, with any SNI; the handshake is over when this returns. */
  public static Http1 tls(Socket raw, String service, String sni, String... alpn)
      throws IOException {
    // A session of the same host and port is resumed with the SNI it began with, whatever is asked
    // for here; and ports come back. So the host is the SNI.
    SSLSocket tls =
        (SSLSocket)
            Identities.context(service)
                .getSocketFactory()
                .createSocket(raw, sni, raw.getPort(), true);
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(sni)));
    if (alpn.length > 0) {
      parameters.setApplicationProtocols(alpn);
    }
    tls.setSSLParameters(parameters);
    tls.startHandshake();
    return new Http1(tls);
  }

  /** A connected socket to a port on loopback. */
  public static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(READ_TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    return socket;
  }

  public Socket socket() {
    return socket;
  }

  public OutputStream out() {
    return out;
  }

  public InputStream in() {
    return in;
  }

  /** Sends bytes as they are. */
  public Http1 send(String bytes) throws IOException {
    out.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
    return this;
  }

  /** Sends a GET with these header lines, and reads the response. */
  public Response get(String target, String... headerLines) throws IOException {
    StringBuilder head = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: orders\r\n");
    for (String line : headerLines) {
      head.append(line).append("\r\n");
    }
    return send(head.append("\r\n").toString()).read();
  }

  /** Reads one response to anything but HEAD, an interim (1xx) one included. */
  public Response read() throws IOException {
    Response head = head();
    int status = head.status();
    if (status < 200 || status == 204 || status == 304) {
      return head;
    }
    return new Response(status, head.headers(), body(head));
  }

  /** Reads the head of one response, and leaves its body, if any, unread. */
  public Response head() throws IOException {
    String statusLine = line();
    if (!statusLine.startsWith("HTTP/1.")) {
      throw new IOException("not a response: " + statusLine);
    }
    int status = Integer.parseInt(statusLine.substring(9, 12));
    List<String[]> headers = new ArrayList<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      headers.add(
          new String[] {
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).trim()
          });
    }
    return new Response(status, headers, new byte[0]);
  }

  /** Whether the server has closed: blocks until it does, or sends a byte. */
  public boolean closedByPeer() throws IOException {
    try {
      return in.read() < 0;
    } catch (java.net.SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      return true;
    }
  }

  private byte[] body(Response head) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    if ("chunked".equals(head.header("transfer-encoding"))) {
      for (int size = chunk(); size > 0; size = chunk()) {
        body.write(exactly(size));
        line();
      }
      while (!line().isEmpty()) {
        continue;
      }
      return body.toByteArray();
    }
    String length = head.header("content-length");
    return length == null ? in.readAllBytes() : exactly(Integer.parseInt(length));
  }

  private int chunk() throws IOException {
    String size = line();
    int semicolon = size.indexOf(';');
    return Integer.parseInt(semicolon < 0 ? size : size.substring(0, semicolon), 16);
  }

  private byte[] exactly(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("body ended after " + bytes.length + " of " + length + " bytes");
    }
    return bytes;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("connection ended after \"" + line + "\"");
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
