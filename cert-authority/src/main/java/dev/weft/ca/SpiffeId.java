package dev.weft.ca;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The identity of a service: {@code spiffe://<trust domain>/ns/<namespace>/sa/<service>}.
 *
 * @param trustDomain a DNS name in lower case, at most 255 characters
 * @param namespace a DNS-1123 label
 * @param service a DNS-1123 label
 */
public record SpiffeId(String trustDomain, String namespace, String service) {
  /** What belongs to the mesh itself; no token gives an identity in it. */
  public static final String SYSTEM_NAMESPACE = "weft-system";

  private static final int MAX_LENGTH = 512;
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
  private static final Pattern DOMAIN =
      Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*");
  private static final Pattern URI = Pattern.compile("spiffe://([^/]+)/ns/([^/]+)/sa/([^/]+)");

  /**
   * Checks every part.
   *
   * @throws IllegalArgumentException naming the part that is wrong
   */
  public SpiffeId {
    if (!isTrustDomain(trustDomain)) {
      throw new IllegalArgumentException(
          "trust domain: " + shown(trustDomain) + " (expected: a DNS name in lower case)");
    }
    if (!isLabel(namespace)) {
      throw new IllegalArgumentException(
          "namespace: " + shown(namespace) + " (expected: a DNS-1123 label)");
    }
    if (!isLabel(service)) {
      throw new IllegalArgumentException(
          "service: " + shown(service) + " (expected: a DNS-1123 label)");
    }
  }

  /**
   * Reads {@link #uri()}'s form, nothing more lenient.
   *
   * @throws IllegalArgumentException if it is not exactly that form
   */
  public static SpiffeId parse(String uri) {
    Matcher matcher = URI.matcher(uri);
    if (uri.length() > MAX_LENGTH || !matcher.matches()) {
      throw new IllegalArgumentException(
          "SPIFFE ID: " + shown(uri) + " (expected: spiffe://<trust domain>/ns/<ns>/sa/<service>)");
    }
    return new SpiffeId(matcher.group(1), matcher.group(2), matcher.group(3));
  }

  /** The coordinators' own identity. */
  public static SpiffeId coordinator(String trustDomain) {
    return new SpiffeId(trustDomain, SYSTEM_NAMESPACE, "coordinator");
  }

  /** Whether a text can name a service or a namespace: 1 to 63 of a-z, 0-9 and inner hyphens. */
  public static boolean isLabel(String text) {
    return text.length() <= 63 && LABEL.matcher(text).matches();
  }

  /** Whether a text can be a trust domain. */
  public static boolean isTrustDomain(String text) {
    return text.length() <= 255 && DOMAIN.matcher(text).matches();
  }

  public String uri() {
    return "spiffe://" + trustDomain + "/ns/" + namespace + "/sa/" + service;
  }

  @Override
  public String toString() {
    return uri();
  }

  private static String shown(String text) {
    return text.length() <= 80 ? "\"" + text + "\"" : "\"" + text.substring(0, 80) + "…\"";
  }
}
