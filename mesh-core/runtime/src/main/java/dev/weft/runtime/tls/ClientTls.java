package dev.weft.runtime.tls;

import dev.weft.policy.SpiffeId;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * Mesh TLS towards one service. Sessions are resumed towards the same endpoint of the same service
 * only: each service has an SSL context of its own, so that nothing learnt about one is ever used
 * for another. Safe for use by any thread; compares by identity.
 */
public final class ClientTls {
  /** What makes two destinations one. */
  record Key(String sniHost, Set<SpiffeId> accepted) {}

  private final MeshTls tls;
  private final Key key;
  private final List<SNIServerName> serverNames;
  private final MeshTls.Context context;

  ClientTls(MeshTls tls, Key key) {
    if (key.accepted.isEmpty()) {
      throw new IllegalArgumentException(
          "accepted: none (expected: at least one SPIFFE ID that " + key.sniHost + " may have)");
    }
    this.tls = tls;
    this.key = key;
    this.serverNames = List.of(new SNIHostName(key.sniHost));
    this.context =
        tls.new Context() {
          @Override
          SSLContext make(MeshKeyManager keys) {
            return tls.jsse().context(keys, new MeshTrustManager(tls, key.accepted));
          }
        };
  }

  public String sniHost() {
    return key.sniHost;
  }

  /** Who the service's endpoints may be; immutable. */
  public Set<SpiffeId> accepted() {
    return key.accepted;
  }

  /**
   * An engine for one connection: client mode, ready to handshake. Fails its handshake unless the
   * peer is one of {@link #accepted()}.
   *
   * @param host address of the endpoint, for errors and as the key of resumption; never looked up
   * @param port of the endpoint
   * @param alpn protocols to offer, in order of preference; none for no ALPN
   */
  public SSLEngine engine(String host, int port, String... alpn) {
    SSLEngine engine = context.context().createSSLEngine(host, port);
    engine.setUseClientMode(true);
    engine.setSSLParameters(parameters(alpn));
    tls.counters().clientHandshakes.increment();
    return engine;
  }

  /**
   * Puts TLS over a connected socket and shakes hands. Closing the result closes {@code raw}.
   *
   * @param raw its SO_TIMEOUT is changed while shaking hands, and put back
   * @param handshakeTimeoutMillis for the whole handshake, &gt; 0
   * @throws IOException if the handshake fails; {@code raw} is closed then
   */
  public SSLSocket layer(Socket raw, int handshakeTimeoutMillis, String... alpn)
      throws IOException {
    SSLSocket socket;
    try {
      socket = over(raw, alpn);
    } catch (IOException | RuntimeException e) {
      Handshakes.closeQuietly(raw);
      throw e;
    }
    shake(socket, raw, handshakeTimeoutMillis);
    return socket;
  }

  /**
   * Puts TLS over a connected socket, for {@link #shake}. Closing the result closes {@code raw}.
   */
  SSLSocket over(Socket raw, String... alpn) throws IOException {
    SSLContext current = context.context();
    tls.counters().clientHandshakes.increment();
    return Handshakes.over(current, raw, parameters(alpn));
  }

  /**
   * Shakes hands, and sees who that was.
   *
   * @param socket what {@link #over} has put over {@code raw}
   * @param raw its SO_TIMEOUT is changed while shaking hands, and put back
   * @param handshakeTimeoutMillis for the whole handshake, &gt; 0
   * @throws IOException if the handshake fails; {@code raw} is closed then
   */
  void shake(SSLSocket socket, Socket raw, int handshakeTimeoutMillis) throws IOException {
    Handshakes.shake(socket, raw, handshakeTimeoutMillis);
    // A resumed session has passed no trust manager: its peer's certificate may have ended since.
    SpiffeId peer = tls.peer(socket.getSession());
    if (peer == null || !key.accepted.contains(peer)) {
      socket.getSession().invalidate();
      Handshakes.closeQuietly(raw);
      tls.counters().peersRefused.increment();
      throw new SSLException(
          MeshTrustManager.wrongPeer(Handshakes.address(raw), peer, key.accepted));
    }
  }

  /** What its sockets can speak, for those who ask before they have one. */
  String[] cipherSuites() {
    return tls.jsse().parameters().getCipherSuites();
  }

  /** The same towards one endpoint, which notices when what that has shown ends. */
  public EndpointTls endpoint() {
    return new EndpointTls(tls, this);
  }

  /** No session that was made so far is resumed any more. */
  void forgetSessions() {
    context.forget();
  }

  private SSLParameters parameters(String... alpn) {
    SSLParameters parameters = tls.jsse().parameters(alpn);
    parameters.setServerNames(serverNames);
    return parameters;
  }

  @Override
  public String toString() {
    return "mesh TLS to " + key.sniHost;
  }
}
