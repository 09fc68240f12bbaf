package dev.weft.runtime.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Shows one identity, whatever the peer asks for. Immutable: an identity that follows gets another
 * key manager in another context, so that alias, chain and key of one handshake are always one
 * identity's, however many rotations happen meanwhile.
 */
final class MeshKeyManager extends X509ExtendedKeyManager {
  private static final String ALIAS = "weft";

  private final @Nullable Identity identity;

  MeshKeyManager(@Nullable Identity identity) {
    this.identity = identity;
  }

  private @Nullable String choose(@Nullable String keyType) {
    // OpenSSL and Conscrypt engines know only what they sign with: UNKNOWN, GENERIC, EC_EC.
    return identity != null
            && (keyType == null
                || keyType.startsWith("EC")
                || keyType.equals("UNKNOWN")
                || keyType.equals("GENERIC"))
        ? ALIAS
        : null;
  }

  private @Nullable String choose(String @Nullable [] keyTypes) {
    if (keyTypes == null) {
      return choose((String) null);
    }
    for (String keyType : keyTypes) {
      if (choose(keyType) != null) {
        return ALIAS;
      }
    }
    return null;
  }

  private String @Nullable [] aliases(@Nullable String keyType) {
    return choose(keyType) == null ? null : new String[] {ALIAS};
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return aliases(keyType);
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return choose(keyTypes);
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return choose(keyTypes);
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return aliases(keyType);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return choose(keyType);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return choose(keyType);
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    return identity == null || !ALIAS.equals(alias) ? null : identity.chain();
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    return identity == null || !ALIAS.equals(alias) ? null : identity.key();
  }
}
