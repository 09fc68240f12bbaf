package dev.weft.coordinator.mesh;

import dev.weft.coordinator.AgentInfo;
import dev.weft.coordinator.registry.InstanceRules;
import dev.weft.coordinator.registry.Lease;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One agent's stream, from its {@code hello} on: its life, and who takes which message. Everything
 * happens on the channel's event loop, unless said otherwise; other threads only leave marks. So a
 * slow agent costs one mark a service, and nobody waits for it.
 */
final class AgentStream {
  private static final Logger log = LoggerFactory.getLogger(AgentStream.class);

  /** The sweep comes twice as often. What is missing of it was not the agent's silence. */
  private static final long LISTENED_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Hub hub;
  private final AgentChannel agent;
  private final SvidTrust.Peer peer;
  private final Lease lease;
  private final AgentPolicy policy;
  private final AgentEndpoints endpoints;
  private final AgentNames names;
  private final AgentCertificate certificate;

  private final String agentVersion;
  private final long connectedMillis;
  private final long endOfLifeNanos;

  /** Addresses of its ports. */
  private Set<String> registered = Set.of();

  private boolean goingAway;
  private boolean leaving;

  // Read by the hub's sweep and by the admin API.
  private volatile long unwritableSinceNanos;
  private volatile boolean unwritable;
  private volatile List<Message.Woven> woven;
  private volatile List<Message.Outside> outside = List.of();
  private long wovenCost;
  private volatile String refusedRegister = "";

  // How long the loop has listened to it in vain.
  private final AtomicBoolean listening = new AtomicBoolean();
  private long listenedNanos;
  private long silentNanos;

  AgentStream(Hub hub, Channel channel, SvidTrust.Peer peer, Message.Hello hello, Lease lease) {
    this.hub = hub;
    Identities.Identity identity =
        hub.identities().of(peer.id().namespace() + "/" + peer.id().service());
    this.agent = new AgentChannel(hub, channel, peer.id(), identity, hello.instance());
    this.peer = peer;
    this.lease = lease;
    this.policy = new AgentPolicy(agent, hello.deflate(), this::policyServed);
    this.endpoints = new AgentEndpoints(agent, policy);
    this.names = new AgentNames(agent, policy);
    this.certificate = new AgentCertificate(agent, peer);
    this.agentVersion = AgentChannel.shortened(hello.agent());
    this.woven = List.of();
    keep(hello.woven(), List.of());
    this.connectedMillis = hub.clock().millis();
    this.listenedNanos = hub.nanos();
    this.endOfLifeNanos = hub.nanos() + hub.streamLifeNanos();
  }

  private void policyServed() {
    names.policyServed();
    endpoints.policyServed();
  }

  /** Greets, and sends what is there. */
  void start(Message.Hello hello) {
    agent.write(
        new Message.Welcome(
            hub.epoch(),
            hub.peers(),
            hub.limits().heartbeat().toMillis(),
            agent.id().namespace(),
            agent.id().service()));
    // What has been revoked while it was away.
    certificate.tell();
    policy.push();
    // Revisions tell which services it goes on with, also where they are of another coordinator.
    endpoints.resume(hello);
    certificate.askToRenew();
    agent.flush();
  }

  /** As {@link #receive(Message)}, and takes what it cost. */
  void receive(Message message, int length) {
    receive(message);
    agent.pay(message, length);
  }

  /** Takes a message. The channel is flushed by the caller. */
  void receive(Message message) {
    if (certificate.isRevoked()) {
      agent.close();
      return;
    }
    silentNanos = 0;
    lease.renew();
    if (message instanceof Message.Ping) {
      agent.write(new Message.Pong());
    } else if (message instanceof Message.Register register) {
      register(register);
    } else if (message instanceof Message.Subscribe subscribe) {
      subscribe.remove().forEach(endpoints::unsubscribe);
      endpoints.subscribe(subscribe.add());
    } else if (message instanceof Message.Resync resync) {
      endpoints.resync(resync.service());
    } else if (message instanceof Message.Resolve resolve) {
      names.resolve(resolve);
    } else if (message instanceof Message.Ack ack) {
      policy.acknowledged(ack);
    } else if (message instanceof Message.Nack nack) {
      policy.refused(nack);
    } else if (message instanceof Message.Report report) {
      report(report);
    } else if (message instanceof Message.WovenNow now) {
      keep(now.woven(), now.outside());
    } else if (message instanceof Message.Trusts trusts) {
      certificate.trusts(trusts);
    } else if (message instanceof Message.Renew renew) {
      certificate.renew(renew);
    } else if (message instanceof Message.Bye) {
      leaving = true;
      lease.bye();
      agent.close();
    } else if (!(message instanceof Message.Unknown)) {
      agent.refuse("bad_request", message.type() + ": not a message that an agent sends here");
      agent.flush();
      agent.close();
    }
  }

  /**
   * Keeps what is woven for as long as it lives, if there is room, and what is outside if there is
   * plenty: both are for {@code weft agents} only, and names to be followed are not to want for it.
   */
  private void keep(List<Message.Woven> all, List<Message.Outside> unreached) {
    agent.identity().followed.giveBack(wovenCost);
    wovenCost = 0;
    woven = List.of();
    outside = List.of();
    long ofModules = 0;
    for (Message.Woven one : all) {
      ofModules += StreamLimits.ofTexts(one.module(), one.reason());
    }
    if (agent.identity().followed.tryTake(StreamLimits.names(ofModules))) {
      wovenCost = StreamLimits.names(ofModules);
      woven = all;
    }
    long ofOutside = 0;
    for (Message.Outside one : unreached) {
      ofOutside += StreamLimits.ofTexts(one.library(), one.host());
    }
    if (agent.identity().followed.tryTakeOfPlenty(StreamLimits.names(ofOutside))) {
      wovenCost += StreamLimits.names(ofOutside);
      outside = unreached;
    }
  }

  private void report(Message.Report report) {
    if (agent.budget().report(hub.nanos())) {
      hub.topology().report(agent.service(), agent.instance(), scraped(report.metrics()), report);
    }
  }

  /**
   * Where its metrics are: at the port that it says, of an address that it has: one that it is
   * registered at, or else the one that it connected from. Nobody is sent anywhere else.
   */
  private String scraped(String metrics) {
    int colon = metrics.lastIndexOf(':');
    String port = metrics.substring(colon + 1);
    if (colon <= 0 || !port.matches("[1-9][0-9]{0,4}") || Integer.parseInt(port) > 65_535) {
      return "";
    }
    String host = InstanceRules.canonicalAddress(metrics.substring(0, colon));
    String at = host != null && registered.contains(host) ? host : agent.remoteHost();
    return at.isEmpty() ? "" : (at.indexOf(':') < 0 ? at : "[" + at + "]") + ":" + port;
  }

  private void register(Message.Register register) {
    try {
      lease.register(register.ports(), register.state());
    } catch (IllegalArgumentException e) {
      refusedRegister = String.valueOf(e.getMessage());
      agent.refuse("bad_register", refusedRegister);
      return;
    }
    refusedRegister = "";
    registered =
        register.ports().stream()
            .map(port -> String.valueOf(InstanceRules.canonicalAddress(port.address())))
            .collect(Collectors.toSet());
    if (register.state() == InstanceState.DRAINING) {
      hub.drain(
          agent.service(),
          agent.netty().eventLoop(),
          () -> agent.writeAndFlush(new Message.Drained()));
    }
  }

  /** Policy changed. Any thread. */
  void policyChanged() {
    agent.onLoop(policy::push);
  }

  /** Any thread. */
  AgentCertificate certificate() {
    return certificate;
  }

  /** Which instance it is of; there is one stream of each. Any thread. */
  String key() {
    return agent.service() + "/" + agent.instance();
  }

  /** What to call it when it is waited for. Any thread. */
  String name() {
    return agent.service() + " at " + agent.remote();
  }

  /** The agent reads again, or has stopped to. */
  void writabilityChanged() {
    unwritable = !agent.isWritable();
    unwritableSinceNanos = hub.nanos();
    agent.setUnwritable(unwritable);
    if (!unwritable) {
      policy.push();
      endpoints.send();
      agent.flush();
    }
  }

  /** Any thread. */
  void endIfRevoked() {
    if (certificate.isRevoked()) {
      end("the certificate that it connected with was revoked");
    }
  }

  /** Ends the stream if it is time. Any thread. */
  void check(long nowNanos, long nowMillis) {
    String why = null;
    MeshLimits limits = hub.limits();
    listen();
    if (policy.unackedNanos(nowNanos) > limits.stuck().toNanos()) {
      why =
          "push "
              + policy.pushed()
              + " not acknowledged within "
              + limits.stuck().toSeconds()
              + " s";
    } else if (unwritable && nowNanos - unwritableSinceNanos > limits.stuck().toNanos()) {
      why = "reads nothing for " + limits.stuck().toSeconds() + " s";
    } else if (nowMillis >= peer.expiryMillis()) {
      why = "the certificate that it connected with has expired";
    } else if (certificate.isRevoked()) {
      why = "the certificate that it connected with was revoked";
    }
    if (why != null) {
      end(why);
    } else if (nowNanos - endOfLifeNanos >= 0) {
      goAway(limits.goAway().toMillis());
    }
  }

  /**
   * Silence counts only while the loop could have heard the agent. This runs on the loop, once
   * between two of its looks at all its channels: a loop that is held up by something else comes
   * back late, and then counts a second and not all that time. Any thread.
   */
  private void listen() {
    if (listening.compareAndSet(false, true)) {
      agent.onLoop(
          () -> {
            listening.set(false);
            long now = hub.nanos();
            if (agent.isRead()) {
              silentNanos += Math.min(now - listenedNanos, LISTENED_NANOS);
            }
            listenedNanos = now;
            if (silentNanos > hub.limits().silence().toNanos()) {
              end("silent for " + hub.limits().silence().toSeconds() + " s");
            }
          });
    }
  }

  /** {@code namespace/service}. Any thread. */
  String service() {
    return agent.service();
  }

  /** Bytes that it has been sent and has not read. Any thread. */
  long unread() {
    return agent.unread();
  }

  /** Ends the stream if it leaves much unread, and is of one of these services. Any thread. */
  void endIfUnread(Set<String> services) {
    if (services.contains(agent.service()) && agent.unread() > Unread.LITTLE) {
      end("leaves " + agent.unread() + " bytes unread, and with others of its service most");
    }
  }

  /** Another stream of the same instance has begun. Any thread. */
  void replaced() {
    end("came back on another connection");
  }

  private void end(String why) {
    log.info("agent {} of {} at {}: {}; closed", agent.instance(), agent.id(), agent.remote(), why);
    agent.close();
  }

  /** Says that the stream ends, and ends it after that time. Any thread. */
  void goAway(long afterMillis) {
    agent.onLoop(
        () -> {
          if (!goingAway) {
            goingAway = true;
            agent.write(new Message.GoAway(afterMillis));
            agent.onLoop(agent::close, TimeUnit.MILLISECONDS.toNanos(afterMillis));
          }
        });
  }

  /** The channel is gone. */
  void closed() {
    agent.closed();
    policy.closed();
    endpoints.closed();
    names.closed();
    agent.identity().followed.giveBack(wovenCost);
    wovenCost = 0;
    if (hub.removed(this)) {
      hub.topology().ended(agent.service(), agent.instance());
    }
    if (!leaving && !hub.isStopping()) {
      lease.lost();
    }
  }

  /** Any thread. */
  AgentInfo info(long nowNanos) {
    return new AgentInfo(
        agent.instance(),
        agent.id().namespace(),
        agent.id().service(),
        agent.remote(),
        agentVersion,
        connectedMillis,
        policy.pushed(),
        policy.acked(),
        complaints(nowNanos),
        endpoints.names(),
        woven,
        outside,
        certificate.expiryMillis(),
        certificate.serial());
  }

  private List<String> complaints(long nowNanos) {
    List<String> all = policy.complaints(nowNanos);
    String refused = refusedRegister;
    if (!refused.isEmpty()) {
      all = new ArrayList<>(all);
      all.add(AgentChannel.shortened("not registered: " + refused));
    }
    return List.copyOf(all);
  }
}
