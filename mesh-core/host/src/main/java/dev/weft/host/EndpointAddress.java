package dev.weft.host;

import dev.weft.bridge.MeshAddress;
import dev.weft.engine.Endpoint;
import dev.weft.policy.SpiffeId;
import dev.weft.runtime.tls.EndpointTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** The address of one endpoint in one TLS mode; see {@link HostOutbound} for its interning. */
final class EndpointAddress extends MeshAddress {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable EndpointTls tls;
  private final transient String ip;

  private EndpointAddress(InetAddress labelled, int port, String ip, @Nullable EndpointTls tls) {
    super(labelled, port);
    this.ip = ip;
    this.tls = tls;
  }

  static EndpointAddress plaintext(Endpoint.Facts facts) {
    return of(facts, "plain", null);
  }

  /**
   * @param accepted who the endpoint may be
   * @param identity version of the certificate that connections to this address are made with
   * @param turn larger when connections that were made so far must not be used any more
   */
  static EndpointAddress mtls(
      Endpoint.Facts facts, EndpointTls tls, Set<SpiffeId> accepted, long identity, long turn) {
    String who = Integer.toHexString(accepted.hashCode());
    return of(facts, who + ".mtls-" + identity + (turn == 0 ? "" : "-" + turn), tls);
  }

  /**
   * Whether calls need connections of their own from now on, because a certificate of the peer's
   * has ended that connections to this address were made with.
   */
  boolean over() {
    return tls != null && tls.over();
  }

  /** The TLS of the address that takes this one's place; only for one with mesh TLS. */
  EndpointTls nextTls() {
    return mesh().next();
  }

  /**
   * The label is readable, for it shows in messages and logs, and unique for what pools must keep
   * apart.
   *
   * @throws IllegalArgumentException if the endpoint's address is no IP literal
   */
  private static EndpointAddress of(Endpoint.Facts facts, String how, @Nullable EndpointTls tls) {
    String label =
        facts.address().replace(':', '-')
            + "-"
            + facts.port()
            + "."
            + facts.service().name()
            + "."
            + facts.service().namespace()
            + "."
            + how
            + ".weft";
    try {
      // A literal: nothing is looked up.
      byte[] ip = InetAddress.getByName(facts.address()).getAddress();
      return new EndpointAddress(
          InetAddress.getByAddress(label, ip), facts.port(), facts.address(), tls);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(facts.address() + " (expected: an IP address)", e);
    }
  }

  @Override
  public boolean tls() {
    return tls != null;
  }

  @Override
  public SSLEngine clientEngine(String... alpn) {
    return mesh().engine(ip, getPort(), alpn);
  }

  @Override
  public Socket layer(Socket raw, int timeoutMillis) throws IOException {
    return mesh()
        .layer(
            raw, timeoutMillis <= 0 ? HANDSHAKE_MILLIS : Math.min(timeoutMillis, HANDSHAKE_MILLIS));
  }

  @Override
  public SSLSocketFactory sslSocketFactory() {
    return mesh().socketFactory(HANDSHAKE_MILLIS);
  }

  private EndpointTls mesh() {
    if (tls == null) {
      throw new IllegalStateException(getHostString() + " is plaintext");
    }
    return tls;
  }
}
