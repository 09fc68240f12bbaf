package dev.weft.runtime;

import dev.weft.policy.SettingDuration;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What can be set, and what is set. System property {@code weft.some.key}, else environment {@code
 * WEFT_SOME_KEY}, else the file {@code weft.config}, else the default. A value that cannot be read
 * is replaced by the default, with a warning that names the key, the value and what was expected.
 *
 * <p>{@link #KEYS} is the one list of all keys; {@code docs/settings.md} is generated from it.
 */
public final class Settings {
  /** One key: its default as text (empty: unset) and what it is for. */
  public record Key(String name, String absent, String meaning) {
    /** The environment variable of the same meaning. */
    public String variable() {
      return name.toUpperCase(Locale.ROOT).replace('.', '_');
    }
  }

  /** What STRICT means to callers on this machine. */
  public enum Loopback {
    /** The same as to others. */
    REQUIRED,
    PLAINTEXT
  }

  /** Who may come over a TLS of the application's own where {@code weft.mtls.floor} is STRICT. */
  public enum OwnTls {
    /** Nobody. */
    REFUSED,
    /** Whoever the application lets in. */
    ALLOWED
  }

  /** Who may come in before any policy is known. */
  public enum AuthorizationFloor {
    ALLOW,
    DENY
  }

  /** Whose names metrics have beside our own. */
  public enum Compat {
    NONE,
    ISTIO
  }

  /** What becomes of a call to an instance's address, which the caller chose by itself. */
  public enum Addresses {
    /** It goes there. */
    PINNED,
    /** It goes to any instance of the service. */
    REBALANCE
  }

  public static final Key ENABLED =
      new Key("weft.enabled", "true", "`false` switches the agent off entirely");
  public static final Key SERVICE =
      new Key(
          "weft.service",
          "",
          "this process's service, a DNS-1123 label; else `otel.service.name`, else"
              + " `spring.application.name`");
  public static final Key NAMESPACE = new Key("weft.namespace", "default", "its namespace");
  public static final Key VERSION = new Key("weft.version", "", "label `version`");
  public static final Key LABELS =
      new Key("weft.labels", "", "free labels, `key=value,key=value`; `app` cannot be set");
  public static final Key ZONE = new Key("weft.zone", "", "where it runs");
  public static final Key COORDINATOR =
      new Key("weft.coordinator", "127.0.0.1:7471", "mesh addresses of coordinators, a list");
  public static final Key HOME =
      new Key("weft.home", "", "folder of join-token and ca.pem; `~/.weft` if unset");
  public static final Key JOIN_TOKEN = new Key("weft.join.token", "", "the join token itself");
  public static final Key JOIN_TOKEN_FILE =
      new Key("weft.join.token.file", "", "a file that holds the join token");
  public static final Key STATE_DIR =
      new Key(
          "weft.state.dir",
          "",
          "folder for the last good configuration; nothing is kept on disk if unset");
  public static final Key IDENTITY_STORE =
      new Key(
          "weft.identity.store",
          "memory",
          "`file` keeps key and certificate in `weft.state.dir` (0600), for a restart while no"
              + " coordinator lives; with `memory` such a restart has no identity");
  public static final Key MTLS_FLOOR =
      new Key(
          "weft.mtls.floor",
          "PERMISSIVE",
          "what holds until policy is known, and at least; `STRICT` closes from the first byte:"
              + " [nothing serves that the mesh does not guard](policy.md#floors)");
  public static final Key MTLS_OWN_TLS =
      new Key(
          "weft.mtls.own.tls",
          "refused",
          "under `weft.mtls.floor=STRICT`, connectors with a TLS of the application's own:"
              + " `refused`, or `allowed` to answer whoever reaches them, as without that floor");
  public static final Key MTLS_LOOPBACK =
      new Key(
          "weft.mtls.loopback",
          "required",
          "`plaintext` lets callers on this machine in without mesh TLS under STRICT; whatever else"
              + " forwards to loopback is let in with them");
  public static final Key AUTHORIZATION_FLOOR =
      new Key(
          "weft.authorization.floor",
          "ALLOW",
          "`DENY` refuses all requests but probes [until the first policy is"
              + " known](policy.md#floors), be it that there is none");
  public static final Key FORWARD_IDENTITY =
      new Key(
          "weft.forward.identity",
          "false",
          "`true` shows the application who calls it over mesh TLS, in the header"
              + " `x-forwarded-client-cert` (Envoy's: `By=…;Hash=…;URI=spiffe://…`)");
  public static final Key EGRESS =
      new Key(
          "weft.egress",
          "ALLOW_ANY",
          "`REGISTRY_ONLY` refuses calls to hosts that are neither the mesh's nor allowed by a"
              + " MeshService (this machine's loopback is never refused); set here it holds from"
              + " the first call, else what a MeshService says of all hosts holds once that is"
              + " known");
  public static final Key ADOPT_ADDRESSES =
      new Key(
          "weft.adopt.addresses",
          "pinned",
          "a call to the address of an instance, from a client that looks services up by itself"
              + " (Eureka, Spring Cloud LoadBalancer), goes to that instance; `rebalance` takes it"
              + " for a call to its service, which is routed and balanced (never one to this"
              + " process's own address)");
  public static final Key PORT =
      new Key("weft.port", "", "the port that callers get who name none; else the first bound");
  public static final Key ADVERTISE =
      new Key(
          "weft.advertise",
          "",
          "IP address that others reach this process at; one that its connection to the"
              + " coordinator does not come from has to be granted by its token"
              + " (`weft token create --addresses`)");
  public static final Key READY_PATH =
      new Key("weft.ready.path", "", "ready once this path answers 2xx on loopback");
  public static final Key STARTUP_WAIT =
      new Key(
          "weft.startup.wait",
          "3s",
          "how long a call to a mesh-like name may wait for the first configuration while no"
              + " coordinator answers; while one does, it is 10s at least");
  public static final Key DRAIN_DELAY =
      new Key("weft.drain.delay", "2s", "how long draining waits for callers to take note");
  public static final Key DRAIN_TIMEOUT =
      new Key("weft.drain.timeout", "10s", "how long draining waits for requests in flight");
  public static final Key RETRY_BODY_LIMIT =
      new Key(
          "weft.retry.body.limit",
          "64KiB",
          "the proxy keeps bodies of a known length up to this to send them again, at most `16MiB`;"
              + " in a woven process the library's own bodies are used, of any size");
  public static final Key DEADLINE_INHERIT =
      new Key(
          "weft.deadline.inherit",
          "false",
          "whether calls that are made for a request end when its caller stops waiting"
              + " (`weft-timeout-ms`); not in the proxy, which knows of no cause");
  public static final Key METRICS_PORT =
      new Key(
          "weft.metrics.port",
          "9464",
          "serves `/metrics` for Prometheus; the next free one if it is taken; `off` for none");
  public static final Key METRICS_COMPAT =
      new Key(
          "weft.metrics.compat",
          "none",
          "`istio` adds `istio_requests_total` and `istio_request_duration_milliseconds` to"
              + " `/metrics`, for dashboards that exist");
  public static final Key ACCESS_LOG =
      new Key("weft.access.log", "", "a file for one line of JSON a request; none if unset");
  public static final Key ACCESS_LOG_SAMPLE =
      new Key(
          "weft.access.log.sample",
          "0.1",
          "share of requests in it, `0` to `1`; those that failed are always there");
  public static final Key ERRORS_VERBOSE =
      new Key("weft.errors.verbose", "false", "whether errors name endpoint addresses");
  public static final Key LOG_LEVEL =
      new Key("weft.log.level", "warn", "`debug`, `info`, `warn`, `error` or `off`");
  public static final Key LOG_FILE = new Key("weft.log.file", "", "log here and not to stderr");
  public static final Key CONFIG = new Key("weft.config", "", "a properties file of such keys");
  public static final Key ADMIN =
      new Key("weft.admin", "http://127.0.0.1:7470", "the admin API; for `bin/weft` only");
  public static final Key ADMIN_TOKEN =
      new Key("weft.admin.token", "", "its bearer token; for `bin/weft` only");

  /** All keys, in the order of the docs. */
  public static final List<Key> KEYS =
      List.of(
          ENABLED,
          SERVICE,
          NAMESPACE,
          VERSION,
          LABELS,
          ZONE,
          COORDINATOR,
          HOME,
          JOIN_TOKEN,
          JOIN_TOKEN_FILE,
          STATE_DIR,
          IDENTITY_STORE,
          MTLS_FLOOR,
          MTLS_LOOPBACK,
          MTLS_OWN_TLS,
          AUTHORIZATION_FLOOR,
          FORWARD_IDENTITY,
          EGRESS,
          ADOPT_ADDRESSES,
          PORT,
          ADVERTISE,
          READY_PATH,
          STARTUP_WAIT,
          DRAIN_DELAY,
          DRAIN_TIMEOUT,
          RETRY_BODY_LIMIT,
          DEADLINE_INHERIT,
          METRICS_PORT,
          METRICS_COMPAT,
          ACCESS_LOG,
          ACCESS_LOG_SAMPLE,
          ERRORS_VERBOSE,
          LOG_LEVEL,
          LOG_FILE,
          CONFIG,
          ADMIN,
          ADMIN_TOKEN);

  /** Modules are switched off one by one with {@code weft.module.<name>.enabled=false}. */
  private static final String MODULE_PREFIX = "weft.module.";

  /** Letters by which a variable differs that was mistyped. */
  private static final int MISTYPED = 2;

  private final Map<String, String> values;
  private final List<String> warnings;

  private Settings(Map<String, String> values, List<String> warnings) {
    this.values = values;
    this.warnings = warnings;
  }

  /** Reads all sources once. */
  public static Settings read(Properties properties, Map<String, String> environment) {
    List<String> warnings = new ArrayList<>();
    Properties file = file(properties, environment, warnings);
    Map<String, String> values = new LinkedHashMap<>();
    for (Key key : KEYS) {
      String value = properties.getProperty(key.name());
      if (value == null) {
        value = environment.get(key.variable());
      }
      if (value == null) {
        value = file.getProperty(key.name());
      }
      if (value != null && !value.isBlank()) {
        values.put(key.name(), value.trim());
      }
    }
    if (!values.containsKey(SERVICE.name())) {
      String fallback = fallbackName(properties, environment);
      if (fallback != null) {
        values.put(SERVICE.name(), fallback);
      }
    }
    for (String name : properties.stringPropertyNames()) {
      if (name.startsWith(MODULE_PREFIX)) {
        values.put(name, properties.getProperty(name));
      } else {
        warnIfUnknown(name, warnings);
      }
    }
    for (String name : file.stringPropertyNames()) {
      warnIfUnknown(name, warnings);
    }
    for (String name : environment.keySet()) {
      if (name.startsWith("WEFT_")) {
        warnIfMistyped(name, warnings);
      }
    }
    return new Settings(values, warnings);
  }

  /** What was wrong with the sources, and with the values read since this was last asked. */
  public synchronized List<String> takeWarnings() {
    List<String> taken = List.copyOf(warnings);
    warnings.clear();
    return taken;
  }

  public String text(Key key) {
    return values.getOrDefault(key.name(), key.absent());
  }

  /** Null if unset and without a default. */
  public @Nullable String optional(Key key) {
    String value = text(key);
    return value.isEmpty() ? null : value;
  }

  /** As {@link #constant}; null if it is set nowhere, or to what cannot be read. */
  public <T extends Enum<T>> @Nullable T own(Key key, Class<T> type) {
    String value = values.get(key.name());
    if (value == null) {
      return null;
    }
    T read = constant(key, type);
    return read.name().equalsIgnoreCase(value) ? read : null;
  }

  /**
   * These, and beneath them what holds where they say nothing.
   *
   * @param defaults by name, found to be right
   */
  Settings over(Map<String, String> defaults) {
    Map<String, String> all = new LinkedHashMap<>(defaults);
    all.putAll(values);
    return new Settings(all, new ArrayList<>());
  }

  public boolean bool(Key key) {
    String value = text(key);
    if (value.equalsIgnoreCase("true") || value.equalsIgnoreCase("false")) {
      return Boolean.parseBoolean(value);
    }
    warn(key, value, "true or false");
    return Boolean.parseBoolean(key.absent());
  }

  public Duration duration(Key key) {
    Duration value = SettingDuration.parse(text(key));
    if (value != null) {
      return value;
    }
    warn(key, text(key), "a duration such as 250ms, 3s, 10m, 24h");
    Duration absent = SettingDuration.parse(key.absent());
    return absent == null ? Duration.ZERO : absent;
  }

  public <T extends Enum<T>> T constant(Key key, Class<T> type) {
    String value = text(key).toUpperCase(Locale.ROOT);
    for (T constant : type.getEnumConstants()) {
      if (constant.name().equals(value)) {
        return constant;
      }
    }
    warn(key, text(key), "one of " + List.of(type.getEnumConstants()));
    return Enum.valueOf(type, key.absent().toUpperCase(Locale.ROOT));
  }

  /**
   * As {@link #constant}, but a floor that is set to what cannot be read is the closed one: nobody
   * is to be let in by a slip of the pen.
   */
  public <T extends Enum<T>> T floor(Key key, Class<T> type, T closed) {
    String value = text(key).toUpperCase(Locale.ROOT);
    for (T constant : type.getEnumConstants()) {
      if (constant.name().equals(value)) {
        return constant;
      }
    }
    warn(key, text(key), "one of " + List.of(type.getEnumConstants()) + "; taken for " + closed);
    return closed;
  }

  /** A port number; -1 if unset. */
  public int port(Key key) {
    String value = optional(key);
    if (value == null) {
      return -1;
    }
    try {
      int port = Integer.parseInt(value);
      if (port >= 1 && port <= 65535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    warn(key, value, "a port, 1 to 65535");
    return -1;
  }

  /**
   * A size in bytes, such as {@code 512}, {@code 64KiB}, {@code 1MiB}.
   *
   * @param most what may be asked for
   */
  public long size(Key key, long most) {
    String value = text(key);
    long size = parseSize(value);
    if (size >= 0 && size <= most) {
      return size;
    }
    warn(key, value, "a size such as 512, 64KiB, 1MiB, at most " + most + " bytes");
    return parseSize(key.absent());
  }

  /** -1 if it is none. */
  private static long parseSize(String text) {
    int unit = 1;
    String number = text;
    if (text.endsWith("KiB") || text.endsWith("MiB")) {
      unit = text.endsWith("KiB") ? 1024 : 1024 * 1024;
      number = text.substring(0, text.length() - 3);
    }
    return number.matches("[0-9]{1,9}") ? Long.parseLong(number) * unit : -1;
  }

  /** A share, 0 to 1. */
  public double share(Key key) {
    String value = text(key);
    try {
      double share = Double.parseDouble(value);
      if (share >= 0 && share <= 1) {
        return share;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    warn(key, value, "a number from 0 to 1");
    return Double.parseDouble(key.absent());
  }

  public @Nullable Path path(Key key) {
    String value = optional(key);
    try {
      return value == null ? null : Path.of(value);
    } catch (InvalidPathException e) {
      warn(key, text(key), "a path");
      return null;
    }
  }

  /** {@code weft.home}, or {@code ~/.weft}. */
  public Path home() {
    Path home = path(HOME);
    return home != null ? home : Path.of(System.getProperty("user.home", "."), ".weft");
  }

  /** A comma-separated list without empty elements. */
  public List<String> list(Key key) {
    List<String> all = new ArrayList<>();
    for (String element : text(key).split(",", -1)) {
      if (!element.isBlank()) {
        all.add(element.trim());
      }
    }
    return all;
  }

  /** {@code weft.labels} and {@code weft.version}. */
  public Map<String, String> labels() {
    Map<String, String> labels = new LinkedHashMap<>();
    for (String pair : list(LABELS)) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals).trim();
      if (equals <= 0 || name.equals("app")) {
        warn(LABELS, pair, "key=value, with a key other than app");
      } else {
        labels.put(name, pair.substring(equals + 1).trim());
      }
    }
    String version = optional(VERSION);
    if (version != null) {
      labels.put("version", version);
    }
    return labels;
  }

  /** Whether a module is switched on; all are unless said otherwise. */
  public boolean moduleEnabled(String module) {
    return !"false".equalsIgnoreCase(values.get(MODULE_PREFIX + module + ".enabled"));
  }

  private synchronized void warn(Key key, String value, String expected) {
    warnings.add(key.name() + ": " + value + " (expected: " + expected + ")");
  }

  private static void warnIfUnknown(String name, List<String> warnings) {
    if (!name.startsWith("weft.") || name.startsWith(MODULE_PREFIX)) {
      return;
    }
    String nearest = nearest(name, Key::name, Integer.MAX_VALUE);
    if (!name.equals(nearest)) {
      warnings.add(name + ": unknown setting (nearest: " + nearest + ")");
    }
  }

  /**
   * Of variables only what is nearly one of ours: others may be theirs of {@code bin/weft}, or of
   * Kubernetes, which gives each process those of a Service called {@code weft-coordinator}.
   */
  private static void warnIfMistyped(String name, List<String> warnings) {
    String nearest = nearest(name, Key::variable, MISTYPED + 1);
    if (nearest != null && !name.equals(nearest)) {
      warnings.add(name + ": unknown variable (nearest: " + nearest + ")");
    }
  }

  /**
   * The one of ours that differs least from a word.
   *
   * @param lessThan so many letters
   */
  private static @Nullable String nearest(
      String word, Function<Key, String> spelling, int lessThan) {
    String nearest = null;
    int best = lessThan;
    for (Key key : KEYS) {
      String its = spelling.apply(key);
      if (its.equals(word)) {
        return its;
      }
      if (Math.abs(its.length() - word.length()) < best) {
        int distance = distance(word, its);
        if (distance < best) {
          best = distance;
          nearest = its;
        }
      }
    }
    return nearest;
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }

  private static @Nullable String fallbackName(
      Properties properties, Map<String, String> environment) {
    String name = properties.getProperty("otel.service.name");
    if (name == null) {
      name = environment.get("OTEL_SERVICE_NAME");
    }
    if (name == null) {
      name = properties.getProperty("spring.application.name");
    }
    if (name == null) {
      name = environment.get("SPRING_APPLICATION_NAME");
    }
    if (name == null) {
      String option = "--spring.application.name=";
      for (String argument : properties.getProperty("sun.java.command", "").split(" ", -1)) {
        if (argument.startsWith(option)) {
          name = argument.substring(option.length());
        }
      }
    }
    return name == null || name.isBlank() ? null : name.trim();
  }

  private static Properties file(
      Properties properties, Map<String, String> environment, List<String> warnings) {
    Properties file = new Properties();
    String path = properties.getProperty(CONFIG.name(), environment.get(CONFIG.variable()));
    if (path != null && !path.isBlank()) {
      try (InputStream in = Files.newInputStream(Path.of(path.trim()))) {
        file.load(in);
      } catch (IOException | IllegalArgumentException e) {
        warnings.add(CONFIG.name() + ": " + path + " cannot be read: " + e);
      }
    }
    return file;
  }
}
