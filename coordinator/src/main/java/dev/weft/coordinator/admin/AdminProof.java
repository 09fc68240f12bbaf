package dev.weft.coordinator.admin;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * How the admin server shows that it knows the admin token, so that who is about to send it knows
 * that it goes to nobody else: whoever comes first may listen on a port, and the command line finds
 * its server by that alone.
 */
public final class AdminProof {
  private static final Pattern NONCE = Pattern.compile("[A-Za-z0-9_-]{16,64}");

  private AdminProof() {}

  /** Whether this is what a proof can be asked for with. */
  static boolean isNonce(String text) {
    return NONCE.matcher(text).matches();
  }

  /**
   * What only who has the token can answer.
   *
   * @param port that the server listens on, as it knows it: what another port says could be handed
   *     on by who listens there
   * @param nonce of whoever asks
   */
  public static String of(String token, int port, String nonce) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(token.getBytes(UTF_8), "HmacSHA256"));
      String text = "weft admin server\n" + port + "\n" + nonce;
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(mac.doFinal(text.getBytes(US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }
}
