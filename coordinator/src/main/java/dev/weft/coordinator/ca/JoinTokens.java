package dev.weft.coordinator.ca;

import dev.weft.ca.TokenRecord;
import dev.weft.ca.Tokens;
import dev.weft.coordinator.AuditView;
import dev.weft.coordinator.TokenAdmin;
import dev.weft.policy.JoinToken;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Join tokens for the admin API; what it does is in the audit. */
public final class JoinTokens implements TokenAdmin {
  private final Tokens tokens;
  private final AuditView audit;

  public JoinTokens(Tokens tokens, AuditView audit) {
    this.tokens = tokens;
    this.audit = audit;
  }

  @Override
  public String create(
      String namespace, String service, Duration ttl, int uses, List<String> addresses) {
    JoinToken token = tokens.create(namespace, service, ttl, uses, addresses);
    audit.record(
        "token.created",
        "admin",
        token.id(),
        Map.of(
            "namespace",
            namespace,
            "service",
            service,
            "ttl",
            ttl.toString(),
            "uses",
            Integer.toString(uses),
            "addresses",
            String.join(",", addresses)));
    return token.text();
  }

  @Override
  public List<TokenInfo> list() {
    return tokens.list().stream().map(JoinTokens::info).toList();
  }

  @Override
  public boolean revoke(String id) {
    if (!id.matches("[a-z0-9]{1,32}")) {
      return false; // no id, and no path of another node either
    }
    boolean revoked = tokens.revoke(id);
    if (revoked) {
      audit.record("token.revoked", "admin", id, Map.of());
    }
    return revoked;
  }

  private static TokenInfo info(TokenRecord token) {
    return new TokenInfo(
        token.id(),
        token.namespace(),
        token.service(),
        token.expiryMillis(),
        token.usesLeft(),
        token.addresses());
  }
}
