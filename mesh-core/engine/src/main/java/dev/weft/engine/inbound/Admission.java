package dev.weft.engine.inbound;

import dev.weft.engine.Decision;
import org.jspecify.annotations.Nullable;

/**
 * What the mesh decided about a request that came in.
 *
 * @param rule that decided
 * @param refuse what to answer; null to let it in
 * @param headers further header fields of that answer, as name, value, name, value
 * @param audited what is to be logged of AUDIT policies, and of those that are only tried; null if
 *     nothing is
 * @param error of our own, which refused it; null otherwise
 */
public record Admission(
    InboundRequest request,
    String rule,
    Decision.@Nullable Refuse refuse,
    String[] headers,
    @Nullable String audited,
    @Nullable Throwable error) {
  private static final String[] NONE = {};

  static Admission admitted(InboundRequest request, Authorization by) {
    return new Admission(request, by.rule(), null, NONE, by.audited(), null);
  }

  static Admission refused(InboundRequest request, Decision.Refuse refuse) {
    return new Admission(request, refuse.rule(), refuse, NONE, null, null);
  }

  static Admission denied(InboundRequest request, Authorization by) {
    return new Admission(request, by.rule(), by.refuse(), NONE, by.audited(), by.error());
  }

  static Admission limited(InboundRequest request, Authorization by, Limited limited) {
    return new Admission(
        request, limited.rule(), limited.refuse(), limited.headers(), by.audited(), null);
  }
}
