package dev.weft.policy;

import dev.weft.policy.RateLimit.Client;
import dev.weft.policy.RateLimit.Header;
import dev.weft.policy.RateLimit.Identity;
import dev.weft.policy.RateLimit.Method;
import dev.weft.policy.RateLimit.Path;
import dev.weft.policy.RateLimit.Rule;
import dev.weft.policy.RateLimit.Source;
import dev.weft.policy.RateLimit.Unit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads {@code rateLimit} of a BackendTrafficPolicy. */
final class RateLimitReader {
  private static final int MAX_RULES = 16;
  private static final int MAX_CLIENTS = 8;
  private static final int MAX_HEADERS = 16;
  private static final int MAX_VALUE = 1024;
  private static final Map<String, Header.Type> HEADER_TYPES = headerTypes();
  private static final Map<String, HttpRoute.PathMatch.Type> PATH_TYPES = pathTypes();
  private static final Map<String, Boolean> DISTINCT = distinct();
  private static final Map<String, Unit> UNITS = units();

  private RateLimitReader() {}

  static @Nullable RateLimit read(FieldReader spec) {
    FieldReader rateLimit = spec.object("rateLimit");
    if (rateLimit == null) {
      return null;
    }
    try (rateLimit) {
      String reason = "instances count for themselves; a quota that they share is not honoured yet";
      rateLimit.refuse("global", reason);
      rateLimit.only("type", "Local", reason);
      List<Rule> rules = new ArrayList<>();
      try (FieldReader local = rateLimit.object("local")) {
        if (local != null) {
          local.objects("rules", MAX_RULES, rule -> rules.add(rule(rule)));
        }
      }
      if (rules.isEmpty()) {
        rateLimit.problem(
            Problem.missing(
                rateLimit.path("local") + ".rules",
                "at least one, such as {limit: {requests: 10, unit: Second}}"));
      }
      if (rules.stream().filter(rule -> rule.clients().isEmpty()).count() > 1) {
        rateLimit.wrong(
            "local",
            rateLimit.any("local"),
            "at most one rule without clientSelectors: it counts what no other rule matches");
      }
      return new RateLimit(rules);
    }
  }

  private static Rule rule(FieldReader rule) {
    rule.refuse("cost", "every request counts once");
    rule.only("shared", false, "each target has counts of its own");
    rule.only("shadowMode", false, "a limit holds or it does not");
    List<Client> clients = new ArrayList<>();
    rule.objects("clientSelectors", MAX_CLIENTS, client -> clients.add(client(client)));
    Long requests = null;
    Unit unit = null;
    FieldReader limit = rule.object("limit");
    if (limit == null) {
      if (!rule.has("limit")) {
        rule.problem(Problem.missing(rule.path("limit"), "{requests: 10, unit: Second}"));
      }
    } else {
      try (limit) {
        String most = "a whole number from 0 to " + RateLimit.MAX_REQUESTS;
        if (!limit.has("requests")) {
          limit.problem(Problem.missing(limit.path("requests"), most));
        }
        requests = limit.whole("requests", 0, RateLimit.MAX_REQUESTS);
        if (!limit.has("unit")) {
          limit.problem(
              Problem.missing(limit.path("unit"), "one of " + String.join(", ", UNITS.keySet())));
        }
        unit = limit.constant("unit", UNITS);
      }
    }
    return new Rule(
        clients, requests == null ? 0 : requests.intValue(), unit == null ? Unit.SECOND : unit);
  }

  private static Client client(FieldReader client) {
    List<Header> headers = new ArrayList<>();
    client.objects("headers", MAX_HEADERS, header -> headers.add(header(header)));
    List<Method> methods = new ArrayList<>();
    client.objects("methods", MAX_HEADERS, method -> methods.add(method(method)));
    Path path = path(client.object("path"));
    Source source = source(client.object("sourceCIDR"));
    Identity identity = identity(client.object("identity"));
    Client read = new Client(headers, methods, path, source, identity);
    if (read.equals(new Client(List.of(), List.of(), null, null, null))) {
      client.problem(
          Problem.wrong(
              client.path(),
              client.tree(),
              "at least one of headers, methods, path, sourceCIDR or identity"));
    }
    return read;
  }

  private static Header header(FieldReader header) {
    Header.Type type = header.constant("type", HEADER_TYPES);
    type = type == null ? Header.Type.EXACT : type;
    String name = Headers.name(header, "name");
    boolean invert = bool(header, "invert");
    String value = "";
    if (type == Header.Type.DISTINCT) {
      header.refuse("value", "with Distinct each value counts for itself");
      if (invert) {
        header.wrong("invert", true, "absent: with Distinct each value counts for itself");
      }
    } else {
      String text = header.requiredString("value", "what the value has to be");
      value = text == null ? "" : text;
      String problem = null;
      if (text != null && text.length() > MAX_VALUE) {
        problem = "at most " + MAX_VALUE + " characters";
      } else if (text != null && type == Header.Type.REGEX) {
        problem = Expressions.problem(text);
      }
      if (problem != null) {
        header.wrong("value", text, problem);
      }
    }
    return new Header(type, name == null ? "" : name.toLowerCase(Locale.ROOT), value, invert);
  }

  private static Method method(FieldReader method) {
    String value = method.requiredString("value", "a method, such as GET");
    if (value != null && AuthorizationValues.method(value).value() == null) {
      method.wrong("value", value, AuthorizationValues.method(value).expected());
    }
    return new Method(value == null ? "" : value, bool(method, "invert"));
  }

  private static @Nullable Path path(@Nullable FieldReader path) {
    if (path == null) {
      return null;
    }
    try (path) {
      HttpRoute.PathMatch.Type type = path.constant("type", PATH_TYPES);
      type = type == null ? HttpRoute.PathMatch.Type.PREFIX : type;
      String value = path.string("value", "a path");
      value = value == null ? "/" : value;
      String problem;
      if (value.length() > Paths.MAX) {
        problem = "at most " + Paths.MAX + " characters";
      } else {
        problem =
            type == HttpRoute.PathMatch.Type.REGEX
                ? Expressions.problem(value)
                : Paths.normalProblem(value, true);
      }
      if (problem != null) {
        path.wrong("value", value, problem);
      }
      return new Path(new HttpRoute.PathMatch(type, value), bool(path, "invert"));
    }
  }

  private static @Nullable Source source(@Nullable FieldReader source) {
    if (source == null) {
      return null;
    }
    try (source) {
      Boolean distinct = source.constant("type", DISTINCT);
      String value = source.requiredString("value", Cidr.EXPECTED);
      Cidr range = value == null ? null : Cidr.parse(value);
      if (value != null && range == null) {
        source.wrong("value", value, Cidr.EXPECTED);
      }
      return range == null ? null : new Source(range, Boolean.TRUE.equals(distinct));
    }
  }

  private static @Nullable Identity identity(@Nullable FieldReader identity) {
    if (identity == null) {
      return null;
    }
    try (identity) {
      boolean invert = bool(identity, "invert");
      if (Boolean.TRUE.equals(identity.constant("type", DISTINCT))) {
        identity.refuse("value", "with Distinct each caller counts for itself");
        if (invert) {
          identity.wrong("invert", true, "absent: with Distinct each caller counts for itself");
        }
        return new Identity(null, false);
      }
      String value = identity.requiredString("value", "a principal");
      if (value == null) {
        return new Identity("*", invert);
      }
      AuthorizationValues.Checked checked = AuthorizationValues.principal(value);
      if (checked.value() == null) {
        identity.wrong("value", value, checked.expected());
      }
      return new Identity(value, invert);
    }
  }

  private static boolean bool(FieldReader reader, String field) {
    Object value = reader.any(field);
    if (value != null && !(value instanceof Boolean)) {
      reader.wrong(field, value, "true or false");
    }
    return Boolean.TRUE.equals(value);
  }

  private static Map<String, Header.Type> headerTypes() {
    Map<String, Header.Type> types = new LinkedHashMap<>();
    types.put("Exact", Header.Type.EXACT);
    types.put("RegularExpression", Header.Type.REGEX);
    types.put("Distinct", Header.Type.DISTINCT);
    return types;
  }

  private static Map<String, HttpRoute.PathMatch.Type> pathTypes() {
    Map<String, HttpRoute.PathMatch.Type> types = new LinkedHashMap<>();
    types.put("Exact", HttpRoute.PathMatch.Type.EXACT);
    types.put("PathPrefix", HttpRoute.PathMatch.Type.PREFIX);
    types.put("RegularExpression", HttpRoute.PathMatch.Type.REGEX);
    return types;
  }

  private static Map<String, Boolean> distinct() {
    Map<String, Boolean> types = new LinkedHashMap<>();
    types.put("Exact", false);
    types.put("Distinct", true);
    return types;
  }

  private static Map<String, Unit> units() {
    Map<String, Unit> units = new LinkedHashMap<>();
    units.put("Second", Unit.SECOND);
    units.put("Minute", Unit.MINUTE);
    units.put("Hour", Unit.HOUR);
    units.put("Day", Unit.DAY);
    units.put("Month", Unit.MONTH);
    units.put("Year", Unit.YEAR);
    return units;
  }
}
