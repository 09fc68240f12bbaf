package dev.weft.runtime.tls;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Mesh TLS over a connected socket, whose handshake is made when a library says so, and at the
 * latest when it wants to read or write. Of what the library would have different of TLS, only the
 * protocols that it offers by ALPN are taken: the rest is the mesh's. But for that, the JDK's own
 * socket does everything.
 */
final class EndpointSocket extends SSLSocket {
  private final EndpointTls endpoint;
  private final SSLSocket tls;
  private final Socket raw;
  private final int timeoutMillis;
  private final ReentrantLock handshake = new ReentrantLock();
  private boolean shaken; // guarded by handshake

  EndpointSocket(EndpointTls endpoint, SSLSocket tls, Socket raw, int timeoutMillis) {
    this.endpoint = endpoint;
    this.tls = tls;
    this.raw = raw;
    this.timeoutMillis = timeoutMillis;
  }

  /**
   * Shakes hands, within the time of the mesh or, if that is shorter, the socket's own: its
   * SO_TIMEOUT holds for the whole handshake, not for each read. Once; does nothing any more then.
   */
  @Override
  public void startHandshake() throws IOException {
    handshake.lock();
    try {
      if (shaken) {
        return;
      }
      int own = raw.getSoTimeout();
      endpoint.client().shake(tls, raw, own > 0 ? Math.min(own, timeoutMillis) : timeoutMillis);
      endpoint.shaken(tls, raw);
      shaken = true;
    } finally {
      handshake.unlock();
    }
  }

  /** As the JDK's own: of no protocol and no peer if there could be no handshake. */
  @Override
  public SSLSession getSession() {
    try {
      startHandshake();
    } catch (IOException e) {
      Handshakes.closeQuietly(raw);
    }
    return tls.getSession();
  }

  @Override
  public InputStream getInputStream() throws IOException {
    startHandshake();
    return tls.getInputStream();
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    startHandshake();
    return tls.getOutputStream();
  }

  /** Only the protocols of ALPN are taken from these. */
  @Override
  public void setSSLParameters(SSLParameters wanted) {
    SSLParameters own = tls.getSSLParameters();
    String[] alpn = wanted.getApplicationProtocols();
    own.setApplicationProtocols(alpn == null ? new String[0] : alpn);
    tls.setSSLParameters(own);
  }

  @Override
  public void setEnabledCipherSuites(String[] suites) {}

  @Override
  public void setEnabledProtocols(String[] protocols) {}

  @Override
  public void setUseClientMode(boolean mode) {}

  @Override
  public void setNeedClientAuth(boolean need) {}

  @Override
  public void setWantClientAuth(boolean want) {}

  @Override
  public void setEnableSessionCreation(boolean may) {}

  @Override
  public InetAddress getInetAddress() {
    return tls.getInetAddress();
  }

  @Override
  public InetAddress getLocalAddress() {
    return tls.getLocalAddress();
  }

  @Override
  public int getPort() {
    return tls.getPort();
  }

  @Override
  public int getLocalPort() {
    return tls.getLocalPort();
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return tls.getRemoteSocketAddress();
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return tls.getLocalSocketAddress();
  }

  @Override
  public void setTcpNoDelay(boolean on) throws SocketException {
    tls.setTcpNoDelay(on);
  }

  @Override
  public boolean getTcpNoDelay() throws SocketException {
    return tls.getTcpNoDelay();
  }

  @Override
  public void setSoLinger(boolean on, int seconds) throws SocketException {
    tls.setSoLinger(on, seconds);
  }

  @Override
  public int getSoLinger() throws SocketException {
    return tls.getSoLinger();
  }

  @Override
  public void setSoTimeout(int millis) throws SocketException {
    tls.setSoTimeout(millis);
  }

  @Override
  public int getSoTimeout() throws SocketException {
    return tls.getSoTimeout();
  }

  @Override
  public void setSendBufferSize(int size) throws SocketException {
    tls.setSendBufferSize(size);
  }

  @Override
  public int getSendBufferSize() throws SocketException {
    return tls.getSendBufferSize();
  }

  @Override
  public void setReceiveBufferSize(int size) throws SocketException {
    tls.setReceiveBufferSize(size);
  }

  @Override
  public int getReceiveBufferSize() throws SocketException {
    return tls.getReceiveBufferSize();
  }

  @Override
  public void setKeepAlive(boolean on) throws SocketException {
    tls.setKeepAlive(on);
  }

  @Override
  public boolean getKeepAlive() throws SocketException {
    return tls.getKeepAlive();
  }

  @Override
  public void setTrafficClass(int tc) throws SocketException {
    tls.setTrafficClass(tc);
  }

  @Override
  public int getTrafficClass() throws SocketException {
    return tls.getTrafficClass();
  }

  @Override
  public void setReuseAddress(boolean on) throws SocketException {
    tls.setReuseAddress(on);
  }

  @Override
  public boolean getReuseAddress() throws SocketException {
    return tls.getReuseAddress();
  }

  @Override
  public void close() throws IOException {
    tls.close();
  }

  @Override
  public void shutdownInput() throws IOException {
    tls.shutdownInput();
  }

  @Override
  public void shutdownOutput() throws IOException {
    tls.shutdownOutput();
  }

  @Override
  public boolean isConnected() {
    return tls.isConnected();
  }

  @Override
  public boolean isBound() {
    return tls.isBound();
  }

  @Override
  public boolean isClosed() {
    return tls.isClosed();
  }

  @Override
  public boolean isInputShutdown() {
    return tls.isInputShutdown();
  }

  @Override
  public boolean isOutputShutdown() {
    return tls.isOutputShutdown();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return tls.getSupportedCipherSuites();
  }

  @Override
  public String[] getEnabledCipherSuites() {
    return tls.getEnabledCipherSuites();
  }

  @Override
  public String[] getSupportedProtocols() {
    return tls.getSupportedProtocols();
  }

  @Override
  public String[] getEnabledProtocols() {
    return tls.getEnabledProtocols();
  }

  @Override
  public SSLParameters getSSLParameters() {
    return tls.getSSLParameters();
  }

  @Override
  public @Nullable SSLSession getHandshakeSession() {
    return tls.getHandshakeSession();
  }

  @Override
  public @Nullable String getApplicationProtocol() {
    return tls.getApplicationProtocol();
  }

  @Override
  public @Nullable String getHandshakeApplicationProtocol() {
    return tls.getHandshakeApplicationProtocol();
  }

  @Override
  public void addHandshakeCompletedListener(HandshakeCompletedListener listener) {
    tls.addHandshakeCompletedListener(listener);
  }

  @Override
  public void removeHandshakeCompletedListener(HandshakeCompletedListener listener) {
    tls.removeHandshakeCompletedListener(listener);
  }

  @Override
  public boolean getUseClientMode() {
    return tls.getUseClientMode();
  }

  @Override
  public boolean getNeedClientAuth() {
    return tls.getNeedClientAuth();
  }

  @Override
  public boolean getWantClientAuth() {
    return tls.getWantClientAuth();
  }

  @Override
  public boolean getEnableSessionCreation() {
    return tls.getEnableSessionCreation();
  }

  @Override
  public String toString() {
    return tls.toString();
  }
}
