package dev.weft.engine.route;

import com.google.re2j.Pattern;
import dev.weft.policy.HttpRoute;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a match asks for beside the path. Immutable. */
final class Conditions {
  /** A header or a query parameter that has to have a value. */
  private record Value(String name, String exact, @Nullable Pattern pattern) {
    String means() {
      return (pattern == null ? "=" : "~") + exact;
    }

    boolean holds(@Nullable String value) {
      return value != null && (pattern == null ? exact.equals(value) : pattern.matches(value));
    }
  }

  private static final Value[] NONE = {};

  private final @Nullable String method;
  private final Value[] headers;
  private final Value[] query;

  private Conditions(@Nullable String method, Value[] headers, Value[] query) {
    this.method = method;
    this.headers = headers;
    this.query = query;
  }

  static Conditions of(HttpRoute.Match match, Expressions expressions) {
    return new Conditions(
        match.method(), values(match.headers(), expressions), values(match.query(), expressions));
  }

  /** Of several entries with one name only the first counts: so the Gateway API has it. */
  private static Value[] values(List<HttpRoute.ValueMatch> matches, Expressions expressions) {
    if (matches.isEmpty()) {
      return NONE;
    }
    List<Value> values = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (HttpRoute.ValueMatch match : matches) {
      if (names.add(match.name())) {
        values.add(
            new Value(
                match.name(),
                match.value(),
                match.regex() ? expressions.compiled(match.value()) : null));
      }
    }
    return values.toArray(NONE);
  }

  boolean hold(RequestHead head) {
    if (method != null && !method.equals(head.method())) {
      return false;
    }
    for (Value header : headers) {
      if (!header.holds(header(head, header.name()))) {
        return false;
      }
    }
    for (Value parameter : query) {
      if (!parameter.holds(Query.first(head.query(), parameter.name()))) {
        return false;
      }
    }
    return true;
  }

  /** The first that does not hold, in words; null if all do. */
  @Nullable String against(RequestHead head) {
    if (method != null && !method.equals(head.method())) {
      return "the method is " + head.method();
    }
    for (Value header : headers) {
      if (!header.holds(header(head, header.name()))) {
        return "header " + header.name() + " is " + shown(header(head, header.name()));
      }
    }
    for (Value parameter : query) {
      String value = Query.first(head.query(), parameter.name());
      if (!parameter.holds(value)) {
        return "parameter " + parameter.name() + " is " + shown(value);
      }
    }
    return null;
  }

  private static String shown(@Nullable String value) {
    return value == null ? "missing" : value.length() <= 80 ? value : value.substring(0, 80) + "…";
  }

  /** Fields that come several times count as one, joined by commas (RFC 9110). */
  private static @Nullable String header(RequestHead head, String name) {
    List<String> values = head.header(name);
    switch (values.size()) {
      case 0:
        return name.equals("host") ? head.authority() : null;
      case 1:
        return values.get(0);
      default:
        return String.join(",", values);
    }
  }

  boolean hasMethod() {
    return method != null;
  }

  int headerCount() {
    return headers.length;
  }

  int queryCount() {
    return query.length;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    if (method != null) {
      text.append(", method ").append(method);
    }
    for (Value header : headers) {
      text.append(", header ").append(header.name()).append(header.means());
    }
    for (Value parameter : query) {
      text.append(", parameter ").append(parameter.name()).append(parameter.means());
    }
    return text.toString();
  }
}
