package dev.weft.runtime.tls;

import dev.weft.policy.JoinToken;
import dev.weft.policy.SpiffeId;
import java.io.IOException;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * TLS of the control stream: TLS 1.3, ALPN {@code weft/1}, and at the other end a coordinator and
 * nobody else. Safe for use by any thread.
 */
public abstract class ControlTls {
  /** The protocol that both ends must agree on. */
  public static final String ALPN = "weft/1";

  private static final String SNI =
      SpiffeId.COORDINATOR + "." + SpiffeId.SYSTEM_NAMESPACE + SpiffeId.HOST_SUFFIX;

  /** How the JDK begins to tell of an alert that it has received; its name follows. */
  private static final String ALERT = "Received fatal alert: ";

  /** Alerts about a certificate, RFC 8446 §6.2. */
  private static final List<String> REFUSALS =
      List.of(
          "bad_certificate",
          "unsupported_certificate",
          "certificate_revoked",
          "certificate_expired",
          "certificate_unknown",
          "unknown_ca",
          "access_denied",
          "certificate_required");

  private ControlTls() {}

  /**
   * For a process without a certificate: believes a coordinator whose chain ends in the root that
   * the token pins.
   *
   * @throws IllegalStateException if this JVM's settings do not allow TLS 1.3 with EC P-256
   */
  public static ControlTls joining(JoinToken token, InstantSource clock) {
    return new Joining(token, clock);
  }

  /** For a process that has joined: shows its certificate, believes a coordinator of its mesh. */
  public static ControlTls joined(MeshTls tls) {
    return new Joined(tls);
  }

  /**
   * Puts TLS over a connected socket and shakes hands. Closing the result closes {@code raw}. That
   * the coordinator refuses our certificate shows on the first read, not here.
   *
   * @param handshakeTimeoutMillis for the whole handshake, &gt; 0
   * @throws IOException if the handshake fails, the peer is no coordinator, or it does not speak
   *     {@link #ALPN}; {@code raw} is closed then
   */
  public final SSLSocket layer(Socket raw, int handshakeTimeoutMillis) throws IOException {
    SSLSocket socket = connect(raw, handshakeTimeoutMillis);
    String protocol = socket.getApplicationProtocol();
    if (!ALPN.equals(protocol)) {
      Handshakes.closeQuietly(raw);
      throw new SSLException(
          "[weft: "
              + Handshakes.address(raw)
              + " did not agree on the protocol \""
              + ALPN
              + "\" (it said \""
              + (protocol == null ? "" : protocol)
              + "\"): is it a coordinator's mesh port?]");
    }
    return socket;
  }

  /**
   * Whether a connection failed because one of both ends does not believe the other's certificate:
   * by our own check, or by an alert that says so. A handshake that was only cut, or took too long,
   * says nothing about certificates: a coordinator that is short of time cuts many.
   */
  public static boolean isRefusal(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < 8; depth++, cause = cause.getCause()) {
      if (cause instanceof CertificateException) {
        return true;
      }
      String message = cause.getMessage();
      if (cause instanceof SSLException
          && message != null
          && REFUSALS.stream().anyMatch(alert -> message.endsWith(ALERT + alert))) {
        return true;
      }
    }
    return false;
  }

  abstract SSLSocket connect(Socket raw, int handshakeTimeoutMillis) throws IOException;

  private static final class Joining extends ControlTls {
    private final Jsse jsse;
    private final SSLContext context;

    Joining(JoinToken token, InstantSource clock) {
      jsse = Jsse.of(null);
      context = jsse.context(null, new PinnedTrustManager(token, clock));
    }

    @Override
    SSLSocket connect(Socket raw, int handshakeTimeoutMillis) throws IOException {
      SSLParameters parameters = jsse.parameters(ALPN);
      parameters.setServerNames(List.of(new SNIHostName(SNI)));
      return Handshakes.layer(context, raw, parameters, handshakeTimeoutMillis);
    }
  }

  private static final class Joined extends ControlTls {
    private final MeshTls tls;

    Joined(MeshTls tls) {
      this.tls = tls;
    }

    @Override
    SSLSocket connect(Socket raw, int handshakeTimeoutMillis) throws IOException {
      Identity mine = tls.identity();
      String unready = tls.unready();
      if (mine == null || unready != null) {
        Handshakes.closeQuietly(raw);
        throw new SSLException(
            "[weft: no mesh TLS with the coordinator "
                + Handshakes.address(raw)
                + ": "
                + unready
                + "]");
      }
      SpiffeId coordinator = SpiffeId.coordinator(mine.spiffeId().trustDomain());
      return tls.client(SNI, Set.of(coordinator)).layer(raw, handshakeTimeoutMillis, ALPN);
    }
  }

  /** Believes a coordinator under the one root whose key the token pins. */
  private static final class PinnedTrustManager extends PeerTrustManager {
    private final JoinToken token;
    private final InstantSource clock;

    PinnedTrustManager(JoinToken token, InstantSource clock) {
      this.token = token;
      this.clock = clock;
    }

    @Override
    void checkServer(X509Certificate[] chain, String address) throws CertificateException {
      try {
        X509Certificate root = pinnedRoot(chain);
        TrustBundle bundle = TrustBundle.of(0, List.of(root.getEncoded()));
        SpiffeId peer =
            new ChainVerifier(bundle, new TlsCounters())
                .verify(chain, ChainVerifier.Role.SERVER, clock.millis());
        if (!peer.isCoordinator()) {
          throw new CertificateException(
              "it is no coordinator (expected: spiffe://<trust domain>/ns/"
                  + SpiffeId.SYSTEM_NAMESPACE
                  + "/sa/"
                  + SpiffeId.COORDINATOR
                  + ")");
        }
      } catch (CertificateException e) {
        throw new CertificateException(
            MeshTrustManager.refusal("the coordinator " + address, chain, e), e);
      }
    }

    private X509Certificate pinnedRoot(X509Certificate[] chain) throws CertificateException {
      // Not the leaf: a pin is of an authority, which must have signed something here: the
      // intermediate, or, when it has been replaced since, the root that came after it.
      for (int i = 1; i < chain.length; i++) {
        if (token.pins(Certificates.sha256().digest(chain[i].getPublicKey().getEncoded()))
            && Certificates.isSelfSigned(chain[i])) {
          return chain[i];
        }
      }
      throw new CertificateException(
          "its chain does not end in the root that the "
              + token
              + " was made under: a token of another mesh, or somebody between");
    }

    @Override
    void checkClient(X509Certificate[] chain, String address) throws CertificateException {
      throw new CertificateException("[weft: a client's TLS context was used by a server]");
    }
  }
}
