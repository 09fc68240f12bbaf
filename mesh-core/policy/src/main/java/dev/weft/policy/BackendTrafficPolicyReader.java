package dev.weft.policy;

import dev.weft.policy.BackendTrafficPolicy.FailureRate;
import dev.weft.policy.BackendTrafficPolicy.Fault;
import dev.weft.policy.BackendTrafficPolicy.Limits;
import dev.weft.policy.BackendTrafficPolicy.Retry;
import dev.weft.policy.BackendTrafficPolicy.RetryBudget;
import dev.weft.policy.BackendTrafficPolicy.Target;
import dev.weft.policy.BackendTrafficPolicy.Timeout;
import dev.weft.policy.BackendTrafficPolicy.Trigger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code spec} of a BackendTrafficPolicy: which calls it is for, and what it makes of them.
 * What concerns endpoints is read by {@link EndpointPolicyReader}.
 */
final class BackendTrafficPolicyReader {
  private static final int MAX_TARGETS = 16;
  private static final Duration MAX_DELAY = Duration.ofHours(1);
  private static final Map<String, Trigger> TRIGGERS = triggers();
  private static final String GATEWAY_GROUP = "gateway.networking.k8s.io";

  private BackendTrafficPolicyReader() {}

  static BackendTrafficPolicy read(Metadata metadata, FieldReader spec) {
    List<Target> targets = targets(spec);
    BackendTrafficPolicy.LoadBalancer loadBalancer = null;
    BackendTrafficPolicy.Ejection ejection = null;
    BackendTrafficPolicy.ActiveCheck activeCheck = null;
    Integer panicThreshold = null;
    Limits limits = null;
    FailureRate failureRate = null;
    try (FieldReader reader = spec.object("loadBalancer")) {
      loadBalancer = reader == null ? null : EndpointPolicyReader.loadBalancer(reader);
    }
    try (FieldReader reader = spec.object("healthCheck")) {
      if (reader != null) {
        ejection = EndpointPolicyReader.ejection(reader);
        activeCheck = EndpointPolicyReader.activeCheck(reader);
        panicThreshold = reader.integer("panicThreshold", 0, 100);
      }
    }
    try (FieldReader reader = spec.object("circuitBreaker")) {
      if (reader != null) {
        limits = limits(reader);
        failureRate = failureRate(reader);
      }
    }
    BackendTrafficPolicy policy =
        new BackendTrafficPolicy(
            metadata,
            targets,
            loadBalancer,
            ejection,
            activeCheck,
            panicThreshold,
            limits,
            failureRate,
            retry(spec),
            retryBudget(spec),
            timeout(spec),
            fault(spec),
            RateLimitReader.read(spec));
    refuseTheRest(spec);
    return policy;
  }

  private static List<Target> targets(FieldReader spec) {
    List<Target> targets = new ArrayList<>();
    spec.refuse("targetSelectors", "name the targets in targetRefs");
    try (FieldReader single = spec.object("targetRef")) {
      if (single != null) {
        targets.add(target(single));
        if (spec.has("targetRefs")) {
          spec.wrong("targetRef", single.tree(), "targetRef or targetRefs, not both");
        }
      }
    }
    spec.objects("targetRefs", MAX_TARGETS, ref -> targets.add(target(ref)));
    if (spec.isEmpty("targetRefs") && !spec.has("targetRef")) {
      spec.problem(
          Problem.missing(
              spec.path("targetRefs"),
              "at least one Service, such as {group: \"\", kind: Service, name: orders}, or"
                  + " HTTPRoute"));
    }
    return targets;
  }

  private static Target target(FieldReader ref) {
    String kind = ref.requiredString("kind", "Service or HTTPRoute");
    String group = ref.string("group", "\"\" or " + GATEWAY_GROUP);
    boolean route = "HTTPRoute".equals(kind);
    if (kind != null && !route && !kind.equals("Service")) {
      ref.wrong("kind", kind, "Service or HTTPRoute: the mesh has no others");
    } else if (route && !GATEWAY_GROUP.equals(group)) {
      String expected = GATEWAY_GROUP + " for an HTTPRoute";
      ref.problem(
          group == null
              ? Problem.missing(ref.path("group"), expected)
              : Problem.wrong(ref.path("group"), group, expected));
    } else if (!route && group != null && !group.isEmpty() && !group.equals("core")) {
      ref.wrong("group", group, "\"\" for a Service");
    }
    String rule = route ? Dns1123.SUBDOMAIN : Dns1123.LABEL;
    String name = ref.requiredString("name", rule);
    if (name != null && !(route ? Dns1123.isSubdomain(name) : Dns1123.isLabel(name))) {
      ref.wrong("name", name, rule);
    }
    String section = ref.string("sectionName", "the name of a port or of a rule");
    if (section != null && !Dns1123.isSubdomain(section)) {
      ref.wrong("sectionName", section, Dns1123.SUBDOMAIN);
    }
    return new Target(route, name == null ? "" : name, section);
  }

  private static @Nullable Limits limits(FieldReader breaker) {
    breaker.refuse("maxRequestsPerConnection", "connections are the library's own");
    breaker.refuse("perEndpoint", "limits are of a Service");
    breaker.refuse("retryBudget", "give retryConstraint, the Gateway API's, beside circuitBreaker");
    Limits limits =
        new Limits(
            limit(breaker, "maxParallelRequests"),
            limit(breaker, "maxPendingRequests"),
            limit(breaker, "maxConnections"),
            limit(breaker, "maxParallelRetries"));
    return limits.equals(new Limits(null, null, null, null)) ? null : limits;
  }

  /** Envoy counts to 2³²−1, which for us is as good as the greatest that we count to. */
  private static @Nullable Integer limit(FieldReader breaker, String field) {
    Long limit = breaker.whole(field, 0, 4_294_967_295L);
    return limit == null ? null : Integer.valueOf((int) Math.min(limit, Integer.MAX_VALUE));
  }

  private static @Nullable FailureRate failureRate(FieldReader breaker) {
    FieldReader reader = breaker.object("failureRate");
    if (reader == null) {
      return null;
    }
    try (reader) {
      if (!reader.has("threshold")) {
        reader.problem(Problem.missing(reader.path("threshold"), "a percentage from 1 to 100"));
      }
      Integer threshold = reader.integer("threshold", 1, 100);
      Integer minimum = reader.integer("minimumRequests", 1, 1_000_000);
      Duration window =
          reader.duration("window", Durations.GO, Duration.ofSeconds(1), Duration.ofMinutes(5));
      Duration open =
          reader.duration(
              "openDuration", Durations.GO, Duration.ofMillis(100), Duration.ofHours(1));
      return new FailureRate(
          threshold == null ? 100 : threshold,
          minimum == null ? 20 : minimum,
          window == null ? Duration.ofSeconds(10) : window,
          open == null ? Duration.ofSeconds(10) : open);
    }
  }

  private static @Nullable Retry retry(FieldReader spec) {
    FieldReader retry = spec.object("retry");
    if (retry == null) {
      return null;
    }
    try (retry) {
      retry.only("numAttemptsPerPriority", 0L, "endpoints have no priorities");
      Set<Integer> codes = Set.of();
      Set<Trigger> triggers = EnumSet.noneOf(Trigger.class);
      try (FieldReader on = retry.object("retryOn")) {
        if (on != null) {
          codes = HttpRouteReader.statuses(on, "httpStatusCodes", 100, 599);
          readTriggers(on, triggers);
          if (!codes.isEmpty() && !triggers.contains(Trigger.RETRIABLE_STATUS_CODES)) {
            on.wrong(
                "httpStatusCodes",
                on.any("httpStatusCodes"),
                "beside retriable-status-codes in triggers, as in Envoy Gateway");
          }
        }
      }
      Duration timeout = null;
      Duration base = null;
      Duration max = null;
      try (FieldReader perRetry = retry.object("perRetry")) {
        if (perRetry != null) {
          timeout = perRetry.duration("timeout", Durations.GO);
          try (FieldReader backOff = perRetry.object("backOff")) {
            if (backOff != null) {
              base = backOff.duration("baseInterval", Durations.GO);
              max = backOff.duration("maxInterval", Durations.GO);
              if (base != null && max != null && max.compareTo(base) < 0) {
                backOff.wrong(
                    "maxInterval", backOff.any("maxInterval"), "at least the baseInterval");
              }
            }
          }
        }
      }
      return new Retry(
          retry.integer("numRetries", 0, HttpRoute.MAX_ATTEMPTS),
          codes,
          triggers,
          timeout,
          base,
          max);
    }
  }

  private static void readTriggers(FieldReader on, Set<Trigger> triggers) {
    String expected = "one of " + String.join(", ", TRIGGERS.keySet());
    List<?> list = on.list("triggers", 32);
    for (int i = 0; i < list.size(); i++) {
      Trigger trigger = list.get(i) instanceof String text ? TRIGGERS.get(text) : null;
      if (trigger == null) {
        on.problem(Problem.wrong(on.path("triggers") + "[" + i + "]", list.get(i), expected));
      } else {
        triggers.add(trigger);
      }
    }
  }

  private static @Nullable RetryBudget retryBudget(FieldReader spec) {
    FieldReader constraint = spec.object("retryConstraint");
    if (constraint == null) {
      return null;
    }
    try (constraint) {
      Integer percent = null;
      Duration interval = null;
      try (FieldReader budget = constraint.object("budget")) {
        if (budget != null) {
          percent = budget.integer("percent", 0, 100);
          interval =
              budget.duration(
                  "interval", Durations.GATEWAY, Duration.ofSeconds(1), Duration.ofHours(1));
        }
      }
      Integer count = null;
      Duration per = null;
      try (FieldReader rate = constraint.object("minRetryRate")) {
        if (rate != null) {
          count = rate.integer("count", 1, 1_000_000);
          per =
              rate.duration(
                  "interval", Durations.GATEWAY, Duration.ofMillis(100), Duration.ofHours(1));
        }
      }
      double seconds = per == null ? 1 : per.toMillis() / 1000.0;
      return new RetryBudget(
          percent == null ? 20 : percent,
          interval == null ? Duration.ofSeconds(10) : interval,
          (count == null ? 10 : count) / seconds);
    }
  }

  private static @Nullable Timeout timeout(FieldReader spec) {
    FieldReader timeout = spec.object("timeout");
    if (timeout == null) {
      return null;
    }
    try (timeout) {
      Duration connect = null;
      Duration request = null;
      try (FieldReader tcp = timeout.object("tcp")) {
        connect = tcp == null ? null : tcp.duration("connectTimeout", Durations.GO);
      }
      try (FieldReader http = timeout.object("http")) {
        if (http != null) {
          request = http.duration("requestTimeout", Durations.GO);
          String own = "connections are the library's own";
          http.refuse("connectionIdleTimeout", own);
          http.refuse("maxConnectionDuration", own);
          http.refuse("maxStreamDuration", "requestTimeout limits a whole request");
          http.refuse("streamIdleTimeout", "requestTimeout limits a whole request");
        }
      }
      return new Timeout(connect, request);
    }
  }

  private static @Nullable Fault fault(FieldReader spec) {
    FieldReader fault = spec.object("faultInjection");
    if (fault == null) {
      return null;
    }
    try (fault) {
      Duration delay = null;
      Double delayPercent = null;
      Integer status = null;
      Double abortPercent = null;
      try (FieldReader reader = fault.object("delay")) {
        if (reader != null) {
          if (!reader.has("fixedDelay")) {
            reader.problem(Problem.missing(reader.path("fixedDelay"), Durations.GO.expected()));
          }
          delay = reader.duration("fixedDelay", Durations.GO, Duration.ZERO, MAX_DELAY);
          delayPercent = reader.percentage("percentage");
        }
      }
      try (FieldReader reader = fault.object("abort")) {
        if (reader != null) {
          reader.refuse("grpcStatus", "give httpStatus");
          if (!reader.has("httpStatus")) {
            reader.problem(Problem.missing(reader.path("httpStatus"), "a status from 200 to 599"));
          }
          status = reader.integer("httpStatus", 200, 599);
          abortPercent = reader.percentage("percentage");
        }
      }
      if (!fault.has("delay") && !fault.has("abort")) {
        spec.wrong("faultInjection", fault.tree(), "at least one of delay or abort");
      }
      return new Fault(
          delay,
          delayPercent == null ? 100 : delayPercent,
          status,
          abortPercent == null ? 100 : abortPercent);
    }
  }

  private static void refuseTheRest(FieldReader spec) {
    spec.refuse("mergeType", "each setting comes from the nearest policy that has it");
    String own = "connections are the library's own";
    spec.refuse("tcpKeepalive", own);
    spec.refuse("connection", own);
    spec.refuse("proxyProtocol", own);
    spec.refuse("dns", "instances register with their addresses");
    spec.refuse("bandwidthLimit", "the mesh does not shape bytes");
    spec.refuse("admissionControl", "circuitBreaker.failureRate refuses calls that would fail");
    spec.refuse("useClientProtocol", "the library chooses its protocol");
    spec.refuse("compression", "bodies are the application's own");
    spec.refuse("compressor", "bodies are the application's own");
    spec.refuse("responseOverride", "answers are the application's own");
    spec.refuse("httpUpgrade", own);
    spec.refuse("requestBuffer", "bodies are never buffered");
    spec.refuse("telemetry", "what is measured is a setting of the agent");
    spec.refuse("routingType", "calls go to endpoints");
  }

  private static Map<String, Trigger> triggers() {
    Map<String, Trigger> triggers = new LinkedHashMap<>();
    triggers.put("5xx", Trigger.SERVER_ERROR);
    triggers.put("gateway-error", Trigger.GATEWAY_ERROR);
    triggers.put("reset", Trigger.RESET);
    triggers.put("connect-failure", Trigger.CONNECT_FAILURE);
    triggers.put("retriable-4xx", Trigger.RETRIABLE_4XX);
    triggers.put("refused-stream", Trigger.REFUSED_STREAM);
    triggers.put("retriable-status-codes", Trigger.RETRIABLE_STATUS_CODES);
    return triggers;
  }
}
