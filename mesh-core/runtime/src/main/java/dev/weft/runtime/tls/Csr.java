package dev.weft.runtime.tls;

import dev.weft.policy.SpiffeId;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Provider;
import java.security.Signature;

/**
 * Certificate requests (PKCS#10, RFC 2986). Small enough to write by hand, and it keeps a
 * cryptographic library out of the agent; the tests read them with one.
 */
public final class Csr {
  /** An INTEGER 0: version 1 of the request. */
  private static final byte[] VERSION = {Der.INTEGER, 1, 0};

  /** 1.2.840.113549.1.9.14 */
  private static final byte[] EXTENSION_REQUEST = {
    0x06, 0x09, 0x2A, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xF7, 0x0D, 0x01, 0x09, 0x0E
  };

  /** 2.5.29.17 */
  private static final byte[] SUBJECT_ALT_NAME = {0x06, 0x03, 0x55, 0x1D, 0x11};

  /** 1.2.840.10045.4.3.2 */
  private static final byte[] ECDSA_WITH_SHA256 = {
    0x06, 0x08, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 0x04, 0x03, 0x02
  };

  private static final byte[] TRUE = {Der.BOOLEAN, 1, (byte) 0xFF};

  private static final int URI = 6;

  private Csr() {}

  /**
   * A request for one SPIFFE ID, with an empty subject (hence the critical alternative name, RFC
   * 5280 §4.2.1.6). The authority takes the key from it and the names from its own grant.
   *
   * @param keys EC P-256
   * @return DER
   */
  public static byte[] create(KeyPair keys, SpiffeId id) {
    byte[] names = Der.value(Der.SEQUENCE, Der.contextString(URI, id.toString()));
    byte[] extension =
        Der.value(Der.SEQUENCE, SUBJECT_ALT_NAME, TRUE, Der.value(Der.OCTET_STRING, names));
    byte[] attribute =
        Der.value(
            Der.SEQUENCE,
            EXTENSION_REQUEST,
            Der.value(Der.SET, Der.value(Der.SEQUENCE, extension)));
    byte[] request =
        Der.value(
            Der.SEQUENCE,
            VERSION,
            Der.value(Der.SEQUENCE),
            keys.getPublic().getEncoded(),
            Der.contextConstructed(0, attribute));
    return Der.value(
        Der.SEQUENCE,
        request,
        Der.value(Der.SEQUENCE, ECDSA_WITH_SHA256),
        Der.bitString(sign(keys, request)));
  }

  private static byte[] sign(KeyPair keys, byte[] request) {
    try {
      Provider sunEc = Certificates.provider("SunEC");
      Signature signature =
          sunEc == null
              ? Signature.getInstance("SHA256withECDSA")
              : Signature.getInstance("SHA256withECDSA", sunEc);
      signature.initSign(keys.getPrivate());
      signature.update(request);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM cannot sign with SHA256withECDSA", e);
    }
  }
}
