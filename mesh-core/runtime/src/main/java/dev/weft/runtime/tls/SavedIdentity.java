package dev.weft.runtime.tls;

import dev.weft.wire.Revoked;
import dev.weft.wire.WireException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An identity and the roots that go with it, as a tree of text, and back. Stateless. */
public final class SavedIdentity {
  private SavedIdentity() {}

  /** Holds the private key: not for everybody's eyes. */
  public static Map<String, Object> tree(Identity identity, TrustBundle bundle)
      throws CertificateException {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("key", Base64.getEncoder().encodeToString(identity.key().getEncoded()));
    tree.put("chain", text(identity.chain()));
    tree.put("bundle", text(bundle.roots()));
    tree.put("revoked", bundle.revocations().all().stream().map(Revoked::tree).toList());
    return tree;
  }

  /**
   * @param version the caller's number for it
   * @throws CertificateException if it is not what {@link #tree} gave
   */
  public static Identity identity(Map<String, Object> tree, long version)
      throws CertificateException {
    List<byte[]> chain = der(tree, "chain");
    try {
      PrivateKey key =
          KeyFactory.getInstance("EC")
              .generatePrivate(
                  new PKCS8EncodedKeySpec(
                      Base64.getDecoder().decode(String.valueOf(tree.get("key")))));
      X509Certificate leaf = Certificates.parse("chain", chain, Math.max(1, chain.size()))[0];
      return Identity.of(version, new KeyPair(leaf.getPublicKey(), key), chain);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new CertificateException("key: " + e.getMessage(), e);
    }
  }

  /**
   * @param generation the caller's number for it
   * @throws CertificateException if it is not what {@link #tree} gave
   */
  public static TrustBundle bundle(Map<String, Object> tree, long generation)
      throws CertificateException {
    List<Revoked> revoked = new ArrayList<>();
    if (tree.get("revoked") instanceof List<?> all) {
      for (Object one : all) {
        try {
          revoked.add(Revoked.of(one instanceof Map<?, ?> map ? map : Map.of()));
        } catch (WireException e) {
          throw new CertificateException(e.getMessage(), e);
        }
      }
    }
    return TrustBundle.of(generation, der(tree, "bundle"), revoked);
  }

  private static List<String> text(X509Certificate[] certificates) throws CertificateException {
    List<String> all = new ArrayList<>();
    for (X509Certificate certificate : certificates) {
      all.add(Base64.getEncoder().encodeToString(certificate.getEncoded()));
    }
    return all;
  }

  private static List<byte[]> der(Map<String, Object> tree, String field)
      throws CertificateException {
    List<byte[]> all = new ArrayList<>();
    if (tree.get(field) instanceof List<?> texts) {
      for (Object text : texts) {
        try {
          all.add(Base64.getDecoder().decode(String.valueOf(text)));
        } catch (IllegalArgumentException e) {
          throw new CertificateException(field + ": " + e.getMessage(), e);
        }
      }
    }
    return all;
  }
}
