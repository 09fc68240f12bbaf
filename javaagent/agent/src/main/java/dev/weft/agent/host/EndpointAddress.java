package dev.weft.agent.host;

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

  private EndpointAddress(
      InetAddress labelled, int port, String ip, @Nullable ClientTls tls) {
    super(labelled, port);
    this.ip = ip;
    this.tls = tls;
  }

  /**
   * @param tls null for plaintext
   * @throws IllegalArgumentException if the endpoint's address is no IP literal
   */
  static EndpointAddress of(Endpoint.Facts facts, @Nullable ClientTls tls) {
    try {
      // A literal: nothing is looked up.
      InetAddress literal = InetAddress.getByName(facts.address());
      String label = label(facts, tls);
      return new EndpointAddress(
          InetAddress.getByAddress(label, literal.getAddress()), facts.port(), facts.address(), tls);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(facts.address() + " (expected: an IP address)", e);
    }
  }

  /** Readable, for it shows in messages and logs; unique for what pools must keep apart. */
  private static String label(Endpoint.Facts facts, @Nullable ClientTls tls) {
    String identities = tls == null ? "0" : Integer.toHexString(tls.accepted().hashCode());
    return facts.address().replace(':', '-')
        + "-"
        + facts.port()
        + "."
        + facts.service().name()
        + "."
        + facts.service().namespace()
        + "."
        + identities
        + (tls == null ? ".plain.weft" : ".mtls.weft");
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
  public Socket layer(Socket raw) throws IOException {
    return mesh().layer(raw, HANDSHAKE_MILLIS);
  }

  private ClientTls mesh() {
    if (tls == null) {
      throw new IllegalStateException(getHostString() + " is plaintext");
    }
    return tls;
  }
}
