package dev.weft.runtime.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * One check for the six ways in which JSSE asks. Extended, because JSSE wraps a plain {@code
 * X509TrustManager} into one that compares DNS names.
 */
abstract class PeerTrustManager extends X509ExtendedTrustManager {
  private static final X509Certificate[] NONE = {};

  /**
   * The peer is a server that this process has called.
   *
   * @param address {@code host:port} as dialled, or a phrase if unknown
   */
  abstract void checkServer(X509Certificate[] chain, String address) throws CertificateException;

  /** The peer is a client that has called this process. */
  abstract void checkClient(X509Certificate[] chain, String address) throws CertificateException;

  private static String address(@Nullable String host, int port) {
    return host == null || host.isEmpty()
        ? "(address unknown)"
        : host + (port > 0 ? ":" + port : "");
  }

  private static String address(@Nullable SSLEngine engine) {
    return engine == null ? address(null, -1) : address(engine.getPeerHost(), engine.getPeerPort());
  }

  private static String address(@Nullable Socket socket) {
    // The session's idea of the peer: asking the socket for its host name could ask DNS.
    SSLSession session = socket instanceof SSLSocket tls ? tls.getHandshakeSession() : null;
    return session == null
        ? address(null, -1)
        : address(session.getPeerHost(), session.getPeerPort());
  }

  @Override
  public final void checkServerTrusted(
      X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
      throws CertificateException {
    checkServer(chain, address(engine));
  }

  @Override
  public final void checkServerTrusted(
      X509Certificate[] chain, String authType, @Nullable Socket socket)
      throws CertificateException {
    checkServer(chain, address(socket));
  }

  @Override
  public final void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    checkServer(chain, address(null, -1));
  }

  @Override
  public final void checkClientTrusted(
      X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
      throws CertificateException {
    checkClient(chain, address(engine));
  }

  @Override
  public final void checkClientTrusted(
      X509Certificate[] chain, String authType, @Nullable Socket socket)
      throws CertificateException {
    checkClient(chain, address(socket));
  }

  @Override
  public final void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    checkClient(chain, address(null, -1));
  }

  /** None: a list of authorities in the handshake would help nobody, everyone has one identity. */
  @Override
  public final X509Certificate[] getAcceptedIssuers() {
    return NONE.clone();
  }
}
