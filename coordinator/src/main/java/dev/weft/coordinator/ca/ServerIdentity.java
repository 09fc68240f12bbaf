package dev.weft.coordinator.ca;

import dev.weft.ca.CertificateAuthority;
import dev.weft.ca.Issued;
import dev.weft.policy.SpiffeId;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator's own certificate, {@code …/ns/weft-system/sa/coordinator}, and its key, which
 * never leaves memory. As a key manager it serves the newest; a handshake that began with the one
 * before ends with it. Safe for use by any thread.
 */
public final class ServerIdentity extends X509ExtendedKeyManager {
  private record Version(
      String alias, X509Certificate[] chain, PrivateKey key, Instant start, Instant end) {}

  private final CertificateAuthority ca;
  private final Clock clock;
  private int versions;
  private volatile Version current;
  private volatile Version previous;

  public ServerIdentity(CertificateAuthority ca, Clock clock) {
    this.ca = ca;
    this.clock = clock;
    this.current = issue();
    this.previous = current;
  }

  /** Takes a new key and certificate when two thirds of this one's life are over. */
  public void renewIfDue() {
    Version now = current;
    Duration life = Duration.between(now.start(), now.end());
    if (clock.instant().isAfter(now.end().minus(life.dividedBy(3)))) {
      renew();
    }
  }

  /** Takes a new key and certificate, as after the authority's signer changed. */
  public synchronized void renew() {
    previous = current;
    current = issue();
  }

  /**
   * Leaf, intermediate and root: a joining agent has nothing but the pin of the root. After a
   * rotation, also the way to the older roots that tokens pin.
   */
  public List<X509Certificate> chain() {
    return List.of(current.chain());
  }

  private synchronized Version issue() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      Issued issued = ca.issue(SpiffeId.coordinator(ca.trustDomain()), pair.getPublic());
      List<X509Certificate> chain = ca.handshakeChain(issued);
      return new Version(
          "weft" + versions++,
          chain.toArray(new X509Certificate[0]),
          pair.getPrivate(),
          clock.instant(),
          issued.leaf().getNotAfter().toInstant());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("EC P-256 is not available in this JVM", e);
    }
  }

  private @Nullable Version version(String alias) {
    Version now = current;
    Version before = previous;
    return now.alias().equals(alias) ? now : before.alias().equals(alias) ? before : null;
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return new String[] {current.alias()};
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return chooseEngineServerAlias(keyType, issuers, null);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return keyType.startsWith("EC") ? current.alias() : null;
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    Version version = version(alias);
    return version == null ? null : version.chain().clone();
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    Version version = version(alias);
    return version == null ? null : version.key();
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null; // coordinators do not call one another
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
