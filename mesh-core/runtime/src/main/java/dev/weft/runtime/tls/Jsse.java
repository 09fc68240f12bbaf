package dev.weft.runtime.tls;

import java.security.KeyManagementException;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.StringTokenizer;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's TLS, set up for the mesh and for nothing else: TLS 1.3, asked for by the provider's
 * name, every parameter set explicitly. What the application does to the JVM's defaults ({@code
 * SSLContext.setDefault}, {@code jdk.tls.client.protocols}, {@code https.*}, a provider at position
 * 1) does not reach it. Immutable.
 */
final class Jsse {
  private static final String PROTOCOL = "TLSv1.3";

  /** Fastest on machines with AES instructions first; the others for peers that lack it. */
  private static final String[] SUITES = {
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"
  };

  /** Properties of {@code java.security} that can take P-256 away. */
  private static final String[] DISABLING = {
    "jdk.tls.disabledAlgorithms", "jdk.certpath.disabledAlgorithms"
  };

  /** Without one of these, written in lower case, no certificate of the mesh can be used. */
  private static final List<String> NEEDED =
      List.of("secp256r1", "ec", "ecdsa", "sha256", "sha256withecdsa", "ecdsa_secp256r1_sha256");

  /**
   * How long a session may be resumed, in seconds, counted from its full handshake. Well below the
   * 8 hours that a certificate is good for after it was renewed.
   */
  private static final int SESSION_SECONDS = 3600;

  /** Sessions remembered in one context, one or a few for each endpoint. */
  private static final int SESSIONS = 1024;

  private final @Nullable Provider provider;
  private final @Nullable SecureRandom random;
  private final String[] suites;

  private Jsse(@Nullable Provider provider, @Nullable SecureRandom random, String[] suites) {
    this.provider = provider;
    this.random = random;
    this.suites = suites;
  }

  /**
   * @param random null for the JDK's default
   * @throws IllegalStateException if this JVM's settings do not allow mesh TLS, naming the setting
   */
  static Jsse of(@Nullable SecureRandom random) {
    Provider provider = Certificates.provider("SunJSSE");
    SSLContext probe = newContext(provider, random, null, new TrustManager[0]);
    if (!Arrays.asList(probe.getDefaultSSLParameters().getProtocols()).contains(PROTOCOL)) {
      throw new IllegalStateException(
          PROTOCOL
              + " is disabled in this JVM, and mesh TLS needs it (jdk.tls.disabledAlgorithms="
              + Security.getProperty("jdk.tls.disabledAlgorithms")
              + ")");
    }
    for (String property : DISABLING) {
      String entry = disablesP256(Security.getProperty(property), 0);
      if (entry != null) {
        throw new IllegalStateException(
            "EC P-256 with ECDSA is disabled in this JVM, and the mesh's certificates need it ("
                + property
                + " has \""
                + entry
                + "\")");
      }
    }
    List<String> supported = Arrays.asList(probe.getSupportedSSLParameters().getCipherSuites());
    List<String> suites = new ArrayList<>(SUITES.length);
    for (String suite : SUITES) {
      if (supported.contains(suite)) {
        suites.add(suite);
      }
    }
    if (suites.isEmpty()) {
      throw new IllegalStateException(
          "this JVM's TLS ("
              + probe.getProvider()
              + ") has none of "
              + Arrays.toString(SUITES)
              + ", and mesh TLS needs one");
    }
    return new Jsse(provider, random, suites.toArray(new String[0]));
  }

  /**
   * The entry of a list of disabled algorithms that takes P-256 away; null if none does. Follows
   * {@code include other.property}, which is how java.security shares a list.
   */
  static @Nullable String disablesP256(@Nullable String algorithms, int depth) {
    if (algorithms == null || depth > 2) {
      return null;
    }
    StringTokenizer entries = new StringTokenizer(algorithms, ",");
    while (entries.hasMoreTokens()) {
      String entry = entries.nextToken().strip();
      StringTokenizer words = new StringTokenizer(entry);
      String name = words.hasMoreTokens() ? words.nextToken() : "";
      if (name.equals("include") && words.hasMoreTokens()) {
        String included = disablesP256(Security.getProperty(words.nextToken()), depth + 1);
        if (included != null) {
          return included;
        }
      } else if (NEEDED.contains(name.toLowerCase(Locale.ROOT))
          && (!words.hasMoreTokens() || forbids256Bits(words))) {
        return entry;
      }
    }
    return null;
  }

  /** {@code keySize < 384}. Other conditions (usage, dates) are left for the handshake. */
  private static boolean forbids256Bits(StringTokenizer words) {
    if (words.countTokens() != 3 || !words.nextToken().equalsIgnoreCase("keySize")) {
      return false;
    }
    String operator = words.nextToken();
    int bits;
    try {
      bits = Integer.parseInt(words.nextToken());
    } catch (NumberFormatException e) {
      return false;
    }
    switch (operator) {
      case "<":
        return 256 < bits;
      case "<=":
        return 256 <= bits;
      case "==":
        return 256 == bits;
      case ">":
        return 256 > bits;
      case ">=":
        return 256 >= bits;
      case "!=":
        return 256 != bits;
      default:
        return false;
    }
  }

  /** A context with empty session caches of its own. */
  SSLContext context(@Nullable X509ExtendedKeyManager keys, PeerTrustManager trust) {
    SSLContext context =
        newContext(
            provider,
            random,
            keys == null ? null : new KeyManager[] {keys},
            new TrustManager[] {trust});
    limit(context.getClientSessionContext());
    limit(context.getServerSessionContext());
    return context;
  }

  private static void limit(@Nullable SSLSessionContext sessions) {
    if (sessions != null) {
      sessions.setSessionTimeout(SESSION_SECONDS);
      sessions.setSessionCacheSize(SESSIONS);
    }
  }

  private static SSLContext newContext(
      @Nullable Provider provider,
      @Nullable SecureRandom random,
      KeyManager @Nullable [] keys,
      TrustManager[] trust) {
    try {
      SSLContext context =
          provider == null
              ? SSLContext.getInstance(PROTOCOL)
              : SSLContext.getInstance(PROTOCOL, provider);
      // An empty array, not null: null would load the JDK's own store of roots.
      context.init(keys == null ? new KeyManager[0] : keys, trust, random);
      return context;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JVM has no " + PROTOCOL + ", and mesh TLS needs it", e);
    } catch (KeyManagementException e) {
      throw new IllegalStateException("this JVM's TLS cannot be set up: " + e.getMessage(), e);
    }
  }

  /** Parameters of one connection, its own to change. No endpoint identification: it is SPIFFE. */
  SSLParameters parameters(String... alpn) {
    SSLParameters parameters = new SSLParameters(suites, new String[] {PROTOCOL});
    parameters.setEndpointIdentificationAlgorithm(null);
    if (alpn.length > 0) {
      parameters.setApplicationProtocols(alpn);
    }
    return parameters;
  }

  /** For messages: which TLS this is. */
  @Override
  public String toString() {
    return provider == null ? "the application's default TLS provider" : provider.toString();
  }
}
