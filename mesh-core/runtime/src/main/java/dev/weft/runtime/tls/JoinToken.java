package dev.weft.runtime.tls;

import java.security.MessageDigest;
import java.util.Base64;

/**
 * What a process shows for its first certificate: {@code weft1.<SPKI SHA-256 of the CA's root,
 * base64url>.<id>.<secret>}. The hash lets it check the coordinator before it believes any root.
 * Immutable; {@link #toString()} leaves the secret out.
 */
public final class JoinToken {
  private static final String VERSION = "weft1";

  /** 32 bytes in base64url without padding. */
  private static final int PIN_LENGTH = 43;

  private static final int MAX_ID = 64;
  private static final int MIN_SECRET = 16;
  private static final int MAX_SECRET = 256;

  private final String text;
  private final byte[] pin;
  private final String id;

  private JoinToken(String text, byte[] pin, String id) {
    this.text = text;
    this.pin = pin;
    this.id = id;
  }

  /**
   * Reads a token.
   *
   * @param text white space around it, as files have it, is ignored
   * @throws IllegalArgumentException saying what is wrong, never the secret
   */
  public static JoinToken parse(String text) {
    String token = text.strip();
    if (token.isEmpty()) {
      throw invalid("it is empty");
    }
    int pinAt = token.indexOf('.') + 1;
    int idAt = pinAt == 0 ? 0 : token.indexOf('.', pinAt) + 1;
    int secretAt = idAt == 0 ? 0 : token.indexOf('.', idAt) + 1;
    if (secretAt == 0 || token.indexOf('.', secretAt) >= 0) {
      throw invalid("it does not have four parts; was it copied whole?");
    }
    if (!token.startsWith(VERSION + ".")) {
      throw invalid("it does not begin with \"" + VERSION + ".\": made for another version?");
    }
    String hash = token.substring(pinAt, idAt - 1);
    if (hash.length() != PIN_LENGTH || !isBase64Url(hash)) {
      throw invalid("its second part is not a SHA-256 (43 base64url characters): \"" + hash + "\"");
    }
    String id = token.substring(idAt, secretAt - 1);
    if (id.isEmpty() || id.length() > MAX_ID || !isBase64Url(id)) {
      throw invalid("its third part is not an id (1 to 64 of A-Z a-z 0-9 - _): \"" + id + "\"");
    }
    int secretLength = token.length() - secretAt;
    if (secretLength < MIN_SECRET
        || secretLength > MAX_SECRET
        || !isBase64Url(token.substring(secretAt))) {
      throw invalid(
          "its fourth part, the secret, is not "
              + MIN_SECRET
              + " to "
              + MAX_SECRET
              + " of A-Z a-z 0-9 - _ (it has "
              + secretLength
              + " characters)");
    }
    return new JoinToken(token, Base64.getUrlDecoder().decode(hash), id);
  }

  private static IllegalArgumentException invalid(String why) {
    return new IllegalArgumentException(
        "the join token is not valid: "
            + why
            + " (expected: weft1.<SHA-256>.<id>.<secret>, as \"weft token create\" prints it)");
  }

  private static boolean isBase64Url(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean ok =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '_';
      if (!ok) {
        return false;
      }
    }
    return true;
  }

  /** The whole token with its secret, for the coordinator's eyes only. */
  public String text() {
    return text;
  }

  /** By which the coordinator finds it; no secret. */
  public String id() {
    return id;
  }

  /** Whether a public key (its SubjectPublicKeyInfo in DER) is the pinned one. */
  boolean pins(byte[] subjectPublicKeyInfo) {
    return MessageDigest.isEqual(pin, Certificates.sha256().digest(subjectPublicKeyInfo));
  }

  @Override
  public String toString() {
    return "join token " + id;
  }
}
