package dev.weft.policy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * {@code MeshConfig}, ours: settings that hold for every process of the mesh that does not say
 * otherwise itself. There is one. Immutable.
 *
 * @param settings values as text, by the settings' names
 */
public record MeshConfig(Metadata metadata, Map<String, String> settings) {
  /** The name of the only one, in {@link Resource#ROOT_NAMESPACE}. */
  public static final String NAME = "mesh";

  private static final String AT_START = "it is read once, when a process starts: set it there";
  private static final String OWN =
      "it says who a process is, or how it finds the mesh, before any of this is known: set it"
          + " there";
  private static final String COMMAND_LINE = "it is for bin/weft, which is no process of the mesh";

  /** How a value has to look. */
  private record Form(String expected, Predicate<String> isRight) {
    static Form oneOf(String... values) {
      return new Form("one of " + String.join(", ", values), List.of(values)::contains);
    }

    static Form matching(String pattern, String expected) {
      return new Form(expected, text -> text.matches(pattern));
    }
  }

  private static final Form DURATION =
      Form.matching("[0-9]{1,12}(?:ms|s|m|h|d)", "a duration such as 250ms, 3s, 10m, 24h");

  private static final Map<String, Form> FORMS =
      Map.of(
          "weft.egress", Form.oneOf("ALLOW_ANY", "REGISTRY_ONLY"),
          "weft.mtls.floor", Form.oneOf("DISABLE", "PERMISSIVE", "STRICT"),
          "weft.errors.verbose", Form.oneOf("true", "false"),
          "weft.access.log.sample",
              Form.matching("0|1|[01]\\.0*|0?\\.[0-9]{1,17}", "a number from 0 to 1"),
          "weft.drain.delay", DURATION,
          "weft.drain.timeout", DURATION);

  private static final Map<String, String> REFUSED = refused();

  public static final Kind KIND =
      new Kind(
          "MeshConfig",
          "meshconfigs",
          List.of("mc"),
          List.of("weft.dev/v1alpha1"),
          true,
          MeshConfig::read,
          (resource, surroundings) -> List.of());

  public MeshConfig {
    settings = Map.copyOf(settings);
  }

  /** The settings that can be said here: they can change while processes run. */
  public static List<String> names() {
    return List.copyOf(new TreeSet<>(FORMS.keySet()));
  }

  /** The settings that cannot be said here, and why. */
  public static Map<String, String> refusedNames() {
    return REFUSED;
  }

  /** What {@code weft.egress} is; null if it is not said. */
  public @Nullable EgressMode egress() {
    String value = settings.get("weft.egress");
    return value == null ? null : EgressMode.valueOf(value);
  }

  private static Map<String, String> refused() {
    Map<String, String> refused = new TreeMap<>();
    for (String name :
        List.of(
            "service",
            "namespace",
            "version",
            "labels",
            "zone",
            "coordinator",
            "home",
            "join.token",
            "join.token.file",
            "port",
            "advertise",
            "config")) {
      refused.put("weft." + name, OWN);
    }
    for (String name :
        List.of(
            "enabled",
            "state.dir",
            "identity.store",
            "mtls.loopback",
            "mtls.own.tls",
            "authorization.floor",
            "forward.identity",
            "adopt.addresses",
            "retry.body.limit",
            "deadline.inherit",
            "ready.path",
            "startup.wait",
            "metrics.port",
            "metrics.compat",
            "access.log",
            "log.level",
            "log.file")) {
      refused.put("weft." + name, AT_START);
    }
    refused.put("weft.admin", COMMAND_LINE);
    refused.put("weft.admin.token", COMMAND_LINE);
    return refused;
  }

  private static MeshConfig read(Metadata metadata, FieldReader spec) {
    // Both are empty if they have been found wrong already.
    if (!metadata.name().isEmpty() && !metadata.name().equals(NAME)) {
      spec.problem(Problem.wrong("metadata.name", metadata.name(), NAME + ": there is only one"));
    }
    if (!metadata.namespace().isEmpty() && !metadata.namespace().equals(Resource.ROOT_NAMESPACE)) {
      spec.problem(
          Problem.wrong(
              "metadata.namespace",
              metadata.namespace(),
              Resource.ROOT_NAMESPACE + ": it is for the whole mesh"));
    }
    Map<String, String> settings = new LinkedHashMap<>();
    try (FieldReader given = spec.object("settings")) {
      if (given == null) {
        if (!spec.has("settings")) {
          spec.problem(Problem.missing(spec.path("settings"), "settings, by their names"));
        }
      } else {
        REFUSED.forEach(given::refuse);
        for (String name : names()) {
          String value = value(given, name);
          if (value != null) {
            settings.put(name, value);
          }
        }
      }
    }
    return new MeshConfig(metadata, settings);
  }

  private static @Nullable String value(FieldReader given, String name) {
    Form form = FORMS.get(name);
    Object value = given.any(name);
    if (value == null || form == null) {
      return null;
    }
    String text =
        value instanceof Boolean || value instanceof Number || value instanceof String
            ? String.valueOf(value)
            : "";
    if (form.isRight().test(text)) {
      return text;
    }
    given.wrong(name, value, form.expected());
    return null;
  }
}
