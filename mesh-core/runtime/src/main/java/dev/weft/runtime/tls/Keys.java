package dev.weft.runtime.tls;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import org.jspecify.annotations.Nullable;

/** Key pairs of the mesh: EC P-256, always. */
public final class Keys {
  private Keys() {}

  /**
   * A fresh pair.
   *
   * @param random null for the JDK's default
   */
  public static KeyPair newKeyPair(@Nullable SecureRandom random) {
    try {
      Provider sunEc = Certificates.provider("SunEC");
      KeyPairGenerator generator =
          sunEc == null
              ? KeyPairGenerator.getInstance("EC")
              : KeyPairGenerator.getInstance("EC", sunEc);
      ECGenParameterSpec p256 = new ECGenParameterSpec("secp256r1");
      if (random == null) {
        generator.initialize(p256);
      } else {
        generator.initialize(p256, random);
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(
          "this JVM cannot make an EC P-256 key: the mesh needs the provider SunEC", e);
    }
  }

  /** With the JDK's default randomness. */
  public static KeyPair newKeyPair() {
    return newKeyPair(null);
  }
}
