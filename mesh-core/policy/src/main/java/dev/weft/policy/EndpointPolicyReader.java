package dev.weft.policy;

import dev.weft.policy.BackendTrafficPolicy.ActiveCheck;
import dev.weft.policy.BackendTrafficPolicy.Balancing;
import dev.weft.policy.BackendTrafficPolicy.Ejection;
import dev.weft.policy.BackendTrafficPolicy.Hash;
import dev.weft.policy.BackendTrafficPolicy.LoadBalancer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a BackendTrafficPolicy says of endpoints: how one is chosen, and when one is not. What
 * Envoy Gateway fills in where nothing is given is accepted.
 */
final class EndpointPolicyReader {
  private static final Map<String, Balancing> TYPES = types();
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);

  private EndpointPolicyReader() {}

  static @Nullable LoadBalancer loadBalancer(FieldReader reader) {
    if (!reader.has("type")) {
      reader.problem(
          Problem.missing(reader.path("type"), "one of " + String.join(", ", TYPES.keySet())));
    }
    Balancing type = reader.constant("type", TYPES);
    reader.refuse("zoneAware", "endpoints are chosen by how fast they answer, wherever they are");
    reader.refuse("endpointOverride", "callers do not choose endpoints");
    reader.refuse("backendUtilization", "endpoints are not asked for their load");
    reader.refuse("dynamicModule", "there are no modules");
    Hash hash = hash(reader, type);
    Duration window = null;
    try (FieldReader slowStart = reader.object("slowStart")) {
      if (slowStart != null) {
        if (!slowStart.has("window")) {
          slowStart.problem(Problem.missing(slowStart.path("window"), Durations.GO.expected()));
        }
        window = slowStart.duration("window", Durations.GO, Duration.ZERO, HOUR);
        if (type == Balancing.RANDOM || type == Balancing.CONSISTENT_HASH) {
          reader.wrong("slowStart", slowStart.tree(), "absent beside type " + reader.any("type"));
        }
      }
    }
    return type == null ? null : new LoadBalancer(type, hash, window);
  }

  private static @Nullable Hash hash(FieldReader loadBalancer, @Nullable Balancing type) {
    FieldReader hash = loadBalancer.object("consistentHash");
    if (hash == null) {
      if (type == Balancing.CONSISTENT_HASH && !loadBalancer.has("consistentHash")) {
        loadBalancer.problem(
            Problem.missing(
                loadBalancer.path("consistentHash"), "what is hashed, for type ConsistentHash"));
      }
      return null;
    }
    try (hash) {
      if (type != null && type != Balancing.CONSISTENT_HASH) {
        loadBalancer.wrong(
            "consistentHash", hash.tree(), "absent beside type " + loadBalancer.any("type"));
      }
      hash.only("tableSize", 65537L, "the table has the size that it needs");
      hash.refuse("queryParams", "hash a header or a cookie");
      return named(hash);
    }
  }

  private static @Nullable Hash named(FieldReader hash) {
    Map<String, String> types = new LinkedHashMap<>();
    types.put("Header", "header");
    types.put("Headers", "headers");
    types.put("Cookie", "cookie");
    if (!hash.has("type")) {
      hash.problem(
          Problem.missing(hash.path("type"), "one of " + String.join(", ", types.keySet())));
    }
    String field = hash.constant("type", types);
    for (String other : types.values()) {
      if (hash.has(other) && field != null && !other.equals(field)) {
        hash.wrong(other, hash.any(other), "absent beside type " + hash.any("type"));
      }
    }
    if (field == null) {
      return null;
    }
    if (!hash.has(field)) {
      hash.problem(Problem.missing(hash.path(field), "what is hashed"));
      return null;
    }
    if (field.equals("headers")) {
      Hash[] one = new Hash[1];
      hash.objects(field, 1, header -> one[0] = header(header));
      if (hash.isEmpty(field)) {
        hash.wrong(field, hash.any(field), "one header");
      }
      return one[0];
    }
    FieldReader reader = hash.object(field);
    if (reader == null) {
      return null;
    }
    try (reader) {
      if (field.equals("header")) {
        return header(reader);
      }
      reader.refuse("ttl", "the mesh sets no cookies: requests without this one go anywhere");
      reader.refuse("attributes", "the mesh sets no cookies");
      String name = Headers.name(reader, "name");
      return name == null ? null : new Hash(true, name);
    }
  }

  private static @Nullable Hash header(FieldReader reader) {
    String name = Headers.name(reader, "name");
    return name == null ? null : new Hash(false, name.toLowerCase(Locale.ROOT));
  }

  static @Nullable Ejection ejection(FieldReader healthCheck) {
    FieldReader passive = healthCheck.object("passive");
    if (passive == null) {
      return null;
    }
    try (passive) {
      String together = "refused and reset connections count as errors";
      passive.only("splitExternalLocalOriginErrors", false, together);
      passive.only("consecutiveLocalOriginFailures", 5L, together);
      passive.only("interval", "3s", "an endpoint is ejected as soon as it is due");
      passive.refuse("consecutiveGatewayErrors", "consecutive5XxErrors counts them too");
      passive.refuse("failurePercentageThreshold", "failures in a row are what counts");
      // Either way: one may always be ejected, and never the last one.
      passive.any("alwaysEjectOneEndpoint");
      return new Ejection(
          passive.integer("consecutive5XxErrors", 0, 1_000_000),
          passive.duration("baseEjectionTime", Durations.GO, Duration.ofMillis(1), HOUR),
          passive.integer("maxEjectionPercent", 0, 100));
    }
  }

  static @Nullable ActiveCheck activeCheck(FieldReader healthCheck) {
    FieldReader active = healthCheck.object("active");
    if (active == null) {
      return null;
    }
    try (active) {
      if (!active.has("type")) {
        active.problem(Problem.missing(active.path("type"), "HTTP"));
      }
      active.only("type", "HTTP", "endpoints are checked by HTTP");
      active.refuse("tcp", "endpoints are checked by HTTP");
      active.refuse("grpc", "endpoints are checked by HTTP");
      active.refuse("overrides", "the port that gets the calls is checked");
      active.refuse("initialJitter", "the first checks are spread anyway");
      active.refuse("healthCheckLog", "what is logged is a setting of the agent");
      Duration interval = active.duration("interval", Durations.GO, Duration.ofMillis(100), HOUR);
      Duration timeout = active.duration("timeout", Durations.GO, Duration.ofMillis(1), HOUR);
      Integer unhealthy = active.integer("unhealthyThreshold", 1, 1000);
      Integer healthy = active.integer("healthyThreshold", 1, 1000);
      String path = "/";
      Set<Integer> statuses = Set.of(200);
      FieldReader http = active.object("http");
      if (http == null) {
        if (!active.has("http")) {
          active.problem(Problem.missing(active.path("http"), "an object with path"));
        }
      } else {
        try (http) {
          path = path(http);
          Set<Integer> given = HttpRouteReader.statuses(http, "expectedStatuses", 100, 599);
          statuses = given.isEmpty() ? statuses : given;
        }
      }
      return new ActiveCheck(
          path,
          statuses,
          interval == null ? Duration.ofSeconds(3) : interval,
          timeout == null ? SECOND : timeout,
          unhealthy == null ? 3 : unhealthy,
          healthy == null ? 1 : healthy);
    }
  }

  private static String path(FieldReader http) {
    http.only("method", "GET", "endpoints are checked with GET");
    http.refuse("hostname", "the Host is the endpoint's own");
    http.refuse("retriableStatuses", "each check counts");
    http.refuse("expectedResponse", "the status decides");
    http.refuse("requestBody", "endpoints are checked with GET");
    String path = http.requiredString("path", "a path such as /healthz");
    if (path != null && (!path.startsWith("/") || path.length() > Paths.MAX || !isUri(path))) {
      http.wrong("path", path, "a path such as /healthz, of at most " + Paths.MAX + " characters");
    }
    return path == null ? "/" : path;
  }

  private static boolean isUri(String path) {
    return path.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '#');
  }

  private static Map<String, Balancing> types() {
    Map<String, Balancing> types = new LinkedHashMap<>();
    List.of(Balancing.values()).forEach(type -> types.put(written(type), type));
    return types;
  }

  private static String written(Balancing type) {
    return switch (type) {
      case PEAK_EWMA -> "PeakEwma";
      case LEAST_REQUEST -> "LeastRequest";
      case ROUND_ROBIN -> "RoundRobin";
      case RANDOM -> "Random";
      case CONSISTENT_HASH -> "ConsistentHash";
    };
  }
}
