package dev.weft.coordinator.mesh;

import dev.weft.coordinator.AgentInfo;
import dev.weft.coordinator.registry.Lease;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One agent's stream, from its {@code hello} on: its life, and who takes which message. Everything
 * happens on the channel's event loop, unless said otherwise; other threads only leave marks. So a
 * slow agent costs one mark a service, and nobody waits for it.
 */
final class AgentStream {
  private static final Logger log = LoggerFactory.getLogger(AgentStream.class);
  private static final int MAX_WOVEN = 200;

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
  private boolean goingAway;
  private boolean leaving;

  // Read by the hub's sweep and by the admin API.
  private volatile long lastReadNanos;
  private volatile long unwritableSinceNanos;
  private volatile boolean unwritable;
  private volatile List<Message.Woven> woven;
  private volatile String refusedRegister = "";

  AgentStream(Hub hub, Channel channel, SvidTrust.Peer peer, Message.Hello hello, Lease lease) {
    this.hub = hub;
    this.agent = new AgentChannel(hub, channel, peer.id(), hello.instance());
    this.peer = peer;
    this.lease = lease;
    this.policy = new AgentPolicy(agent, this::policyServed);
    this.endpoints = new AgentEndpoints(agent, policy, hello);
    this.names = new AgentNames(agent, policy);
    this.certificate = new AgentCertificate(agent, peer);
    this.agentVersion = AgentChannel.shortened(hello.agent());
    this.woven = bounded(hello.woven());
    this.connectedMillis = hub.clock().millis();
    this.lastReadNanos = hub.nanos();
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
    endpoints.subscribe(hello.revisions().keySet());
    certificate.askToRenew();
    agent.flush();
  }

  /** Takes a message. The channel is flushed by the caller. */
  void receive(Message message) {
    if (certificate.isRevoked()) {
      agent.close();
      return;
    }
    lastReadNanos = hub.nanos();
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
      hub.topology().report(agent.service(), agent.instance(), report);
    } else if (message instanceof Message.WovenNow now) {
      woven = bounded(now.woven());
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
      agent.close();
    }
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

  /** What to call it when it is waited for. Any thread. */
  String name() {
    return agent.service() + " at " + agent.remote();
  }

  /** The agent reads again, or has stopped to. */
  void writabilityChanged() {
    unwritable = !agent.isWritable();
    unwritableSinceNanos = hub.nanos();
    // What it asks for while it does not read would only pile up.
    agent.netty().config().setAutoRead(!unwritable);
    if (!unwritable) {
      lastReadNanos = hub.nanos();
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
    if (!unwritable && nowNanos - lastReadNanos > limits.silence().toNanos()) {
      why = "silent for " + limits.silence().toSeconds() + " s";
    } else if (policy.unackedNanos(nowNanos) > limits.stuck().toNanos()) {
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
    endpoints.closed();
    names.closed();
    hub.removed(this);
    hub.topology().ended(agent.instance());
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

  private static List<Message.Woven> bounded(List<Message.Woven> all) {
    return all.stream()
        .limit(MAX_WOVEN)
        .map(
            one ->
                new Message.Woven(
                    AgentChannel.shortened(one.module()),
                    one.active(),
                    AgentChannel.shortened(one.reason())))
        .toList();
  }
}
