package dev.weft.coordinator.mesh;

import dev.weft.ca.CaStatus;
import dev.weft.ca.Revocations;
import dev.weft.coordinator.AgentInfo;
import dev.weft.coordinator.ca.Enrolment;
import dev.weft.coordinator.registry.Registry;
import dev.weft.coordinator.registry.RegistryListener;
import dev.weft.coordinator.telemetry.Topology;
import dev.weft.wire.Message;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.EventExecutor;
import java.io.ByteArrayInputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Where the streams meet what they are about: who subscribed to what, who waits for which name,
 * which policy is in force. Safe for use by any thread.
 */
public final class Hub implements RegistryListener {
  /** Agents that are named when a rotation waits for them. */
  private static final int MAX_NAMED = 5;

  /** Bytes of policy on their way: enough for agents that are far, or take their time. */
  private static final long PUSHED_AT_A_TIME = 16 << 20;

  private final String epoch;
  private final Registry registry;
  private final Enrolment enrolment;
  private final Revocations revocations;
  private final Executor joins;
  private final Executor renewals;
  private final Supplier<List<String>> peers;
  private final MeshLimits limits;
  private final Clock clock;
  private final LongSupplier nanos;
  private final RandomGenerator random;
  private final EndpointFrames endpointFrames = new EndpointFrames();
  private final PolicyFrames policyFrames = new PolicyFrames();
  private final Topology topology;

  private final Identities identities;
  private final PushPace pushPace;
  private final Drains drains;

  private final Set<AgentStream> streams = ConcurrentHashMap.newKeySet();

  /** The one stream of each instance. */
  private final Map<String, AgentStream> byInstance = new ConcurrentHashMap<>();

  private final Map<String, Set<AgentEndpoints>> subscribers = new ConcurrentHashMap<>();
  private final Map<String, Set<AgentNames>> asking = new ConcurrentHashMap<>();
  private volatile @Nullable PolicyView policy;
  private volatile Roots roots;
  private volatile boolean stopping;

  /**
   * @param epoch of revisions; another one each time a coordinator starts
   * @param joins for what blocks and strangers ask for; may refuse work when it has too much
   * @param renewals the same, for agents; so that no number of strangers makes them wait
   * @param peers mesh addresses of all coordinators
   * @param nanos for durations
   */
  public Hub(
      String epoch,
      Registry registry,
      Enrolment enrolment,
      Revocations revocations,
      Executor joins,
      Executor renewals,
      Supplier<List<String>> peers,
      MeshLimits limits,
      Clock clock,
      LongSupplier nanos,
      RandomGenerator random) {
    this.epoch = epoch;
    this.registry = registry;
    this.enrolment = enrolment;
    this.revocations = revocations;
    this.joins = joins;
    this.renewals = renewals;
    this.peers = peers;
    this.limits = limits;
    this.clock = clock;
    this.nanos = nanos;
    this.random = random;
    long heap = Runtime.getRuntime().maxMemory();
    this.topology = new Topology(nanos, heap);
    this.identities = new Identities(StreamLimits.of(heap), nanos);
    this.pushPace = new PushPace(Math.min(PUSHED_AT_A_TIME, identities.limits().unread() / 2));
    this.drains =
        new Drains(
            registry, limits, service -> List.copyOf(subscribers.getOrDefault(service, Set.of())));
    this.roots = Roots.of(enrolment.authority());
    registry.addListener(this);
  }

  /** The agents that are connected here. */
  public List<AgentInfo> agents() {
    long now = nanos.getAsLong();
    return streams.stream().map(stream -> stream.info(now)).toList();
  }

  /** What they have reported. */
  public Topology topology() {
    return topology;
  }

  /** Ends streams that are silent, stuck or too old; to be called every half second or so. */
  public void sweep() {
    long nowNanos = nanos.getAsLong();
    long nowMillis = clock.millis();
    pushPace.sweep();
    Unread unread = new Unread();
    for (AgentStream stream : streams) {
      stream.check(nowNanos, nowMillis);
      unread.add(stream.service(), stream.unread());
    }
    Set<String> beyond = unread.beyond(identities.limits().unread());
    if (!beyond.isEmpty()) {
      streams.forEach(stream -> stream.endIfUnread(beyond));
    }
  }

  /** Tells every agent which roots to trust from now on, and to renew if the root rotates. */
  public void setRoots(CaStatus authority) {
    roots = Roots.of(authority);
    streams.forEach(stream -> stream.certificate().rootsChanged());
  }

  /**
   * How far the agents are that are connected here.
   *
   * @param trusting those that trust exactly the bundle
   * @param renewed those whose certificates are of the root that signs
   * @param notTrusting some of the others, as {@code namespace/service at address}
   * @param notRenewed some of the others
   */
  public record Progress(
      int agents, int trusting, int renewed, List<String> notTrusting, List<String> notRenewed) {}

  /** How far a rotation of the root is with the agents that are connected here. */
  public Progress progress() {
    Roots now = roots;
    int agents = 0;
    int trusting = 0;
    int renewed = 0;
    List<String> notTrusting = new ArrayList<>();
    List<String> notRenewed = new ArrayList<>();
    for (AgentStream stream : streams) {
      agents++;
      if (stream.certificate().trusts(now)) {
        trusting++;
      } else if (notTrusting.size() < MAX_NAMED) {
        notTrusting.add(stream.name());
      }
      if (stream.certificate().isOf(now)) {
        renewed++;
      } else if (notRenewed.size() < MAX_NAMED) {
        notRenewed.add(stream.name());
      }
    }
    return new Progress(agents, trusting, renewed, notTrusting, notRenewed);
  }

  /**
   * Tells every agent what to trust from now on: roots, and what of theirs was revoked. Before
   * anybody hears of it, the streams of those who are meant are ended.
   */
  public void bundleChanged() {
    streams.forEach(AgentStream::endIfRevoked);
    streams.forEach(stream -> stream.certificate().bundleChanged());
  }

  /** From now on streams end without their instances being lost: others keep them. */
  void stop() {
    stopping = true;
    streams.forEach(stream -> stream.goAway(0));
  }

  @Override
  public void changed(String service) {
    subscribers.getOrDefault(service, Set.of()).forEach(endpoints -> endpoints.changed(service));
  }

  @Override
  public void appeared(String serviceOrAddress) {
    asking
        .getOrDefault(serviceOrAddress, Set.of())
        .forEach(names -> names.appeared(serviceOrAddress));
  }

  /** Puts another revision of policy in force. */
  void setPolicy(PolicyView next) {
    policy = next;
    policyFrames.forget();
    streams.forEach(AgentStream::policyChanged);
    // A Service that policy defines is a name as well.
    asking.forEach(
        (key, waiting) -> {
          if (isService(key)) {
            waiting.forEach(names -> names.appeared(key));
          }
        });
  }

  // ---- for streams

  void added(AgentStream stream) {
    streams.add(stream);
    AgentStream before = byInstance.put(stream.key(), stream);
    if (before != null) {
      before.replaced();
    }
  }

  /** Returns whether it was the stream of its instance until now. */
  boolean removed(AgentStream stream) {
    streams.remove(stream);
    return byInstance.remove(stream.key(), stream);
  }

  Identities identities() {
    return identities;
  }

  void subscribed(String service, AgentEndpoints subscriber) {
    add(subscribers, service, subscriber);
  }

  void unsubscribed(String service, AgentEndpoints subscriber) {
    remove(subscribers, service, subscriber);
  }

  void asked(String key, AgentNames asker) {
    add(asking, key, asker);
  }

  void answered(String key, AgentNames asker) {
    remove(asking, key, asker);
  }

  /** Whether an app or a Service of policy has this name, {@code namespace/name}. */
  boolean isService(String key) {
    if (registry.isKnown(key)) {
      return true;
    }
    PolicyView now = policy;
    int slash = key.indexOf('/');
    return now != null
        && slash > 0
        && now.hasService(key.substring(0, slash), key.substring(slash + 1));
  }

  /** See {@link Drains#add}. */
  void drain(String service, EventExecutor timer, Runnable answer) {
    drains.add(service, timer, answer);
  }

  /** Answers a join elsewhere, for that blocks, and hands the answer back to the event loop. */
  void joining(Supplier<Message> work, EventExecutor loop, Consumer<Message> answer) {
    inBackground(joins, work, loop, answer);
  }

  /** The same for a renewal. */
  void renewing(Supplier<Message> work, EventExecutor loop, Consumer<Message> answer) {
    inBackground(renewals, work, loop, answer);
  }

  private static void inBackground(
      Executor lane, Supplier<Message> work, EventExecutor loop, Consumer<Message> answer) {
    try {
      lane.execute(
          () -> {
            Message message;
            try {
              message = work.get();
            } catch (RuntimeException e) {
              message = new Message.Refused("unavailable", "the coordinator failed: " + e);
            }
            Message done = message;
            loop.execute(() -> answer.accept(done));
          });
    } catch (RejectedExecutionException e) {
      answer.accept(
          new Message.Refused(
              "unavailable", "too many ask for certificates at once: try again in a moment"));
    }
  }

  long streamLifeNanos() {
    return (long) (limits.life().toNanos() * (0.8 + 0.4 * random.nextDouble()));
  }

  String epoch() {
    return epoch;
  }

  Registry registry() {
    return registry;
  }

  Enrolment enrolment() {
    return enrolment;
  }

  Revocations revocations() {
    return revocations;
  }

  EndpointFrames endpointFrames() {
    return endpointFrames;
  }

  PushPace pushPace() {
    return pushPace;
  }

  PolicyFrames policyFrames() {
    return policyFrames;
  }

  MeshLimits limits() {
    return limits;
  }

  List<String> peers() {
    return peers.get();
  }

  Clock clock() {
    return clock;
  }

  long nanos() {
    return nanos.getAsLong();
  }

  boolean isStopping() {
    return stopping;
  }

  Roots roots() {
    return roots;
  }

  RandomGenerator random() {
    return random;
  }

  @Nullable PolicyView policy() {
    return policy;
  }

  // ---- small things that frames and addresses need

  static ByteBuf frame(ByteBufAllocator allocator, byte[] payload) {
    return allocator.buffer(4 + payload.length).writeInt(payload.length).writeBytes(payload);
  }

  static String text(@Nullable SocketAddress address) {
    return address instanceof InetSocketAddress inet
        ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
        : String.valueOf(address);
  }

  /** The chain that was just issued, the leaf first. */
  static X509Certificate[] chain(Message.Joined joined) {
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      X509Certificate[] chain = new X509Certificate[joined.chain().size()];
      for (int i = 0; i < chain.length; i++) {
        chain[i] =
            (X509Certificate)
                factory.generateCertificate(new ByteArrayInputStream(joined.chain().get(i)));
      }
      return chain;
    } catch (CertificateException e) {
      throw new IllegalStateException("a certificate that was just issued is readable", e);
    }
  }

  private static <T> void add(Map<String, Set<T>> map, String key, T one) {
    map.compute(
        key,
        (any, all) -> {
          Set<T> set = all == null ? ConcurrentHashMap.newKeySet() : all;
          set.add(one);
          return set;
        });
  }

  private static <T> void remove(Map<String, Set<T>> map, String key, T one) {
    map.computeIfPresent(
        key,
        (any, all) -> {
          all.remove(one);
          return all.isEmpty() ? null : all;
        });
  }
}
