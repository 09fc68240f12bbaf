package dev.weft.policy;

import java.security.MessageDigest;
import java.util.Base64;

/**
 * What a process shows for its first certificate: {@code weft1.<pin>.<id>.<secret>}.
 *
 * @param pin base64url of the SHA-256 of the SubjectPublicKeyInfo of the mesh's root: lets a
 *     process check the coordinator before it believes any root
 * @param id under which the coordinator finds it; no secret
 * @param secret base64url of random bits
 */
public record JoinToken(String pin, String id, String secret) {
  private static final String VERSION = "weft1";

  /** 32 bytes in base64url without padding. */
  private static final int PIN_LENGTH = 43;

  private static final int MAX_ID = 64;
  private static final int MIN_SECRET = 16;
  private static final int MAX_SECRET = 256;

  /** A longer text is no token. */
  public static final int MAX_LENGTH =
      VERSION.length() + PIN_LENGTH + MAX_ID + MAX_SECRET + "...".length();

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
    if (token.length() > MAX_LENGTH) {
      throw invalid("it has more than " + MAX_LENGTH + " characters");
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
    return new JoinToken(hash, id, token.substring(secretAt));
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

  /** The whole of it, with the secret: for the coordinator's eyes only. */
  public String text() {
    return VERSION + "." + pin + "." + id + "." + secret;
  }

  /** Whether a root is the pinned one, by the SHA-256 of its SubjectPublicKeyInfo in DER. */
  public boolean pins(byte[] sha256) {
    return MessageDigest.isEqual(Base64.getUrlDecoder().decode(pin), sha256);
  }

  /** Without the secret: safe for a log. */
  @Override
  public String toString() {
    return "join token " + id;
  }
}
