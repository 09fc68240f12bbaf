package dev.weft.host;

import dev.weft.bootstrap.MeshAddress;
import dev.weft.engine.Endpoint;
import dev.weft.runtime.tls.ClientTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/** The address of one endpoint in one TLS mode; see {@link AgentOutbound} for its interning. */
final class EndpointAddress extends MeshAddress {
  private static final long serialVersionUID = 1L;

  /** A peer that accepts connections and never shakes hands must not hold a caller forever. */
  private static final int HANDSHAKE_MILLIS = 5_000;

  private final transient @Nullable ClientTls tls;
  private final transient String ip;

  private EndpointAddress(InetAddress labelled, int port, String ip, @Nullable ClientTls tls) {
    super(labelled, port);
    this.ip = ip;
    this.tls = tls;
  }

  static EndpointAddress plaintext(Endpoint.Facts facts) {
    return of(facts, "plain", null);
  }

  /**
   * @param identity version of the certificate that connections to this address are made with
   */
  static EndpointAddress mtls(Endpoint.Facts facts, ClientTls tls, long identity) {
    return of(facts, Integer.toHexString(tls.accepted().hashCode()) + ".mtls-" + identity, tls);
  }

  /**
   * The label is readable, for it shows in messages and logs, and unique for what pools must keep
   * apart.
   *
   * @throws IllegalArgumentException if the endpoint's address is no IP literal
   */
  private static EndpointAddress of(Endpoint.Facts facts, String how, @Nullable ClientTls tls) {
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

  private ClientTls mesh() {
    if (tls == null) {
      throw new IllegalStateException(getHostString() + " is plaintext");
    }
    return tls;
  }
}
