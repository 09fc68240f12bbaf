package dev.weft.coordinator.registry;

import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Port;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All instances of the mesh: those whose agents are connected here, and those that the other
 * coordinators share. A state machine under one lock: no I/O, no thread, no clock of its own;
 * {@link #tick} makes time pass. Readers get immutable snapshots. Safe for use by any thread.
 *
 * <p>An instance may be told of by several coordinators at once: one it left, one it came to, one
 * that died. One voice counts: a live stream before a lost one before a dead coordinator's, and of
 * two live ones the later.
 */
public final class Registry {
  /** How long an instance is kept whose stream was lost. */
  static final Duration SUSPECT_KEPT = Duration.ofSeconds(10);

  /** An instance leaves this long after its last frame at the latest. */
  static final Duration LEASE = Duration.ofSeconds(15);

  /** How long a dead coordinator's instances may take to return. */
  static final Duration ORPHAN_KEPT = Duration.ofSeconds(60);

  /** As long as some of them return they are kept, for so long at most. */
  static final Duration ORPHAN_AWAITED = Duration.ofMinutes(10);

  /** Kept for this long even if too many are orphaned; then nobody believes in them any more. */
  static final Duration ORPHAN_HELD = Duration.ofHours(24);

  /**
   * Instances of one service that are connected here, or were just now: no service has as many, and
   * no member fills our memory.
   */
  static final int MAX_INSTANCES = 5_000;

  /**
   * Lost instances of one service at one address. Each is the process before the next; whoever
   * makes more of them has us look through all of them at each change.
   */
  static final int MAX_LOST_AT_ONE_ADDRESS = 16;

  /** Live ones: several may be behind one balancer's address, but all are looked through. */
  static final int MAX_LIVE_AT_ONE_ADDRESS = 100;

  /** One of those that claim an address. */
  private record Holder(Instance instance, Claim claim, int strength) {}

  /** Who has it comes first; on every coordinator the same one. */
  private static final Comparator<Holder> HOLDERS =
      Comparator.comparing((Holder holder) -> !holder.claim.own())
          .thenComparing(holder -> -holder.strength)
          .thenComparing(holder -> holder.claim.sinceMillis())
          .thenComparing(holder -> InstanceKey.of(holder.instance).serviceKey())
          .thenComparing(holder -> holder.instance.id());

  private final String coordinator;
  private final Clock clock;
  private final LongSupplier nanos;
  private final Object lock = new Object();

  private final Map<InstanceKey, Own> own = new HashMap<>();
  private final Map<String, Integer> ownByService = new HashMap<>();
  private final Map<InstanceKey, Own> lost = new LinkedHashMap<>();
  private final OwnSlices slices = new OwnSlices();
  private final OtherCoordinators others;

  private final Map<InstanceKey, Voice> voices = new HashMap<>();
  private final Claims claims;
  private final Map<InstanceKey, Instance> effective = new HashMap<>();
  private final ServiceViews services = new ServiceViews();
  private TlsPolicy policy = TlsPolicy.PERMISSIVE;

  // What listeners have to hear once the lock is free.
  private Set<String> changed = new LinkedHashSet<>();
  private Set<String> appeared = new LinkedHashSet<>();
  private volatile List<RegistryListener> listeners = List.of();

  /**
   * @param coordinator id of this one
   * @param clock for moments that are shown or shared
   * @param nanos for durations
   */
  public Registry(String coordinator, Clock clock, LongSupplier nanos) {
    this.coordinator = coordinator;
    this.clock = clock;
    this.nanos = nanos;
    this.claims = new Claims(nanos);
    this.others = new OtherCoordinators(coordinator, nanos, this::update);
  }

  /** Adds a listener for the life of the registry. */
  public synchronized void addListener(RegistryListener listener) {
    List<RegistryListener> more = new ArrayList<>(listeners);
    more.add(listener);
    listeners = List.copyOf(more);
  }

  // ---- agents of this coordinator

  /**
   * An agent's stream begins; an earlier one of the same instance counts no more.
   *
   * @param namespace from its certificate
   * @param service from its certificate
   * @param origin of the stream: where the instance may be
   * @throws IllegalArgumentException naming the field that is wrong
   */
  public Lease connect(
      String namespace,
      String service,
      String id,
      Map<String, String> labels,
      String zone,
      Origin origin) {
    InstanceRules.checkId(id);
    InstanceRules.checkZone(zone);
    Map<String, String> checked = InstanceRules.checkedLabels(labels);
    InstanceKey key = new InstanceKey(namespace, service, id);
    Lease lease = new Lease(this, key, origin, nanos.getAsLong());
    synchronized (lock) {
      Own one = own.get(key);
      if (one == null) {
        one = added(key);
      }
      one.lease = lease;
      one.labels = checked;
      one.zone = zone;
      one.connectedMillis = Math.max(clock.millis(), one.connectedMillis + 1);
      lost.remove(key);
      if (one.registered()) {
        touch(one);
      }
    }
    announce();
    return lease;
  }

  private Own added(InstanceKey key) {
    String service = key.serviceKey();
    if (ownByService.getOrDefault(service, 0) >= MAX_INSTANCES) {
      Own longestLost =
          lost.values().stream()
              .filter(other -> other.key.serviceKey().equals(service))
              .findFirst()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "instance: "
                              + MAX_INSTANCES
                              + " of "
                              + service
                              + " are connected here (expected: fewer; use more coordinators)"));
      drop(longestLost);
    }
    ownByService.merge(service, 1, Integer::sum);
    Own one = new Own(key);
    own.put(key, one);
    return one;
  }

  void register(Lease lease, List<Port> ports, InstanceState state) {
    synchronized (lock) {
      Own one = holder(lease);
      if (one == null) {
        return;
      }
      List<Port> canonical = ports.stream().map(Registry::canonical).toList();
      if (one.registered() && one.state == state && one.ports.equals(canonical)) {
        return; // said once more
      }
      canonical.forEach(port -> checkRoom(one.key, port));
      if (one.sinceMillis == 0) {
        // A returning instance is not a new one: it keeps the moment from which it was ready.
        one.sinceMillis = others.readySince(one.key);
      }
      if (one.sinceMillis == 0 && state == InstanceState.READY) {
        one.sinceMillis = clock.millis();
      }
      one.ports = canonical;
      one.claims = canonical.stream().map(port -> claim(lease, port)).toList();
      one.state = state;
      touch(one);
    }
    announce();
  }

  /** Refuses one more where a service has very many already. */
  private void checkRoom(InstanceKey key, Port port) {
    String address = InstanceRules.key(port.address(), port.number());
    int live = 0;
    for (InstanceKey other : claims.of(address)) {
      Voice its = voices.get(other);
      if (!other.equals(key)
          && other.serviceKey().equals(key.serviceKey())
          && its != null
          && its.strength() == Voice.LIVE
          && ++live == MAX_LIVE_AT_ONE_ADDRESS) {
        throw new IllegalArgumentException(
            "ports: "
                + live
                + " instances of "
                + key.serviceKey()
                + " are at "
                + address
                + " already (expected: fewer)");
      }
    }
  }

  private Claim claim(Lease lease, Port port) {
    InetAddress address = InstanceRules.address(port.address());
    return new Claim(
        address != null && lease.origin.isSource(address),
        claims.since(
            InstanceRules.key(port.address(), port.number()),
            lease.key.serviceKey(),
            clock.millis()));
  }

  void bye(Lease lease) {
    synchronized (lock) {
      Own one = holder(lease);
      if (one != null) {
        drop(one);
      }
    }
    announce();
  }

  void lost(Lease lease) {
    synchronized (lock) {
      Own one = holder(lease);
      if (one == null) {
        return;
      }
      one.lease = null;
      if (!one.registered()) {
        drop(one);
      } else {
        long now = nanos.getAsLong();
        long sinceFrame = now - lease.lastFrameNanos();
        one.removeAtNanos =
            now + Math.max(0, Math.min(SUSPECT_KEPT.toNanos(), LEASE.toNanos() - sinceFrame));
        lost.put(one.key, one);
        touch(one);
        dropThoseLongestLostWhere(one);
      }
    }
    announce();
  }

  private void dropThoseLongestLostWhere(Own one) {
    for (Port port : one.ports) {
      List<Own> there = new ArrayList<>();
      for (InstanceKey key : claims.of(InstanceRules.key(port.address(), port.number()))) {
        Own other = lost.get(key);
        if (other != null && key.serviceKey().equals(one.key.serviceKey())) {
          there.add(other);
        }
      }
      if (there.size() > MAX_LOST_AT_ONE_ADDRESS) {
        drop(there.get(0));
      }
    }
  }

  private @Nullable Own holder(Lease lease) {
    Own one = own.get(lease.key);
    return one != null && one.lease == lease ? one : null;
  }

  private void touch(Own one) {
    if (one.slice < 0) {
      one.slice = slices.add(one.key);
    }
    slices.changed(one.slice);
    update(one.key, true);
  }

  private void drop(Own one) {
    own.remove(one.key);
    ownByService.computeIfPresent(
        one.key.serviceKey(), (service, count) -> count == 1 ? null : count - 1);
    lost.remove(one.key);
    if (one.slice >= 0) {
      slices.remove(one.slice, one.key);
      slices.changed(one.slice);
    }
    update(one.key, true);
  }

  // ---- sharing

  /** Slices that changed since the last call, each whole; an empty one is to be deleted. */
  Map<Integer, List<Declared>> takeChangedSlices() {
    synchronized (lock) {
      Map<Integer, List<Declared>> taken = new LinkedHashMap<>();
      slices
          .takeChanged()
          .forEach(
              (k, keys) -> {
                List<Declared> all = new ArrayList<>();
                for (InstanceKey key : keys) {
                  Own one = own.get(key);
                  if (one != null) {
                    all.add(one.declared());
                  }
                }
                taken.put(k, all);
              });
      return taken;
    }
  }

  /** A slice that was taken could not be written. */
  void giveBackSlice(int k) {
    synchronized (lock) {
      slices.changed(k);
    }
  }

  /** Everything has to be written again: it may have been removed while this one was away. */
  void giveBackAllSlices() {
    synchronized (lock) {
      slices.allChanged();
    }
  }

  /** What another coordinator says in one of its slices from now on; empty: the slice is gone. */
  void slice(String from, int k, List<Declared> instances) {
    if (from.equals(coordinator)) {
      return; // memory knows better
    }
    synchronized (lock) {
      others.slice(from, k, instances);
    }
    announce();
  }

  /** Which coordinators are alive, by what ZooKeeper says. */
  void coordinators(Set<String> alive) {
    synchronized (lock) {
      others.alive(alive);
    }
    announce();
  }

  /** Whether other coordinators are alive. */
  public boolean hasPeers() {
    synchronized (lock) {
      return others.anyAlive();
    }
  }

  /**
   * Dead coordinators whose slices may be deleted by the leader: all their instances returned, or
   * none has for a minute and not too many are missing.
   */
  Set<String> abandoned() {
    synchronized (lock) {
      return others.abandoned(
          (key, from) -> {
            Voice voice = voices.get(key);
            return voice != null && voice.from().equals(from) && effective.containsKey(key);
          },
          effective.size());
    }
  }

  /**
   * Whether more than 30 % of all are orphans that did not return, and are kept for that reason.
   */
  public boolean orphansHeld() {
    synchronized (lock) {
      return others.orphansHeld();
    }
  }

  // ---- time and policy

  /** Lets time pass; to be called every half second or so. */
  public void tick() {
    synchronized (lock) {
      long now = nanos.getAsLong();
      for (Own one : List.copyOf(lost.values())) {
        if (now - one.removeAtNanos >= 0 || others.isConnected(one.key)) {
          drop(one);
        }
      }
    }
    announce();
  }

  /** Applies another policy to all ports. */
  public void setPolicy(TlsPolicy next) {
    synchronized (lock) {
      policy = next;
      for (InstanceKey key : List.copyOf(voices.keySet())) {
        refresh(key, true);
      }
    }
    announce();
  }

  // ---- reading

  /** All instances, starting ones and orphans included, with the TLS modes in force. */
  public List<Instance> instances() {
    synchronized (lock) {
      return List.copyOf(effective.values());
    }
  }

  /** The instances of a service, {@code namespace/service}. */
  public ServiceView view(String name) {
    synchronized (lock) {
      return services.view(name);
    }
  }

  /** An earlier view of a service, if it is among the last few. */
  public @Nullable ServiceView view(String name, long itsRevision) {
    synchronized (lock) {
      return services.view(name, itsRevision);
    }
  }

  /** Whether any instance of this service, {@code namespace/service}, is known. */
  public boolean isKnown(String name) {
    synchronized (lock) {
      return services.isKnown(name);
    }
  }

  /**
   * The instance that has this address and port; null if there is none. Of several that claim it,
   * one whose stream comes from there; then one that is alive; then the one that claimed it first,
   * so that nobody takes an address over by claiming it as well.
   */
  public @Nullable Instance at(String address, int port) {
    String asked = addressKey(address, port);
    if (asked == null) {
      return null;
    }
    synchronized (lock) {
      Holder best = null;
      for (InstanceKey key : claims.of(asked)) {
        Instance instance = effective.get(key);
        Voice voice = voices.get(key);
        Claim claim = claims.get(asked, key);
        if (instance != null && voice != null && claim != null) {
          Holder holder = new Holder(instance, claim, voice.strength());
          if (best == null || HOLDERS.compare(holder, best) < 0) {
            best = holder;
          }
        }
      }
      return best == null ? null : best.instance;
    }
  }

  /** One form for each address and port, {@code address:port}; null if it is no IP literal. */
  public static @Nullable String addressKey(String address, int port) {
    String canonical = InstanceRules.canonicalAddress(address);
    return canonical == null ? null : InstanceRules.key(canonical, port);
  }

  long nanos() {
    return nanos.getAsLong();
  }

  // ---- which voice counts, and what follows from it

  private @Nullable Voice voiceFor(InstanceKey key) {
    Voice best = null;
    Own mine = own.get(key);
    if (mine != null && mine.registered()) {
      best = new Voice(coordinator, mine.declared(), mine.lease == null ? Voice.LOST : Voice.LIVE);
    }
    for (Map.Entry<String, Declared> one : others.of(key).entrySet()) {
      Declared declared = one.getValue();
      Voice voice;
      if (!others.isAlive(one.getKey())) {
        boolean ready = declared.instance().state() == InstanceState.READY;
        voice =
            new Voice(
                one.getKey(),
                ready ? declared.withState(InstanceState.ORPHAN) : declared,
                Voice.OF_THE_DEAD);
      } else {
        boolean suspect = declared.instance().state() == InstanceState.SUSPECT;
        voice = new Voice(one.getKey(), declared, suspect ? Voice.LOST : Voice.LIVE);
      }
      if (voice.beats(best)) {
        best = voice;
      }
    }
    return best;
  }

  private void update(InstanceKey key, boolean explained) {
    Voice before = voices.get(key);
    Voice now = voiceFor(key);
    if (now == null) {
      voices.remove(key);
    } else {
      if (now.strength() > Voice.OF_THE_DEAD) {
        others.silenceTheDead(key, now.declared().connectedMillis());
      }
      voices.put(key, now);
    }
    Map<String, Claim> gone = before == null ? Map.of() : before.claims();
    Map<String, Claim> there = now == null ? Map.of() : now.claims();
    gone.keySet().stream()
        .filter(address -> !there.containsKey(address))
        .forEach(address -> claims.remove(address, key));
    there.forEach((address, claim) -> claims.put(address, key, claim));
    refresh(key, explained);
    Set<String> addresses = new LinkedHashSet<>(gone.keySet());
    addresses.addAll(there.keySet());
    for (String address : addresses) {
      for (InstanceKey other : List.copyOf(claims.of(address))) {
        Voice its = voices.get(other);
        boolean replaceable = its != null && its.strength() < Voice.LIVE;
        if (replaceable && !other.equals(key) && other.serviceKey().equals(key.serviceKey())) {
          refresh(other, true);
        }
      }
    }
  }

  private void refresh(InstanceKey key, boolean explained) {
    Voice voice = voices.get(key);
    Instance now =
        voice == null || isReplaced(key, voice)
            ? null
            : policy.applied(voice.declared().instance());
    Instance before = now == null ? effective.remove(key) : effective.put(key, now);
    if (now == null ? before == null : now.equals(before)) {
      return;
    }
    String name = key.serviceKey();
    if (now == null) {
      services.remove(key, explained);
    } else {
      if (services.put(key, now)) {
        appeared.add(name);
      }
      if (before == null || !before.ports().equals(now.ports())) {
        for (Port port : now.ports()) {
          appeared.add(InstanceRules.key(port.address(), port.number()));
        }
      }
    }
    changed.add(name);
  }

  /**
   * Whether another live instance of the service has this one's address and port: then this is the
   * process before it, which nobody has to wait for.
   */
  private boolean isReplaced(InstanceKey key, Voice voice) {
    if (voice.strength() == Voice.LIVE) {
      return false;
    }
    for (String address : voice.claims().keySet()) {
      for (InstanceKey other : claims.of(address)) {
        Voice its = voices.get(other);
        if (!other.equals(key)
            && other.serviceKey().equals(key.serviceKey())
            && its != null
            && its.strength() == Voice.LIVE) {
          return true;
        }
      }
    }
    return false;
  }

  private static Port canonical(Port port) {
    String address = InstanceRules.canonicalAddress(port.address());
    return address == null || address.equals(port.address())
        ? port
        : new Port(address, port.number(), port.library(), port.primary(), port.tls());
  }

  private void announce() {
    Set<String> changedNow;
    Set<String> appearedNow;
    synchronized (lock) {
      if (changed.isEmpty() && appeared.isEmpty()) {
        return;
      }
      changedNow = changed;
      appearedNow = appeared;
      changed = new LinkedHashSet<>();
      appeared = new LinkedHashSet<>();
    }
    for (RegistryListener listener : listeners) {
      changedNow.forEach(listener::changed);
      appearedNow.forEach(listener::appeared);
    }
  }
}
