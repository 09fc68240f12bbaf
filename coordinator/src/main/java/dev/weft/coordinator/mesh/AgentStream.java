package dev.weft.coordinator.mesh;

import dev.weft.ca.SpiffeId;
import dev.weft.coordinator.AgentInfo;
import dev.weft.coordinator.ca.Refusal;
import dev.weft.coordinator.registry.Lease;
import dev.weft.coordinator.registry.ServiceView;
import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One agent's stream, from its {@code hello} on. Everything happens on the channel's event loop,
 * unless said otherwise; other threads only leave marks ("this service changed"), and the loop
 * sends what is newest when the agent can take it. So a slow agent costs one mark a service, and
 * nobody waits for it.
 */
final class AgentStream {
  private static final Logger log = LoggerFactory.getLogger(AgentStream.class);
  private static final int MAX_NACKS = 10;
  private static final int MAX_TEXT = 300;
  private static final int MAX_WOVEN = 200;
  private static final int MAX_ROOTS = 16;

  /** An agent renews every 16 hours; this is for the mishaps. */
  private static final int RENEWALS_A_STREAM = 100;

  private static final long SERVICE_TTL_MILLIS = 300_000;
  private static final long ADDRESS_TTL_MILLIS = 30_000;
  private static final long UNKNOWN_TTL_MILLIS = 30_000;

  /** Who waits for the agent to have taken a revision of a service. */
  private record Waiter(String service, long revision, Runnable taken) {}

  private record Asked(String host, int port) {}

  private final Hub hub;
  private final Channel channel;
  private final SpiffeId id;
  private final SvidTrust.Peer peer;
  private final String instance;
  private final String agentVersion;
  private final String remote;
  private final Lease lease;
  private final long connectedMillis;
  private final long endOfLifeNanos;

  /** Service → the view that the agent has; null inside: none yet. Keys are read by any thread. */
  private final Map<String, Sent> subscriptions = new ConcurrentHashMap<>();

  private record Sent(@Nullable ServiceView view) {}

  private final Map<String, Long> resumed;

  // Marks, left by any thread.
  private final Set<String> dirty = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean flushScheduled = new AtomicBoolean();

  private final PushPlan plan = new PushPlan();
  private Deque<PushPlan.Part> parts = new ArrayDeque<>();
  private final Set<String> namespaces = new HashSet<>();
  private boolean namespacesGrew;
  private @Nullable PolicyView planned;
  private Set<String> planning = Set.of();

  /** Namespaces whose policy has been written to the agent. */
  private final Set<String> served = new HashSet<>();

  /** What is answered once the policy of its namespace is served. */
  private final Deque<Asked> held = new ArrayDeque<>();

  private final Map<String, Set<Asked>> questions = new LinkedHashMap<>();
  private int questionCount;
  private final List<Waiter> waiters = new ArrayList<>();
  private int renewals;
  private boolean renewing;
  private @Nullable Roots told;
  private @Nullable X500Principal askedFor;
  private boolean closed;
  private boolean leaving;

  // Read by the hub's sweep and by the admin API.
  private volatile long lastReadNanos;
  private volatile long pushed;
  private volatile long acked;
  private volatile long unackedSinceNanos;
  private volatile boolean unacked;
  private volatile long unwritableSinceNanos;
  private volatile boolean unwritable;
  private volatile List<String> nacks = List.of();
  private volatile List<Message.Woven> woven;
  private volatile long certificateExpiryMillis;
  private volatile String certificateSerial;
  private volatile X500Principal root;
  private volatile Set<String> trusted = Set.of();

  AgentStream(Hub hub, Channel channel, SvidTrust.Peer peer, Message.Hello hello, Lease lease) {
    this.hub = hub;
    this.channel = channel;
    this.id = peer.id();
    this.peer = peer;
    this.certificateExpiryMillis = peer.expiryMillis();
    this.certificateSerial = peer.serial();
    this.root = peer.root();
    this.instance = hello.instance();
    this.agentVersion = shortened(hello.agent());
    this.remote = Hub.text(channel.remoteAddress());
    this.lease = lease;
    this.woven = bounded(hello.woven());
    this.connectedMillis = hub.clock().millis();
    this.lastReadNanos = hub.nanos();
    this.endOfLifeNanos = hub.nanos() + hub.streamLifeNanos();
    boolean sameEpoch = hello.epoch().equals(hub.epoch());
    this.resumed = sameEpoch ? new HashMap<>(hello.revisions()) : Map.of();
    namespaces.add(id.namespace());
    namespaces.add(SpiffeId.SYSTEM_NAMESPACE);
    namespaces.add(PolicyView.EVERYWHERE);
  }

  /** Greets, and sends what is there. */
  void start(Message.Hello hello) {
    write(
        new Message.Welcome(
            hub.epoch(),
            hub.peers(),
            hub.limits().heartbeat().toMillis(),
            id.namespace(),
            id.service()));
    // What has been revoked while it was away.
    write(hub.enrolment().bundle());
    push();
    // Revisions tell which services it goes on with, also where they are of another coordinator.
    subscribe(hello.revisions().keySet());
    askToRenew();
    channel.flush();
  }

  /** Takes a message. The channel is flushed by the caller. */
  void receive(Message message) {
    lastReadNanos = hub.nanos();
    lease.renew();
    if (message instanceof Message.Ping) {
      write(new Message.Pong());
    } else if (message instanceof Message.Register register) {
      register(register);
    } else if (message instanceof Message.Subscribe subscribe) {
      subscribe.remove().forEach(this::unsubscribe);
      subscribe(subscribe.add());
    } else if (message instanceof Message.Resync resync) {
      if (subscriptions.containsKey(resync.service())) {
        subscriptions.put(resync.service(), new Sent(null));
        changed(resync.service());
      }
    } else if (message instanceof Message.Resolve resolve) {
      resolve(resolve);
    } else if (message instanceof Message.Ack ack) {
      acknowledged(ack.n());
    } else if (message instanceof Message.Nack nack) {
      addNack(nack.resource() + ": " + nack.path() + ": " + nack.reason());
    } else if (message instanceof Message.Report report) {
      hub.topology().report(id.namespace() + "/" + id.service(), instance, report);
    } else if (message instanceof Message.WovenNow now) {
      woven = bounded(now.woven());
    } else if (message instanceof Message.Trusts trusts) {
      trusts(trusts);
    } else if (message instanceof Message.Renew renew) {
      renew(renew);
    } else if (message instanceof Message.Bye) {
      leaving = true;
      lease.bye();
      channel.close();
    } else if (!(message instanceof Message.Unknown)) {
      refuse("bad_request", message.type() + ": not a message that an agent sends here");
      channel.close();
    }
  }

  // ---- registering

  private void register(Message.Register register) {
    try {
      lease.register(register.ports(), register.state());
    } catch (IllegalArgumentException e) {
      refuse("bad_register", String.valueOf(e.getMessage()));
      return;
    }
    if (register.state() == InstanceState.DRAINING) {
      hub.drain(
          id.namespace() + "/" + id.service(),
          channel.eventLoop(),
          () -> channel.writeAndFlush(frame(new Message.Drained())));
    }
  }

  // ---- endpoints

  private void subscribe(Iterable<String> services) {
    for (String service : services) {
      if (subscriptions.containsKey(service)) {
        continue;
      }
      int slash = service.indexOf('/');
      if (slash < 0
          || !SpiffeId.isLabel(service.substring(0, slash))
          || !SpiffeId.isLabel(service.substring(slash + 1))) {
        refuse(
            "bad_request", "subscribe: " + shortened(service) + " (expected: namespace/service)");
        continue;
      }
      if (subscriptions.size() >= hub.limits().subscriptions()) {
        refuse(
            "too_many", "subscribe: " + service + ": " + hub.limits().subscriptions() + " already");
        continue;
      }
      Long revision = resumed.get(service);
      ServiceView known =
          revision == null
              ? null
              : revision == 0 ? ServiceView.empty(service) : hub.registry().view(service, revision);
      subscriptions.put(service, new Sent(known));
      hub.subscribed(service, this);
      concern(service.substring(0, slash));
      changed(service);
    }
  }

  private void unsubscribe(String service) {
    if (subscriptions.remove(service) != null) {
      hub.unsubscribed(service, this);
      dirty.remove(service);
      taken(service, Long.MAX_VALUE);
    }
  }

  /** A service changed. Any thread. */
  void changed(String service) {
    dirty.add(service);
    scheduleFlush();
  }

  private void scheduleFlush() {
    if (flushScheduled.compareAndSet(false, true)) {
      channel
          .eventLoop()
          .schedule(this::flush, hub.limits().endpointsDelay().toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void flush() {
    flushScheduled.set(false);
    if (closed) {
      return;
    }
    Iterator<String> services = dirty.iterator();
    while (services.hasNext() && channel.isWritable()) {
      String service = services.next();
      if (!isServed(service.substring(0, service.indexOf('/')))) {
        continue; // its mark stays: who can be called before it is known how, is called wrongly
      }
      services.remove(); // before it is read, so that a change in between is another mark
      Sent sent = subscriptions.get(service);
      if (sent != null) {
        send(service, sent.view());
      }
    }
    channel.flush();
  }

  private void send(String service, @Nullable ServiceView has) {
    ServiceView now = hub.registry().view(service);
    if (has != null && has.revision() == now.revision()) {
      taken(service, now.revision());
      return;
    }
    List<byte[]> payloads = hub.endpointFrames().payloads(has, now);
    if (payloads.isEmpty()) {
      taken(service, now.revision()); // its next delta still begins at what it has
      return;
    }
    subscriptions.put(service, new Sent(now));
    ChannelFuture last = null;
    for (byte[] payload : payloads) {
      last = channel.write(frame(payload));
    }
    if (last != null && !waiters.isEmpty()) {
      last.addListener(written -> taken(service, now.revision()));
    }
  }

  /** Runs something when this revision of a service has been written to the agent. Any thread. */
  void whenTaken(String service, long revision, Runnable taken) {
    channel
        .eventLoop()
        .execute(
            () -> {
              if (closed || !subscriptions.containsKey(service)) {
                taken.run();
              } else {
                waiters.add(new Waiter(service, revision, taken));
                changed(service);
              }
            });
  }

  private void taken(String service, long revision) {
    for (Waiter waiter : List.copyOf(waiters)) {
      if (waiter.service().equals(service) && waiter.revision() <= revision) {
        waiters.remove(waiter);
        waiter.taken().run();
      }
    }
  }

  // ---- policy

  /** Policy changed. Any thread. */
  void policyChanged() {
    channel
        .eventLoop()
        .execute(
            () -> {
              push();
              channel.flush();
            });
  }

  /** Sends the next push if none is on its way. What changes meanwhile is in the one after it. */
  private void push() {
    if (closed || unacked || !channel.isWritable()) {
      return;
    }
    if (parts.isEmpty()) {
      PolicyView next = hub.policy();
      if (next == null || next == planned && !namespacesGrew) {
        return;
      }
      planned = next;
      namespacesGrew = false;
      planning = Set.copyOf(namespaces);
      parts = plan.advance(next, planning);
    }
    PushPlan.Part part = parts.poll();
    if (part != null) {
      pushed++;
      unacked = true;
      unackedSinceNanos = hub.nanos();
      write(new Message.Push(pushed, part.full(), part.upsert(), part.remove()));
    }
    if (parts.isEmpty() && served.addAll(planning)) {
      for (Asked asked : List.copyOf(held)) {
        held.remove();
        answerAgain(asked);
      }
      if (!dirty.isEmpty()) {
        scheduleFlush();
      }
    }
  }

  /** The policy of this namespace concerns the agent from now on. */
  private void concern(String namespace) {
    if (namespaces.add(namespace)) {
      namespacesGrew = true;
      push();
    }
  }

  /** Whether the agent has been sent the policy of a namespace. */
  private boolean isServed(String namespace) {
    return served.contains(namespace) || hub.policy() == null;
  }

  private void acknowledged(long n) {
    if (unacked && n == pushed) {
      unacked = false;
      acked = n;
      push();
    }
  }

  private void addNack(String text) {
    List<String> all = new ArrayList<>(nacks);
    if (all.size() == MAX_NACKS) {
      all.remove(0);
    }
    all.add(shortened(text));
    nacks = List.copyOf(all);
  }

  // ---- names

  private void resolve(Message.Resolve resolve) {
    Question question = Question.of(resolve.host(), resolve.port(), id.namespace());
    if (question == null) {
      write(unknown(resolve.host(), resolve.port()));
    } else if (!answer(question, resolve.host(), resolve.port())) {
      write(unknown(resolve.host(), resolve.port()));
      remember(question.key(), new Asked(resolve.host(), resolve.port()));
    }
  }

  private static Message.Resolved unknown(String host, int port) {
    return new Message.Resolved(host, port, null, "", UNKNOWN_TTL_MILLIS);
  }

  private boolean answer(Question question, String host, int port) {
    if (!question.address()) {
      if (hub.isService(question.key())) {
        String namespace = question.key().substring(0, question.key().indexOf('/'));
        if (isHeld(namespace, host, port)) {
          return true;
        }
        write(new Message.Resolved(host, port, question.key(), "", SERVICE_TTL_MILLIS));
        return true;
      }
      return false;
    }
    Instance at = hub.registry().at(host, port);
    if (at == null) {
      return false;
    }
    if (isHeld(at.namespace(), host, port)) {
      return true;
    }
    write(
        new Message.Resolved(
            host, port, at.namespace() + "/" + at.service(), at.id(), ADDRESS_TTL_MILLIS));
    return true;
  }

  /**
   * Whether an answer has to wait until the agent has the policy of the namespace that it leads to:
   * the call that it is asked for goes out at once.
   */
  private boolean isHeld(String namespace, String host, int port) {
    concern(namespace);
    if (isServed(namespace) || held.size() >= hub.limits().questions()) {
      return false;
    }
    held.add(new Asked(host, port));
    return true;
  }

  private void answerAgain(Asked asked) {
    Question question = Question.of(asked.host(), asked.port(), id.namespace());
    if (question == null || !answer(question, asked.host(), asked.port())) {
      write(unknown(asked.host(), asked.port()));
    }
  }

  private void remember(String key, Asked asked) {
    if (questions.computeIfAbsent(key, any -> new HashSet<>()).add(asked)) {
      hub.asked(key, this);
      questionCount++;
      appeared(key); // it may have come between the answer and the mark
      while (questionCount > hub.limits().questions()) {
        forget(questions.keySet().iterator().next());
      }
    }
  }

  private void forget(String key) {
    Set<Asked> all = questions.remove(key);
    if (all != null) {
      questionCount -= all.size();
      hub.answered(key, this);
    }
  }

  /** What was asked for in vain may be there now. Any thread. */
  void appeared(String key) {
    channel
        .eventLoop()
        .execute(
            () -> {
              Set<Asked> all = questions.get(key);
              if (closed || all == null) {
                return;
              }
              boolean answered = true;
              for (Asked asked : all) {
                Question question = Question.of(asked.host(), asked.port(), id.namespace());
                answered &= question != null && answer(question, asked.host(), asked.port());
              }
              if (answered) {
                forget(key);
              }
              channel.flush();
            });
  }

  // ---- certificates

  private void renew(Message.Renew renew) {
    if (renewing || ++renewals > RENEWALS_A_STREAM) {
      refuse("slow_down", "renew: one at a time, and not that often");
      return;
    }
    renewing = true;
    hub.inBackground(
        () -> {
          try {
            return hub.enrolment().renew(id, renew.csr(), remote, instance);
          } catch (Refusal e) {
            return new Message.Refused(e.code(), String.valueOf(e.getMessage()));
          }
        },
        channel.eventLoop(),
        answer -> {
          renewing = false;
          if (answer instanceof Message.Joined joined) {
            X509Certificate leaf = Hub.certificate(joined, 0);
            certificateExpiryMillis = leaf.getNotAfter().getTime();
            certificateSerial = leaf.getSerialNumber().toString(16);
            root = Hub.certificate(joined, 1).getIssuerX500Principal();
          }
          channel.writeAndFlush(frame(answer));
        });
  }

  // ---- the channel

  /** The agent reads again, or has stopped to. */
  void writabilityChanged() {
    unwritable = !channel.isWritable();
    unwritableSinceNanos = hub.nanos();
    // What it asks for while it does not read would only pile up.
    channel.config().setAutoRead(!unwritable);
    if (!unwritable) {
      lastReadNanos = hub.nanos();
      push();
      flush();
    }
  }

  /** The channel is gone. */
  void closed() {
    closed = true;
    for (Waiter waiter : List.copyOf(waiters)) {
      waiter.taken().run();
    }
    waiters.clear();
    subscriptions.keySet().forEach(service -> hub.unsubscribed(service, this));
    List.copyOf(questions.keySet()).forEach(this::forget);
    hub.removed(this);
    hub.topology().ended(instance);
    if (!leaving && !hub.isStopping()) {
      lease.lost();
    }
  }

  /** Ends the stream if it is time. Any thread. */
  void check(long nowNanos, long nowMillis) {
    String why = null;
    MeshLimits limits = hub.limits();
    if (!unwritable && nowNanos - lastReadNanos > limits.silence().toNanos()) {
      why = "silent for " + limits.silence().toSeconds() + " s";
    } else if (unacked && nowNanos - unackedSinceNanos > limits.stuck().toNanos()) {
      why = "push " + pushed + " not acknowledged within " + limits.stuck().toSeconds() + " s";
    } else if (unwritable && nowNanos - unwritableSinceNanos > limits.stuck().toNanos()) {
      why = "reads nothing for " + limits.stuck().toSeconds() + " s";
    } else if (nowMillis >= peer.expiryMillis()) {
      why = "the certificate that it connected with has expired";
    } else if (hub.revocations().contains(id, peer.serial(), peer.begin())) {
      why = "the certificate that it connected with was revoked";
    }
    if (why != null) {
      log.info("agent {} of {} at {}: {}; closed", instance, id, remote, why);
      channel.close();
    } else if (nowNanos - endOfLifeNanos >= 0) {
      channel.eventLoop().execute(() -> goAway(limits.goAway().toMillis()));
    }
  }

  private boolean goingAway;

  /** Says that the stream ends, and ends it after that time. */
  void goAway(long afterMillis) {
    if (!goingAway && !closed) {
      goingAway = true;
      channel.writeAndFlush(frame(new Message.GoAway(afterMillis)));
      channel.eventLoop().schedule(() -> channel.close(), afterMillis, TimeUnit.MILLISECONDS);
    }
  }

  // ---- the roots

  /** Tells what to trust from now on. Any thread. */
  void bundleChanged() {
    onLoop(this::tellRoots);
  }

  /** The roots are others, or those who are of another one are to renew. Any thread. */
  void rootsChanged() {
    onLoop(
        () -> {
          if (!trusts(hub.roots())) {
            tellRoots();
          }
          askToRenew();
        });
  }

  private void onLoop(Runnable task) {
    channel
        .eventLoop()
        .execute(
            () -> {
              if (!closed) {
                task.run();
                channel.flush();
              }
            });
  }

  /** The agent says which roots are in force there; it is told if they are not the right ones. */
  private void trusts(Message.Trusts trusts) {
    Roots roots = hub.roots();
    boolean before = trusts(roots);
    trusted =
        trusts.roots().stream()
            .limit(MAX_ROOTS)
            .map(AgentStream::shortened)
            .collect(Collectors.toUnmodifiableSet());
    // Told once and not done: telling it again would go round and round. But a certificate that
    // was on its way may have brought the roots of before.
    if (!trusts(roots) && (told != roots || before)) {
      tellRoots();
    }
  }

  private void tellRoots() {
    // Read now, on the loop, so that nothing older can be written after something newer.
    told = hub.roots();
    write(hub.enrolment().bundle());
  }

  /** Whether exactly these are in force at the agent. Any thread. */
  boolean trusts(Roots roots) {
    return trusted.equals(roots.fingerprints());
  }

  /** Whether the agent's certificate is of the root that signs. Any thread. */
  boolean isOf(Roots roots) {
    return root.equals(roots.signing());
  }

  /** What to call it when it is waited for. Any thread. */
  String name() {
    return id.namespace() + "/" + id.service() + " at " + remote;
  }

  /** Once a root and a stream, at a moment of its own, so that not all come at once. */
  private void askToRenew() {
    Roots roots = hub.roots();
    if (!roots.renewing() || isOf(roots) || roots.signing().equals(askedFor)) {
      return;
    }
    askedFor = roots.signing();
    long within = roots.timeToRenew(hub.clock().instant()).toMillis();
    channel
        .eventLoop()
        .schedule(
            () -> {
              if (!closed && !root.equals(askedFor)) {
                channel.writeAndFlush(frame(new Message.RenewNow()));
              }
            },
            (long) (hub.random().nextDouble() * within),
            TimeUnit.MILLISECONDS);
  }

  Channel channel() {
    return channel;
  }

  /** Whether the last push has been on its way for too long. Any thread. */
  boolean isOutOfSync(long nowNanos) {
    return unacked && nowNanos - unackedSinceNanos > hub.limits().outOfSync().toNanos();
  }

  /** Any thread. */
  AgentInfo info(long nowNanos) {
    List<String> shown = new ArrayList<>(nacks);
    if (isOutOfSync(nowNanos)) {
      shown.add(
          "out of sync: push "
              + pushed
              + " unacknowledged for "
              + TimeUnit.NANOSECONDS.toSeconds(nowNanos - unackedSinceNanos)
              + " s");
    }
    while (shown.size() > MAX_NACKS) {
      shown.remove(0);
    }
    return new AgentInfo(
        instance,
        id.namespace(),
        id.service(),
        remote,
        agentVersion,
        connectedMillis,
        pushed,
        acked,
        List.copyOf(shown),
        subscriptions.keySet().stream().sorted().toList(),
        woven,
        certificateExpiryMillis,
        certificateSerial);
  }

  private void refuse(String code, String message) {
    write(new Message.Refused(code, message));
    channel.flush();
  }

  private void write(Message message) {
    channel.write(frame(message));
  }

  private ByteBuf frame(Message message) {
    return frame(message.encode());
  }

  private ByteBuf frame(byte[] payload) {
    return Hub.frame(channel.alloc(), payload);
  }

  private static List<Message.Woven> bounded(List<Message.Woven> all) {
    return all.stream()
        .limit(MAX_WOVEN)
        .map(
            one ->
                new Message.Woven(shortened(one.module()), one.active(), shortened(one.reason())))
        .toList();
  }

  private static String shortened(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
  }
}
