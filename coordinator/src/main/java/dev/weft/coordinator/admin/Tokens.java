package dev.weft.coordinator.admin;

import dev.weft.ca.GrantedAddresses;
import dev.weft.coordinator.TokenAdmin;
import dev.weft.policy.Cidr;
import dev.weft.policy.Problem;
import dev.weft.policy.Resource;
import dev.weft.policy.SettingDuration;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Join tokens. */
final class Tokens {
  private static final Duration DEFAULT_TTL = Duration.ofDays(30);
  private static final Duration MIN_TTL = Duration.ofMinutes(1);
  private static final Duration MAX_TTL = Duration.ofDays(366);
  private static final int MAX_USES = 1_000_000;
  private static final TreeSet<String> FIELDS =
      new TreeSet<>(List.of("service", "namespace", "ttl", "uses", "addresses"));
  private static final String ID = "the id of a token, or its beginning";
  private static final String TTL = "a duration from 1m to 366d, such as 30d, 12h or 15m";

  private final TokenAdmin admin;
  private final InstantSource clock;

  Tokens(TokenAdmin admin, InstantSource clock) {
    this.admin = admin;
    this.clock = clock;
  }

  Reply list(Request request) {
    List<Object> items = new ArrayList<>();
    for (TokenAdmin.TokenInfo token : admin.list()) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("id", token.id());
      tree.put("namespace", token.namespace());
      tree.put("service", token.service());
      tree.put("expires", Instant.ofEpochMilli(token.expiryMillis()).toString());
      tree.put("usesLeft", token.usesLeft());
      tree.put("addresses", token.addresses());
      items.add(tree);
    }
    return Reply.json(Map.of("items", items));
  }

  Reply create(Request request) throws ProblemException {
    Map<String, Object> body = Documents.jsonObject(request);
    List<Problem> problems = new ArrayList<>(Documents.unknownFields(body, FIELDS));
    String service = Documents.label(body, "service", null, problems);
    String namespace = Documents.label(body, "namespace", Resource.DEFAULT_NAMESPACE, problems);
    Duration ttl = ttl(body.get("ttl"), problems);
    int uses = uses(body.get("uses"), problems);
    List<String> addresses = addresses(body.get("addresses"), problems);
    if (namespace.equals(Resource.ROOT_NAMESPACE)) {
      problems.add(Problem.wrong("namespace", namespace, "another one; it is the mesh's own"));
    }
    Documents.refuse(problems);
    String token = admin.create(namespace, service, ttl, uses, addresses);
    Map<String, Object> tree = new LinkedHashMap<>();
    String[] parts = token.split("\\.");
    if (parts.length == 4) {
      tree.put("id", parts[2]); // weft1.<CA>.<id>.<secret>
    }
    tree.put("token", token);
    tree.put("namespace", namespace);
    tree.put("service", service);
    tree.put("expires", clock.instant().plus(ttl).truncatedTo(ChronoUnit.SECONDS).toString());
    tree.put("usesLeft", uses);
    tree.put("addresses", addresses);
    return Reply.json(201, tree);
  }

  Reply revoke(Request request) throws ProblemException {
    String given = request.raw("id");
    String id = meant(given);
    if (!admin.revoke(id)) {
      throw ProblemException.of(ProblemException.Kind.NOT_FOUND, Problem.wrong("id", given, ID));
    }
    return Reply.json(Map.of("revoked", id));
  }

  /** The whole id, of which the beginning is enough; as given if there is none. */
  private String meant(String given) throws ProblemException {
    String plain = Known.plainId(given);
    List<String> all =
        admin.list().stream()
            .map(TokenAdmin.TokenInfo::id)
            .filter(id -> !plain.isEmpty() && id.startsWith(plain))
            .toList();
    if (all.size() > 1 && !all.contains(plain)) {
      throw ProblemException.of(
          ProblemException.Kind.NOT_FOUND,
          Problem.wrong("id", given, "more of it; it is the beginning of " + all.size() + " ids"));
    }
    return all.size() == 1 ? all.get(0) : all.contains(plain) ? plain : given;
  }

  private static Duration ttl(@Nullable Object value, List<Problem> problems) {
    if (value == null) {
      return DEFAULT_TTL;
    }
    Duration ttl = value instanceof String text ? SettingDuration.parse(text) : null;
    if (ttl == null || ttl.compareTo(MIN_TTL) < 0 || ttl.compareTo(MAX_TTL) > 0) {
      problems.add(Problem.wrong("ttl", value, TTL));
      return DEFAULT_TTL;
    }
    return ttl;
  }

  private static List<String> addresses(@Nullable Object value, List<Problem> problems) {
    if (value == null) {
      return List.of();
    }
    List<String> ranges = new ArrayList<>();
    if (value instanceof List<?> list && list.size() <= GrantedAddresses.MAX) {
      for (Object one : list) {
        Cidr range = one instanceof String text ? Cidr.parse(text) : null;
        if (range == null) {
          problems.add(Problem.wrong("addresses[" + ranges.size() + "]", one, Cidr.EXPECTED));
          return List.of();
        }
        ranges.add(range.toString());
      }
      return ranges;
    }
    problems.add(
        Problem.wrong("addresses", value, "a list of at most " + GrantedAddresses.MAX + " ranges"));
    return List.of();
  }

  private static int uses(@Nullable Object value, List<Problem> problems) {
    if (value == null) {
      return -1;
    }
    if (value instanceof Long uses && uses >= 1 && uses <= MAX_USES) {
      return uses.intValue();
    }
    problems.add(Problem.wrong("uses", value, "a number from 1 to " + MAX_USES));
    return -1;
  }
}
