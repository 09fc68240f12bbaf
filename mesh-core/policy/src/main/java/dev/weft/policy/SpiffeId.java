package dev.weft.policy;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who a service is, and a peer that has its certificate: {@code spiffe://<trust
 * domain>/ns/<namespace>/sa/<service>}. Immutable, and comparable by value; no other spelling of an
 * ID is accepted, so equal IDs are equal strings.
 *
 * @param trustDomain lower-case letters, digits, {@code .}, {@code -} and {@code _}; 1 to 255
 * @param namespace a DNS-1123 label
 * @param service a DNS-1123 label
 */
public record SpiffeId(String trustDomain, String namespace, String service) {
  private static final String SCHEME = "spiffe://";
  private static final String NAMESPACE = "/ns/";
  private static final String ACCOUNT = "/sa/";

  /** What belongs to the mesh itself; no token gives an identity in it. */
  public static final String SYSTEM_NAMESPACE = "weft-system";

  /** The service that coordinators are, in that namespace of whatever trust domain. */
  public static final String COORDINATOR = "coordinator";

  /** Ends all server names of the mesh, in clients' hellos. */
  public static final String HOST_SUFFIX = ".weft.internal";

  /** What {@link #isTrustDomain} expects, for error messages. */
  public static final String TRUST_DOMAIN =
      "1 to 255 of a-z, 0-9, '.', '-', '_', starting with a letter or digit";

  /** Longest possible: scheme, trust domain, and two labels. */
  private static final int MAX_LENGTH = 9 + 255 + 4 + 63 + 4 + 63;

  private static final Integer URI_NAME = 6;

  /**
   * @throws IllegalArgumentException naming the part that is not allowed
   */
  public SpiffeId {
    if (!isTrustDomain(trustDomain)) {
      throw new IllegalArgumentException(
          "trust domain: \"" + shown(trustDomain) + "\" (expected: " + TRUST_DOMAIN + ")");
    }
    if (!Dns1123.isLabel(namespace)) {
      throw new IllegalArgumentException(
          "namespace: \"" + shown(namespace) + "\" (expected: a DNS-1123 label)");
    }
    if (!Dns1123.isLabel(service)) {
      throw new IllegalArgumentException(
          "service: \"" + shown(service) + "\" (expected: a DNS-1123 label)");
    }
  }

  /** The ID that a text spells; null if it is not exactly one. Never throws. */
  public static @Nullable SpiffeId parse(@Nullable String text) {
    if (text == null || text.length() > MAX_LENGTH || !text.startsWith(SCHEME)) {
      return null;
    }
    int namespace = text.indexOf('/', SCHEME.length());
    if (namespace < 0 || !text.startsWith(NAMESPACE, namespace)) {
      return null;
    }
    int account = text.indexOf('/', namespace + NAMESPACE.length());
    if (account < 0 || !text.startsWith(ACCOUNT, account)) {
      return null;
    }
    String domain = text.substring(SCHEME.length(), namespace);
    String ns = text.substring(namespace + NAMESPACE.length(), account);
    String service = text.substring(account + ACCOUNT.length());
    return isTrustDomain(domain) && Dns1123.isLabel(ns) && Dns1123.isLabel(service)
        ? new SpiffeId(domain, ns, service)
        : null;
  }

  /**
   * The ID that a certificate carries: its one URI among the subject alternative names. Null if
   * there is none, more than one, or one that is no such ID; SPIFFE allows exactly one. Never
   * throws. Says nothing about whether the certificate is to be believed.
   */
  public static @Nullable SpiffeId of(X509Certificate certificate) {
    Collection<List<?>> names;
    try {
      names = certificate.getSubjectAlternativeNames();
    } catch (CertificateParsingException malformed) {
      return null;
    }
    if (names == null) {
      return null;
    }
    String uri = null;
    for (List<?> name : names) {
      if (URI_NAME.equals(name.get(0))) {
        if (uri != null) {
          return null;
        }
        uri = String.valueOf(name.get(1));
      }
    }
    return parse(uri);
  }

  /** The server name that clients of this service send: {@code <service>.<ns>.weft.internal}. */
  public String sniHost() {
    return service + "." + namespace + HOST_SUFFIX;
  }

  /** The identity of the coordinators of a trust domain. */
  public static SpiffeId coordinator(String trustDomain) {
    return new SpiffeId(trustDomain, SYSTEM_NAMESPACE, COORDINATOR);
  }

  /** Whether this is a coordinator of its trust domain. */
  public boolean isCoordinator() {
    return namespace.equals(SYSTEM_NAMESPACE) && service.equals(COORDINATOR);
  }

  /** Whether a text can be a trust domain, as the SPIFFE ID specification (2.1) has it. */
  public static boolean isTrustDomain(String text) {
    if (text.isEmpty() || text.length() > 255 || !isLetterOrDigit(text.charAt(0))) {
      return false;
    }
    for (int i = 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!isLetterOrDigit(c) && c != '.' && c != '-' && c != '_') {
        return false;
      }
    }
    return true;
  }

  private static boolean isLetterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  }

  private static String shown(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }

  /** The text of the ID, as certificates have it. */
  public String uri() {
    return SCHEME + trustDomain + NAMESPACE + namespace + ACCOUNT + service;
  }

  @Override
  public String toString() {
    return uri();
  }
}
