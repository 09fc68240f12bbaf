package dev.weft.coordinator;

import dev.weft.ca.CaState.Phase;
import dev.weft.ca.CaStatus;
import dev.weft.ca.CertificateAuthority;
import dev.weft.ca.RotationRefused;
import dev.weft.ca.Tokens;
import dev.weft.coordinator.ca.HomeFiles;
import dev.weft.coordinator.ca.ServerIdentity;
import dev.weft.coordinator.mesh.Hub;
import dev.weft.coordinator.registry.Registry;
import dev.weft.coordinator.registry.Sharing;
import dev.weft.wire.InstanceState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the state of the certificate authority, so that what this coordinator shows, hands out
 * and asks of its agents is what ZooKeeper says; says how far its agents are; and takes the next
 * step of a rotation where it leads. {@link #tick} is for one thread, the rest for any.
 */
final class RootRotation implements CaAdmin {
  private static final Logger log = LoggerFactory.getLogger(RootRotation.class);
  private static final String ACTION = "ca.rotation";

  private final CertificateAuthority ca;
  private final Tokens tokens;
  private final ServerIdentity identity;
  private final Hub hub;
  private final Registry registry;
  private final Sharing sharing;
  private final HomeFiles home;
  private final boolean developersToken;
  private final AuditView audit;
  private final BooleanSupplier leader;
  private CaStatus applied;
  private boolean homeIsStale;
  private String lastWarning = "";

  /**
   * @param developersToken whether there is one in {@code home}, which names the root that signs
   * @param leader whether this coordinator is the one that decides
   */
  RootRotation(
      CertificateAuthority ca,
      Tokens tokens,
      ServerIdentity identity,
      Hub hub,
      Registry registry,
      Sharing sharing,
      HomeFiles home,
      boolean developersToken,
      AuditView audit,
      BooleanSupplier leader) {
    this.ca = ca;
    this.tokens = tokens;
    this.identity = identity;
    this.hub = hub;
    this.registry = registry;
    this.sharing = sharing;
    this.home = home;
    this.developersToken = developersToken;
    this.audit = audit;
    this.leader = leader;
    this.applied = ca.status();
  }

  /** To be called every second or so while ZooKeeper is there: one small read. */
  void tick() {
    ca.maintain();
    CaStatus now = ca.status();
    if (now.version() != applied.version()) {
      follow(now);
    }
    writeHome();
    if (now.phase() != Phase.STABLE) {
      sharing.announce(tree(now, hub.progress()));
    }
    if (leader.getAsBoolean()) {
      lead(now);
    }
  }

  private void follow(CaStatus now) {
    CaStatus before = applied;
    if (!now.root().equals(before.root())
        || !now.signer().equals(before.signer())
        || !now.former().equals(before.former())) {
      identity.renew();
    }
    hub.setRoots(now);
    if (!now.bundle().equals(before.bundle()) || !now.root().equals(before.root())) {
      homeIsStale = true;
    }
    if (now.phase() != before.phase()) {
      log.info("rotation of the CA's root: {} → {}", before.phase(), now.phase());
    }
    applied = now;
  }

  private void writeHome() {
    if (!homeIsStale) {
      return;
    }
    try {
      home.writeBundle();
      if (developersToken) {
        home.writeDevelopersToken();
      }
      homeIsStale = false;
    } catch (IOException | Unavailable e) {
      warn("cannot write what belongs to the new root into weft.home: " + e);
    }
  }

  private void lead(CaStatus now) {
    if (now.phase() == Phase.STABLE) {
      if (ca.isRotationDue()) {
        begin();
      }
    } else if (ca.advance(now.version(), everyoneIsReady(now))) {
      record("coordinator", now.phase(), ca.status());
    }
  }

  private void begin() {
    try {
      Phase before = ca.status().phase();
      ca.rotate(tokens.pins());
      record("coordinator", before, ca.status());
    } catch (RotationRefused e) {
      warn("the CA's root is near its end, and cannot be rotated: " + e.getMessage());
    }
  }

  private void warn(String text) {
    if (!text.equals(lastWarning)) {
      lastWarning = text;
      log.warn(text);
    }
  }

  private boolean everyoneIsReady(CaStatus now) {
    List<Progress> all = progress(now);
    for (Progress one : all) {
      if (!one.following() || one.ready() < one.agents()) {
        return false;
      }
    }
    // An instance that has lost its stream may have a certificate of the old root yet. Not while
    // roots are distributed: that would wait for orphans without an end, and needs not.
    return !all.isEmpty()
        && (now.phase() != Phase.RETIRING
            || registry.instances().stream()
                .noneMatch(
                    instance ->
                        instance.state() == InstanceState.SUSPECT
                            || instance.state() == InstanceState.ORPHAN));
  }

  /** Once an hour: former roots go when no token pins them any more. */
  void forget() {
    if (leader.getAsBoolean() && !ca.status().former().isEmpty() && ca.forget(tokens.pins())) {
      log.info("forgot a former root of the CA: no live token pins it");
    }
  }

  @Override
  public View view() {
    CaStatus now = ca.status();
    return new View(now, now.phase() == Phase.STABLE ? List.of() : progress(now));
  }

  @Override
  public void rotate() throws RotationRefused {
    Phase before = ca.status().phase();
    ca.rotate(tokens.pins());
    record("admin", before, ca.status());
  }

  private void record(String actor, Phase from, CaStatus now) {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("from", from.name());
    details.put("root", now.root().getSubjectX500Principal().getName());
    details.put("roots", Integer.toString(now.bundle().size()));
    audit.record(ACTION, actor, now.phase().name(), details);
  }

  // ---- what coordinators tell one another

  private static Map<String, Object> tree(CaStatus status, Hub.Progress progress) {
    Map<String, Object> tree = new LinkedHashMap<>();
    boolean distributing = status.phase() == Phase.DISTRIBUTING;
    tree.put("version", (long) status.version());
    tree.put("agents", (long) progress.agents());
    tree.put("ready", (long) (distributing ? progress.trusting() : progress.renewed()));
    tree.put("missing", distributing ? progress.notTrusting() : progress.notRenewed());
    return tree;
  }

  private List<Progress> progress(CaStatus status) {
    List<Progress> all = new ArrayList<>();
    new TreeMap<>(sharing.announced())
        .forEach(
            (id, tree) ->
                all.add(
                    new Progress(
                        id,
                        number(tree.get("version")) == status.version(),
                        number(tree.get("agents")),
                        number(tree.get("ready")),
                        tree.get("missing") instanceof List<?> missing
                            ? missing.stream().map(String::valueOf).toList()
                            : List.of())));
    return all;
  }

  private static int number(@Nullable Object value) {
    return value instanceof Long number ? number.intValue() : -1;
  }
}
