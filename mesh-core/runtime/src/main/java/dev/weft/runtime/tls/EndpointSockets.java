package dev.weft.runtime.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import javax.net.ssl.SSLSocketFactory;

/**
 * Makes sockets over connected ones that shake hands when they are told to, for libraries that
 * insist on that. Safe for use by any thread.
 */
final class EndpointSockets extends SSLSocketFactory {
  private final EndpointTls endpoint;
  private final int handshakeTimeoutMillis;

  EndpointSockets(EndpointTls endpoint, int handshakeTimeoutMillis) {
    this.endpoint = endpoint;
    this.handshakeTimeoutMillis = handshakeTimeoutMillis;
  }

  /**
   * @param host what the library calls the endpoint; of no meaning to the mesh, and never looked up
   * @param autoClose true; closing the result closes {@code raw}
   */
  @Override
  public Socket createSocket(Socket raw, String host, int port, boolean autoClose)
      throws IOException {
    if (!autoClose) {
      throw new SocketException("[weft: mesh TLS does not outlive its connection]");
    }
    return new EndpointSocket(endpoint, endpoint.client().over(raw), raw, handshakeTimeoutMillis);
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return endpoint.client().cipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return endpoint.client().cipherSuites();
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    throw unconnected();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort)
      throws IOException {
    throw unconnected();
  }

  @Override
  public Socket createSocket(InetAddress address, int port) throws IOException {
    throw unconnected();
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress local, int localPort)
      throws IOException {
    throw unconnected();
  }

  private static SocketException unconnected() {
    return new SocketException("[weft: mesh TLS needs a connected socket]");
  }
}
