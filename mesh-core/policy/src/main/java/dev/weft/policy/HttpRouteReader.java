package dev.weft.policy;

import dev.weft.policy.HttpRoute.Backend;
import dev.weft.policy.HttpRoute.Filter;
import dev.weft.policy.HttpRoute.Match;
import dev.weft.policy.HttpRoute.Parent;
import dev.weft.policy.HttpRoute.PathMatch;
import dev.weft.policy.HttpRoute.Retry;
import dev.weft.policy.HttpRoute.Rule;
import dev.weft.policy.HttpRoute.Timeouts;
import dev.weft.policy.HttpRoute.ValueMatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code spec} of an HTTPRoute, with the limits and exclusions of the Gateway API. */
final class HttpRouteReader {
  private static final String GATEWAY_GROUP = "gateway.networking.k8s.io";
  private static final int MAX_PARENTS = 32;
  private static final int MAX_RULES = 16;
  private static final int MAX_MATCHES = 64;
  private static final int MAX_MATCHES_OF_ALL = 128;
  private static final int MAX_VALUES = 16;
  private static final int MAX_BACKENDS = 16;
  private static final int MAX_WEIGHT = 1_000_000;
  private static final int MAX_HEADER_VALUE = 4096;
  private static final int MAX_QUERY_VALUE = 1024;
  private static final int MAX_CODES = 64;

  private static final Map<String, String> METHODS = methods();
  private static final Map<String, PathMatch.Type> PATH_TYPES = pathTypes();
  private static final Map<String, Boolean> VALUE_TYPES = valueTypes();
  private static final String NO_SESSIONS =
      "the mesh keeps no sessions; a BackendTrafficPolicy with"
          + " loadBalancer.type ConsistentHash on a cookie or header keeps a user on an endpoint";

  private HttpRouteReader() {}

  static HttpRoute read(Metadata metadata, FieldReader spec) {
    spec.refuse(
        "hostnames",
        "a route of a Service is for every name of the Service; match the header Host in"
            + " rules[].matches[].headers instead");
    List<Parent> parents = new ArrayList<>();
    spec.objects("parentRefs", MAX_PARENTS, ref -> parents.add(parent(metadata, ref)));
    if (spec.isEmpty("parentRefs")) {
      spec.problem(
          Problem.missing(
              spec.path("parentRefs"),
              "at least one Service, such as {group: \"\", kind: Service, name: orders}"));
    }
    List<Rule> rules = new ArrayList<>();
    Set<String> names = new HashSet<>();
    spec.objects(
        "rules",
        MAX_RULES,
        reader -> {
          Rule rule = rule(metadata, reader);
          if (rule.name() != null && !names.add(rule.name())) {
            reader.wrong("name", rule.name(), "a name that no other rule of this route has");
          }
          rules.add(rule);
        });
    int matches = rules.stream().mapToInt(rule -> rule.matches().size()).sum();
    if (matches > MAX_MATCHES_OF_ALL) {
      spec.wrong(
          "rules",
          matches + " matches",
          "at most " + MAX_MATCHES_OF_ALL + " in all rules together");
    }
    if (!spec.has("rules")) {
      rules.add(new Rule(null, List.of(Match.ANY), List.of(), List.of(), null, null));
    } else if (spec.isEmpty("rules")) {
      spec.wrong("rules", spec.any("rules"), "at least one rule");
    }
    return new HttpRoute(metadata, parents, rules);
  }

  private static Parent parent(Metadata metadata, FieldReader ref) {
    // The Gateway API's defaults mean a Gateway, and there is none.
    if (!isService(ref, GATEWAY_GROUP, "Gateway") && isGroupAllThatIsWrong(ref)) {
      String expected = "\"\", the group of Services";
      ref.problem(
          ref.has("group")
              ? Problem.wrong(ref.path("group"), ref.any("group"), expected)
              : Problem.missing(
                  ref.path("group"), expected + "; left out it means " + GATEWAY_GROUP));
    } else if (!isService(ref, GATEWAY_GROUP, "Gateway")) {
      ref.wrong(
          "kind",
          ref.any("kind") == null ? "Gateway (the default)" : ref.any("kind"),
          "Service, beside group \"\": the mesh has no gateways");
    }
    ref.refuse("sectionName", "give the port of the Service by its number, in port");
    return new Parent(service(metadata, ref), ref.integer("port", 1, 65535));
  }

  /** Whether a reference that means no Service would, but for its group. */
  static boolean isGroupAllThatIsWrong(FieldReader ref) {
    return "Service".equals(ref.any("kind"));
  }

  /** Whether group and kind, or what stands for them where they are missing, mean a Service. */
  static boolean isService(FieldReader ref, String defaultGroup, String defaultKind) {
    String group = ref.string("group", "\"\"");
    String kind = ref.string("kind", "Service");
    group = group == null ? defaultGroup : group;
    // "core" is how Linkerd's pages write the group that has no name.
    return (group.isEmpty() || group.equals("core"))
        && (kind == null ? defaultKind : kind).equals("Service");
  }

  /** The Service that {@code name} and {@code namespace} mean. */
  static ServiceName service(Metadata metadata, FieldReader ref) {
    String name = ref.requiredString("name", "the name of a Service");
    if (name != null && !Dns1123.isLabel(name)) {
      ref.wrong("name", name, Dns1123.LABEL);
    }
    String namespace = ref.string("namespace", Dns1123.LABEL);
    if (namespace != null && !Dns1123.isLabel(namespace)) {
      ref.wrong("namespace", namespace, Dns1123.LABEL);
    }
    return new ServiceName(
        namespace == null ? metadata.namespace() : namespace, name == null ? "" : name);
  }

  private static Rule rule(Metadata metadata, FieldReader rule) {
    String name = rule.string("name", Dns1123.SUBDOMAIN);
    if (name != null && !Dns1123.isSubdomain(name)) {
      rule.wrong("name", name, Dns1123.SUBDOMAIN);
    }
    List<Match> matches = new ArrayList<>();
    rule.objects("matches", MAX_MATCHES, match -> matches.add(match(match)));
    if (matches.isEmpty()) {
      matches.add(Match.ANY);
    }
    HttpRouteFilters filters = new HttpRouteFilters(metadata, matches);
    List<Filter> own = filters.ofRule(rule);
    List<Backend> backends = new ArrayList<>();
    rule.objects("backendRefs", MAX_BACKENDS, ref -> backends.add(backend(metadata, ref, filters)));
    if (!backends.isEmpty() && own.stream().anyMatch(HttpRoute.Redirect.class::isInstance)) {
      rule.wrong(
          "backendRefs", rule.any("backendRefs"), "none beside a RequestRedirect, which answers");
    }
    rule.refuse("sessionPersistence", NO_SESSIONS);
    return new Rule(name, matches, own, backends, timeouts(rule), retry(rule));
  }

  private static Match match(FieldReader match) {
    PathMatch path = path(match.object("path"));
    List<ValueMatch> headers = values(match, "headers", true);
    List<ValueMatch> query = values(match, "queryParams", false);
    return new Match(path, headers, query, match.constant("method", METHODS));
  }

  private static PathMatch path(@Nullable FieldReader path) {
    if (path == null) {
      return Match.ANY.path();
    }
    try (path) {
      PathMatch.Type type = path.constant("type", PATH_TYPES);
      type = type == null ? PathMatch.Type.PREFIX : type;
      String value = path.string("value", "a path");
      value = value == null ? "/" : value;
      if (type == PathMatch.Type.REGEX) {
        expression(path, value, Paths.MAX);
      } else {
        Paths.check(path, "value", value);
      }
      return new PathMatch(type, value);
    }
  }

  private static List<ValueMatch> values(FieldReader match, String field, boolean header) {
    List<ValueMatch> all = new ArrayList<>();
    Set<String> names = new HashSet<>();
    match.objects(
        field,
        MAX_VALUES,
        value -> {
          Boolean regex = value.constant("type", VALUE_TYPES);
          String name = Headers.name(value, "name");
          // Names of parameters are told apart by case, those of headers are not.
          name = name != null && header ? name.toLowerCase(Locale.ROOT) : name;
          if (name != null && !names.add(name)) {
            value.wrong(
                "name", name, "a name once: of two matches for one name only one could hold");
          }
          String text = value.requiredString("value", "what the value has to be");
          if (text != null) {
            checkValue(value, text, Boolean.TRUE.equals(regex), header);
          }
          all.add(
              new ValueMatch(
                  name == null ? "" : name, Boolean.TRUE.equals(regex), text == null ? "" : text));
        });
    return all;
  }

  private static void checkValue(FieldReader value, String text, boolean regex, boolean header) {
    int max = header ? MAX_HEADER_VALUE : MAX_QUERY_VALUE;
    if (text.isEmpty() || text.length() > max) {
      value.wrong("value", text, "1 to " + max + " characters");
    } else if (regex) {
      expression(value, text, max);
    }
  }

  private static void expression(FieldReader match, String value, int max) {
    String problem =
        value.length() > max ? "at most " + max + " characters" : Expressions.problem(value);
    if (problem != null) {
      match.wrong("value", value, problem);
    }
  }

  private static Backend backend(Metadata metadata, FieldReader ref, HttpRouteFilters filters) {
    boolean service = isService(ref, "", "Service");
    if (!service && isGroupAllThatIsWrong(ref)) {
      ref.wrong("group", ref.any("group"), "\"\" or absent, for a Service");
    } else if (!service) {
      ref.wrong(
          "kind", ref.any("kind"), "Service, or absent, as group: others have no endpoints here");
    }
    Integer port = ref.integer("port", 1, 65535);
    Integer weight = ref.integer("weight", 0, MAX_WEIGHT);
    return new Backend(
        service(metadata, ref),
        port == null ? -1 : port,
        weight == null ? 1 : weight,
        filters.ofBackend(ref));
  }

  private static @Nullable Timeouts timeouts(FieldReader rule) {
    FieldReader timeouts = rule.object("timeouts");
    if (timeouts == null) {
      return null;
    }
    try (timeouts) {
      Duration request = timeouts.duration("request", Durations.GATEWAY);
      Duration backendRequest = timeouts.duration("backendRequest", Durations.GATEWAY);
      if (request != null
          && backendRequest != null
          && !request.isZero()
          && backendRequest.compareTo(request) > 0) {
        timeouts.wrong(
            "backendRequest",
            timeouts.any("backendRequest"),
            "at most request, " + timeouts.any("request") + ", of which it is a part");
      }
      return new Timeouts(request, backendRequest);
    }
  }

  private static @Nullable Retry retry(FieldReader rule) {
    FieldReader retry = rule.object("retry");
    if (retry == null) {
      return null;
    }
    try (retry) {
      Set<Integer> codes = statuses(retry, "codes", 400, 599);
      Integer attempts = retry.integer("attempts", 0, HttpRoute.MAX_ATTEMPTS);
      return new Retry(codes, attempts, retry.duration("backoff", Durations.GATEWAY));
    }
  }

  /** A list of statuses in a range; others are reported. */
  static Set<Integer> statuses(FieldReader reader, String field, int min, int max) {
    Set<Integer> all = new HashSet<>();
    List<?> list = reader.list(field, MAX_CODES);
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i) instanceof Number number
          && !(number instanceof Double)
          && number.longValue() >= min
          && number.longValue() <= max) {
        all.add(number.intValue());
      } else {
        reader.problem(
            Problem.wrong(
                reader.path(field) + "[" + i + "]",
                list.get(i),
                "a status from " + min + " to " + max));
      }
    }
    return all;
  }

  private static Map<String, PathMatch.Type> pathTypes() {
    Map<String, PathMatch.Type> types = new LinkedHashMap<>();
    types.put("Exact", PathMatch.Type.EXACT);
    types.put("PathPrefix", PathMatch.Type.PREFIX);
    types.put("RegularExpression", PathMatch.Type.REGEX);
    return types;
  }

  private static Map<String, Boolean> valueTypes() {
    Map<String, Boolean> types = new LinkedHashMap<>();
    types.put("Exact", false);
    types.put("RegularExpression", true);
    return types;
  }

  private static Map<String, String> methods() {
    Map<String, String> methods = new LinkedHashMap<>();
    for (String method :
        List.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")) {
      methods.put(method, method);
    }
    return methods;
  }
}
