package dev.weft.runtime.telemetry;

import org.jspecify.annotations.Nullable;

/**
 * What the requests of one series have in common; the labels of {@code weft_requests_total}.
 *
 * @param outbound whether this process was the caller ({@code reporter="source"}); else it was
 *     called
 * @param source {@code namespace/service}, or {@code unknown}
 * @param destination {@code namespace/service}, or {@code outside}
 * @param route the rule that was followed
 * @param method one of the known ones, or {@code other}
 * @param code status of the response; 0: there was none, or it is none of HTTP's
 * @param reason what the mesh says about it, such as {@code destination_unavailable}; empty:
 *     nothing
 * @param mtls whether it went over mesh TLS
 */
public record Edge(
    boolean outbound,
    String source,
    String destination,
    String route,
    String method,
    int code,
    String reason,
    boolean mtls) {
  /** A source without an identity. */
  public static final String UNKNOWN = "unknown";

  /**
   * A destination that is none of the mesh's: hosts outside are no labels, there is no end of them.
   */
  public static final String OUTSIDE = "outside";

  /** Takes the place of what there are too many of. */
  public static final String OTHER = "other";

  /** A status is what the peer says, and any number. */
  public Edge {
    code = code >= 100 && code <= 599 ? code : 0;
  }

  // Written out, as it is looked up by on the way of every call: what records bring by themselves
  // are method handles, which are slow as long as the JVM is young.

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || other instanceof Edge that
            && code == that.code
            && outbound == that.outbound
            && mtls == that.mtls
            && method.equals(that.method)
            && destination.equals(that.destination)
            && source.equals(that.source)
            && route.equals(that.route)
            && reason.equals(that.reason);
  }

  @Override
  public int hashCode() {
    int hash = 31 * source.hashCode() + destination.hashCode();
    hash = 31 * hash + route.hashCode();
    hash = 31 * hash + method.hashCode();
    hash = 31 * hash + reason.hashCode();
    return 31 * hash + 4 * code + (outbound ? 2 : 0) + (mtls ? 1 : 0);
  }

  /** What is counted when there are too many series already. */
  Edge folded() {
    return new Edge(outbound, OTHER, OTHER, OTHER, OTHER, 0, OTHER, mtls);
  }

  /** What is counted when there are too many series of this peer already. */
  Edge foldedOfPeer() {
    return new Edge(outbound, source, destination, OTHER, OTHER, 0, OTHER, mtls);
  }

  /** Whoever is at the other end. */
  String peer() {
    return outbound ? destination : source;
  }

  /** A method as a label: anybody may invent one. */
  public static String method(String method) {
    switch (method) {
      case "GET":
      case "HEAD":
      case "POST":
      case "PUT":
      case "DELETE":
      case "OPTIONS":
      case "PATCH":
      case "TRACE":
      case "CONNECT":
        return method;
      default:
        return OTHER;
    }
  }
}
