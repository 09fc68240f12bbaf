package dev.weft.engine.inbound;

import dev.weft.policy.AuthorizationPolicy;
import dev.weft.policy.AuthorizationPolicy.Condition;
import dev.weft.policy.AuthorizationPolicy.Key;
import dev.weft.policy.AuthorizationPolicy.Operation;
import dev.weft.policy.AuthorizationPolicy.Rule;
import dev.weft.policy.AuthorizationPolicy.Source;
import dev.weft.policy.AuthorizationPolicy.Values;
import dev.weft.policy.Cidr;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One rule of one AuthorizationPolicy, compiled for one port of a workload. Immutable. */
final class RuleMatcher {
  /** A part of a rule. */
  private interface Part {
    boolean holds(InboundRequest request, boolean every);
  }

  private static final Part[] NONE = {};
  private static final String HOST = "host";

  final String name;
  private final Part[][] from;
  private final Part[][] to;
  private final Part[] when;

  private RuleMatcher(String name, Part[][] from, Part[][] to, Part[] when) {
    this.name = name;
    this.from = from;
    this.to = to;
    this.when = when;
  }

  /**
   * @param name what decisions are named after
   * @return null if it never matches on this port
   */
  static @Nullable RuleMatcher of(Rule rule, String name, int port) {
    List<Part[]> from = new ArrayList<>();
    for (Source source : rule.from()) {
      from.add(
          parts(
              principals(source.principals()),
              namespaces(source.namespaces()),
              addresses(source.ipBlocks())));
    }
    String portText = Integer.toString(port);
    List<Part[]> to = new ArrayList<>();
    for (Operation operation : rule.to()) {
      ValueMatcher ports = ValueMatcher.of(operation.ports());
      if (ports == null || ports.holds(portText)) {
        to.add(
            parts(
                methods(operation.methods()), paths(operation.paths()), hosts(operation.hosts())));
      }
    }
    if (to.isEmpty() && !rule.to().isEmpty()) {
      return null;
    }
    List<Part> when = new ArrayList<>();
    for (Condition condition : rule.when()) {
      ValueMatcher test = Objects.requireNonNull(ValueMatcher.of(condition.values()));
      if (condition.key() == Key.DESTINATION_PORT) {
        if (!test.holds(portText)) {
          return null;
        }
      } else {
        when.add(Objects.requireNonNull(condition(condition, test)));
      }
    }
    return new RuleMatcher(
        name, from.toArray(new Part[0][]), to.toArray(new Part[0][]), when.toArray(NONE));
  }

  /**
   * Whether the rule matches.
   *
   * @param every whether it has to in every way in which the request may be read; else in one
   */
  boolean matches(InboundRequest request, boolean every) {
    return any(from, request, every) && any(to, request, every) && all(when, request, every);
  }

  private static boolean any(Part[][] alternatives, InboundRequest request, boolean every) {
    for (Part[] parts : alternatives) {
      if (all(parts, request, every)) {
        return true;
      }
    }
    return alternatives.length == 0;
  }

  private static boolean all(Part[] parts, InboundRequest request, boolean every) {
    for (Part part : parts) {
      if (!part.holds(request, every)) {
        return false;
      }
    }
    return true;
  }

  private static Part[] parts(@Nullable Part... parts) {
    List<Part> all = new ArrayList<>();
    for (Part part : parts) {
      if (part != null) {
        all.add(part);
      }
    }
    return all.toArray(NONE);
  }

  private static @Nullable Part condition(Condition condition, ValueMatcher test) {
    return switch (condition.key()) {
      case REQUEST_HEADER -> {
        String header = condition.header();
        if (header.equals(HOST)) {
          // Over HTTP/2 there is no such header, and it can be written in several ways.
          yield hosts(lower(condition.values()));
        }
        yield (request, every) -> test.holds(request.headerReadings(header), every);
      }
      case SOURCE_PRINCIPAL -> principals(condition.values());
      case SOURCE_NAMESPACE -> namespaces(condition.values());
      case SOURCE_IP -> addresses(condition.values());
      case DESTINATION_PORT -> throw new IllegalArgumentException("decided by the port");
    };
  }

  private static @Nullable Part principals(Values values) {
    if (values.isAny()) {
      return null;
    }
    Principals of = values.of().isEmpty() ? null : new Principals(values.of());
    Principals not = values.not().isEmpty() ? null : new Principals(values.not());
    return (request, every) ->
        (of == null || of.match(request.peer())) && (not == null || !not.match(request.peer()));
  }

  private static @Nullable Part namespaces(Values values) {
    ValueMatcher test = ValueMatcher.of(values);
    return test == null
        ? null
        : (request, every) -> {
          Peer peer = request.peer();
          return test.holds(peer == null ? null : peer.namespace());
        };
  }

  private static @Nullable Part methods(Values values) {
    ValueMatcher test = ValueMatcher.of(values);
    return test == null
        ? null
        : (request, every) -> test.holds(request.method(), request.otherMethod(), every);
  }

  private static @Nullable Part paths(Values values) {
    Values written = new Values(patterns(values.of()), patterns(values.not()));
    ValueMatcher test = ValueMatcher.of(written);
    if (test == null) {
      return null;
    }
    // Many servers tell case apart, and many do not (Express, ASP.NET Core): both are readings.
    Values folded = lower(written);
    ValueMatcher anyCase =
        folded.equals(written) ? test : Objects.requireNonNull(ValueMatcher.of(folded));
    return (request, every) -> {
      String path = Objects.requireNonNull(request.path());
      boolean holds = test.holds(path, request.otherPath(), every);
      if (holds != every) {
        return holds;
      }
      String lower = request.lowerPath();
      return lower == null && anyCase == test
          ? holds
          : anyCase.holds(lower == null ? path : lower, request.lowerOtherPath(), every);
    };
  }

  private static Values lower(Values values) {
    return new Values(InboundRequest.lower(values.of()), InboundRequest.lower(values.not()));
  }

  private static List<String> patterns(List<String> paths) {
    return paths.stream().map(PathNormalizer::pattern).toList();
  }

  private static @Nullable Part hosts(Values values) {
    ValueMatcher test = ValueMatcher.of(values);
    return test == null
        ? null
        : (request, every) -> test.holdsForEither(request.authority(), request.host());
  }

  private static @Nullable Part addresses(Values values) {
    if (values.isAny()) {
      return null;
    }
    Cidr[] of = ranges(values.of());
    Cidr[] not = ranges(values.not());
    return (request, every) -> {
      byte[] source = request.source();
      return (of.length == 0 || isIn(source, of)) && (not.length == 0 || !isIn(source, not));
    };
  }

  private static Cidr[] ranges(List<String> texts) {
    return texts.stream()
        .map(text -> Objects.requireNonNull(Cidr.parse(text), text))
        .toArray(Cidr[]::new);
  }

  private static boolean isIn(byte @Nullable [] source, Cidr[] ranges) {
    if (source != null) {
      for (Cidr range : ranges) {
        if (range.contains(source)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether a rule of policy looks at paths. */
  static boolean readsPaths(AuthorizationPolicy policy) {
    return policy.rules().stream()
        .flatMap(rule -> rule.to().stream())
        .anyMatch(operation -> !operation.paths().isAny());
  }

  static boolean readsAddresses(AuthorizationPolicy policy) {
    return policy.rules().stream()
        .anyMatch(
            rule ->
                rule.from().stream().anyMatch(source -> !source.ipBlocks().isAny())
                    || rule.when().stream()
                        .anyMatch(condition -> condition.key() == Key.SOURCE_IP));
  }

  static boolean readsHosts(AuthorizationPolicy policy) {
    return policy.rules().stream()
            .flatMap(rule -> rule.to().stream())
            .anyMatch(operation -> !operation.hosts().isAny())
        || policy.rules().stream()
            .flatMap(rule -> rule.when().stream())
            .anyMatch(condition -> HOST.equals(condition.header()));
  }
}
