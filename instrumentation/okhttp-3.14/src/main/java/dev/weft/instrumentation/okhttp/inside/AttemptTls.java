package dev.weft.instrumentation.okhttp.inside;

import dev.weft.bridge.MeshAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Mesh TLS to one endpoint, within the time that the attempt has left for it. Kept as long as
 * {@link AttemptSockets}.
 */
final class AttemptTls extends SSLSocketFactory {
  private volatile @Nullable Attempt attempt;
  private final MeshAddress endpoint;
  private final SSLSocketFactory mesh;

  AttemptTls(Attempt attempt, MeshAddress endpoint) {
    this.attempt = attempt;
    this.endpoint = endpoint;
    this.mesh = endpoint.sslSocketFactory();
  }

  @Override
  public Socket createSocket(Socket raw, String host, int port, boolean autoClose)
      throws IOException {
    Attempt connecting = attempt;
    int millis = connecting == null ? 0 : connecting.handshakes();
    int own = raw.getSoTimeout();
    if (millis > 0 && (own == 0 || millis < own)) {
      raw.setSoTimeout(millis); // the library sets its own when it reads
    }
    return mesh.createSocket(raw, host, port, autoClose);
  }

  void forget() {
    attempt = null;
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return mesh.createSocket(host, port);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort)
      throws IOException {
    return mesh.createSocket(host, port, local, localPort);
  }

  @Override
  public Socket createSocket(InetAddress address, int port) throws IOException {
    return mesh.createSocket(address, port);
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress local, int localPort)
      throws IOException {
    return mesh.createSocket(address, port, local, localPort);
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return mesh.getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return mesh.getSupportedCipherSuites();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof AttemptTls && AttemptDns.same(endpoint, ((AttemptTls) other).endpoint);
  }

  @Override
  public int hashCode() {
    return endpoint.getHostString().hashCode();
  }
}
