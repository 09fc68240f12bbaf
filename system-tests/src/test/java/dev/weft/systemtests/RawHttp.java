package dev.weft.systemtests;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** HTTP/1.1 byte by byte, from outside of the mesh. One request to a connection. */
final class RawHttp {
  private static final int TIMEOUT_MILLIS = 60_000;

  private RawHttp() {}

  /** Sends the lines of a request's head, and returns all that comes back. */
  static String plaintext(int port, String... head) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return exchange(socket, head);
    }
  }

  /**
   * The same over TLS, with the name that a mesh client would send.
   *
   * @throws IOException if the handshake, or what is read after it, is refused
   */
  static String tls(int port, SSLContext context, String protocol, String sni, String... head)
      throws IOException {
    try (SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setProtocols(new String[] {protocol});
      parameters.setServerNames(List.of(new SNIHostName(sni)));
      socket.setSSLParameters(parameters);
      return exchange(socket, head);
    }
  }

  private static String exchange(Socket socket, String... head) throws IOException {
    socket.setSoTimeout(TIMEOUT_MILLIS);
    String request = String.join("\r\n", head) + "\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
    InputStream in = socket.getInputStream();
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }
}
