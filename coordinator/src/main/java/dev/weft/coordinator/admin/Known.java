package dev.weft.coordinator.admin;

import dev.weft.ca.Lineage;
import dev.weft.coordinator.AgentInfo;
import dev.weft.coordinator.AuditView;
import dev.weft.coordinator.RegistryView;
import dev.weft.coordinator.TokenAdmin;
import dev.weft.coordinator.Unavailable;
import dev.weft.coordinator.config.ConfigStore;
import dev.weft.policy.Nearest;
import dev.weft.policy.ServiceName;
import dev.weft.policy.ServiceSpec;
import dev.weft.wire.Instance;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Of which services, and of which certificates, there is any sign: so that a name that was mistyped
 * is told from one that is merely not connected now.
 */
final class Known {
  private static final Pattern IDENTITY = Pattern.compile("spiffe://[^/]+/ns/([^/]+)/sa/([^/]+)");

  private final ConfigStore config;
  private final RegistryView registry;
  private final TokenAdmin tokens;
  private final AuditView audit;

  Known(ConfigStore config, RegistryView registry, TokenAdmin tokens, AuditView audit) {
    this.config = config;
    this.registry = registry;
    this.tokens = tokens;
    this.audit = audit;
  }

  /**
   * As {@code namespace/name}: those that have registered, are connected, have a token or got a
   * certificate of this coordinator, and those that a Service defines.
   */
  Set<String> services() {
    Set<String> names = new TreeSet<>();
    for (Instance instance : registry.instances()) {
      names.add(instance.namespace() + "/" + instance.service());
    }
    for (AgentInfo agent : registry.agents()) {
      names.add(agent.namespace() + "/" + agent.service());
    }
    config
        .current()
        .resources()
        .forEach(
            resource -> {
              if (resource.spec() instanceof ServiceSpec service) {
                names.add(service.name().toString());
                names.add(service.members().toString());
              }
            });
    try {
      tokens.list().forEach(token -> names.add(token.namespace() + "/" + token.service()));
    } catch (Unavailable e) {
      // The others tell most of it.
    }
    for (AuditView.Entry issued : audit.issued()) {
      Matcher identity = IDENTITY.matcher(issued.subject());
      if (identity.matches()) {
        names.add(identity.group(1) + "/" + identity.group(2));
      }
    }
    // Half-named are the developer's token and callers without an identity.
    names.removeIf(name -> ServiceName.parse(name) == null);
    return names;
  }

  /** For an error: what else may have been meant; empty if nothing comes near. */
  static String didYouMean(String name, Set<String> known) {
    String nearest = Nearest.of(name, known);
    return nearest == null ? "" : "; did you mean " + nearest + "?";
  }

  /**
   * The certificates that are meant by a serial number, or by the beginning of one: those that
   * connected agents have, and that this coordinator has issued. Of one lineage one: all of it is
   * revoked together.
   *
   * @param serial in lower-case hexadecimal
   */
  List<String> serials(String serial) {
    Set<String> all = new TreeSet<>();
    registry.agents().forEach(agent -> all.add(agent.certificateSerial()));
    audit.issued().forEach(entry -> all.add(entry.details().getOrDefault("serial", "")));
    List<String> meant = new ArrayList<>();
    List<Long> lineages = new ArrayList<>();
    for (String one : all) {
      Long lineage = lineage(one);
      if (lineage != null
          && (one.startsWith(serial) || lineage.equals(lineage(serial)))
          && !lineages.contains(lineage)) {
        lineages.add(lineage);
        meant.add(one);
      }
    }
    return meant;
  }

  private static @Nullable Long lineage(String serial) {
    return serial.matches("[0-9a-f]+")
        ? Lineage.of(new BigInteger(serial, 16), Instant.EPOCH).id()
        : null;
  }

  /** As people paste it: with colons, in capitals, cut off with an ellipsis. */
  static String plainId(String id) {
    return id.strip().replace(":", "").replaceFirst("(…|\\.\\.\\.)$", "").toLowerCase(Locale.ROOT);
  }

  static boolean isCut(String id) {
    return id.strip().endsWith("…") || id.strip().endsWith("...");
  }
}
