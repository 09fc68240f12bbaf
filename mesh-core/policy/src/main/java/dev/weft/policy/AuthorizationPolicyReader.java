package dev.weft.policy;

import dev.weft.policy.AuthorizationPolicy.Action;
import dev.weft.policy.AuthorizationPolicy.Condition;
import dev.weft.policy.AuthorizationPolicy.Key;
import dev.weft.policy.AuthorizationPolicy.Operation;
import dev.weft.policy.AuthorizationPolicy.Rule;
import dev.weft.policy.AuthorizationPolicy.Source;
import dev.weft.policy.AuthorizationPolicy.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads {@code spec} of an AuthorizationPolicy. */
final class AuthorizationPolicyReader {
  private static final int MAX_RULES = 512;
  private static final int MAX_PARTS = 512;
  private static final String NO_JWT = "the mesh reads no JSON Web Tokens";
  private static final String REQUEST_HEADERS = "request.headers[";
  private static final Values NOTHING = Values.ANY;

  /** Keys of Istio's that are refused, and why. */
  private static final Map<String, String> REFUSED_KEYS =
      Map.of(
          "request.auth.principal",
          NO_JWT,
          "request.auth.audiences",
          NO_JWT,
          "request.auth.presenter",
          NO_JWT,
          "remote.ip",
          "X-Forwarded-For can be forged; source.ip is who connects",
          "destination.ip",
          "an instance has one address; select it by labels",
          "connection.sni",
          "the mesh's own server names say nothing that hosts does not");

  private AuthorizationPolicyReader() {}

  static AuthorizationPolicy read(Metadata metadata, FieldReader spec) {
    Selector selector = Selector.parse(spec.object("selector"));
    spec.refuse("targetRef", "the mesh has no gateways; select workloads with selector");
    spec.refuse("targetRefs", "the mesh has no gateways; select workloads with selector");
    spec.refuse("provider", "CUSTOM is not honoured");
    List<Rule> rules = new ArrayList<>();
    Action action = action(spec);
    spec.objects("rules", MAX_RULES, rule -> rules.add(rule(rule)));
    return new AuthorizationPolicy(metadata, selector, action, rules, null);
  }

  private static Action action(FieldReader spec) {
    if ("CUSTOM".equals(spec.any("action"))) {
      spec.wrong(
          "action",
          "CUSTOM",
          "ALLOW, DENY or AUDIT: asking somebody else for each request is not honoured");
      return Action.DENY;
    }
    Action action = spec.constant("action", Action.class);
    return action == null ? Action.ALLOW : action;
  }

  private static Rule rule(FieldReader rule) {
    List<Source> from = new ArrayList<>();
    parts(rule, "from", "source", source -> from.add(source(source)));
    List<Operation> to = new ArrayList<>();
    parts(rule, "to", "operation", operation -> to.add(operation(operation)));
    List<Condition> when = new ArrayList<>();
    rule.objects(
        "when",
        MAX_PARTS,
        condition -> {
          Condition read = condition(condition);
          if (read != null) {
            when.add(read);
          }
        });
    return new Rule(from, to, when);
  }

  private interface Part {
    void read(FieldReader fields);
  }

  /** A list of objects with one object in each. None may be empty: that would mean anybody. */
  private static void parts(FieldReader rule, String field, String inner, Part part) {
    if (rule.has(field) && rule.isEmpty(field)) {
      rule.wrong(field, rule.any(field), "at least one " + inner + ", or absent, which means any");
    }
    rule.objects(
        field,
        MAX_PARTS,
        element -> {
          FieldReader fields = element.object(inner);
          if (fields == null) {
            if (!element.has(inner)) {
              element.problem(Problem.missing(element.path(inner), "an object"));
            }
            return;
          }
          try (fields) {
            if (fields.fields().isEmpty()) {
              element.wrong(inner, fields.tree(), "at least one field; leave out " + field);
            }
            part.read(fields);
          }
        });
  }

  private static Source source(FieldReader source) {
    source.refuse("requestPrincipals", NO_JWT);
    source.refuse("notRequestPrincipals", NO_JWT);
    String forged = "X-Forwarded-For can be forged; ipBlocks are those who connect";
    source.refuse("remoteIpBlocks", forged);
    source.refuse("notRemoteIpBlocks", forged);
    String hint = "write principals: <trust domain>/ns/<namespace>/sa/<service>";
    source.refuse("serviceAccounts", hint);
    source.refuse("notServiceAccounts", hint);
    return new Source(
        values(source, "principals", "notPrincipals", AuthorizationValues::principal),
        values(source, "namespaces", "notNamespaces", AuthorizationValues::namespace),
        values(source, "ipBlocks", "notIpBlocks", AuthorizationValues::addresses));
  }

  private static Operation operation(FieldReader operation) {
    return new Operation(
        values(operation, "hosts", "notHosts", AuthorizationValues::host),
        values(operation, "ports", "notPorts", AuthorizationValues::port),
        values(operation, "methods", "notMethods", AuthorizationValues::method),
        values(operation, "paths", "notPaths", AuthorizationValues::path));
  }

  private static @Nullable Condition condition(FieldReader condition) {
    String key = condition.requiredString("key", keys());
    AuthorizationValues.Form form = AuthorizationValues::plain;
    Key known = null;
    String header = "";
    if (key != null && REFUSED_KEYS.containsKey(key)) {
      condition.wrong("key", key, "another key: " + REFUSED_KEYS.get(key));
    } else if (key != null && key.startsWith("request.auth.claims")) {
      condition.wrong("key", key, "another key: " + NO_JWT);
    } else if (key != null && key.startsWith(REQUEST_HEADERS) && key.endsWith("]")) {
      known = Key.REQUEST_HEADER;
      header = header(condition, key);
      form = AuthorizationValues::header;
    } else if (key != null) {
      known = keyed(key);
      if (known == null) {
        condition.wrong("key", key, keys());
      } else {
        form = form(known);
      }
    }
    Values values = values(condition, "values", "notValues", form);
    if (!condition.has("values") && !condition.has("notValues")) {
      condition.problem(
          Problem.missing(condition.path("values"), "at least one of values or notValues"));
    }
    return known == null ? null : new Condition(known, header, values);
  }

  private static String header(FieldReader condition, String key) {
    String name = key.substring(REQUEST_HEADERS.length(), key.length() - 1);
    if (!Headers.isName(name)) {
      condition.wrong("key", key, "request.headers[…] with " + Headers.NAME);
    }
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.startsWith("weft-") || lower.equals("x-forwarded-client-cert")) {
      condition.wrong(
          "key", key, "another header: this one is the mesh's own, and stripped from everyone");
    }
    return lower;
  }

  private static @Nullable Key keyed(String text) {
    for (Key key : Key.values()) {
      if (key != Key.REQUEST_HEADER && key.text().equals(text)) {
        return key;
      }
    }
    return null;
  }

  private static String keys() {
    List<String> all = new ArrayList<>(List.of("request.headers[<name>]"));
    for (Key key : Key.values()) {
      if (key != Key.REQUEST_HEADER) {
        all.add(key.text());
      }
    }
    return "one of " + String.join(", ", all);
  }

  private static AuthorizationValues.Form form(Key key) {
    return switch (key) {
      case REQUEST_HEADER -> AuthorizationValues::header;
      case SOURCE_PRINCIPAL -> AuthorizationValues::principal;
      case SOURCE_NAMESPACE -> AuthorizationValues::namespace;
      case SOURCE_IP -> AuthorizationValues::addresses;
      case DESTINATION_PORT -> AuthorizationValues::port;
    };
  }

  private static Values values(
      FieldReader fields, String field, String notField, AuthorizationValues.Form form) {
    List<String> of = list(fields, field, form);
    List<String> not = list(fields, notField, form);
    return of.isEmpty() && not.isEmpty() ? NOTHING : new Values(of, not);
  }

  private static List<String> list(
      FieldReader fields, String field, AuthorizationValues.Form form) {
    List<String> read = new ArrayList<>();
    if (fields.has(field) && fields.isEmpty(field)) {
      // As if absent it would mean anybody: a list that a template left empty must not open a door.
      fields.wrong(field, fields.any(field), "at least one value, or absent");
    }
    List<?> list = fields.list(field, MAX_PARTS);
    for (int i = 0; i < list.size(); i++) {
      String at = fields.path(field) + "[" + i + "]";
      String expected = "text (in quotes)";
      String value = null;
      if (list.get(i) instanceof String text) {
        AuthorizationValues.Checked checked = form.check(text);
        value = checked.value();
        expected = checked.expected();
      }
      if (value == null) {
        fields.problem(Problem.wrong(at, list.get(i), expected));
      } else {
        read.add(value);
      }
    }
    return read;
  }
}
