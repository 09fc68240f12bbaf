package dev.weft.host;

import dev.weft.bridge.Inbound;
import dev.weft.bridge.Incoming;
import dev.weft.bridge.Listener;
import dev.weft.bridge.Refusal;
import dev.weft.bridge.Unguarded;
import dev.weft.drive.Gate;
import dev.weft.drive.GuardedListener;
import dev.weft.engine.Decision;
import dev.weft.engine.inbound.Admission;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.PathNormalizer;
import dev.weft.engine.inbound.Peer;
import dev.weft.engine.inbound.Transport;
import dev.weft.policy.PeerAuthentication;
import dev.weft.policy.TlsMode;
import dev.weft.runtime.Member;
import dev.weft.runtime.Registration;
import dev.weft.runtime.telemetry.Edge;
import dev.weft.runtime.telemetry.Telemetry;
import dev.weft.runtime.tls.ClientHello;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** The inbound side: ports that open and close, connections and requests that come in. */
final class HostInbound implements Inbound {
  private final Member member;
  private final Problems problems;
  private final Consumer<Throwable> faults;
  private final BiConsumer<String, String> notWoven;

  /**
   * @param faults counts and logs errors of the agent itself
   */
  HostInbound(
      Member member,
      Problems problems,
      Consumer<Throwable> faults,
      BiConsumer<String, String> notWoven) {
    this.member = member;
    this.problems = problems;
    this.faults = faults;
    this.notWoven = notWoven;
  }

  @Override
  public Listener open(String library, @Nullable InetSocketAddress bound, boolean ownTls) {
    Registration.OpenPort port =
        bound == null
            ? null
            : new Registration.OpenPort(
                bound.getAddress() == null || bound.getAddress().isAnyLocalAddress()
                    ? null
                    : bound.getAddress().getHostAddress(),
                bound.getPort(),
                library,
                !ownTls);
    if (port != null) {
      member.registration().open(port);
    }
    if (ownTls) {
      reportOwnTls(new Unguarded(library, "TLS connector", number(bound), true));
    }
    return new GuardedListener(
        new Port(port, bound == null ? -1 : bound.getPort(), ownTls), faults);
  }

  private static @Nullable String number(@Nullable InetSocketAddress bound) {
    return bound == null ? null : String.valueOf(bound.getPort());
  }

  /** Not a warning as long as it is as good as plaintext next to it; but to be seen. */
  private void reportOwnTls(Unguarded port) {
    notWoven.accept(
        port.toString(),
        member.defaults().ownTlsSuffices()
            ? "its TLS is the application's own: PeerAuthentication does not concern it"
            : "its TLS is the application's own: refused, as weft.mtls.floor is STRICT");
  }

  @Override
  public @Nullable String unguarded(Unguarded port) {
    String floor = member.defaults().closes(port.ownTls());
    String what = "the mesh cannot guard it: no policy holds there";
    notWoven.accept(port.toString(), floor == null ? what : what + ", so it does not accept");
    if (floor == null) {
      member.log().warn(port + ": " + what);
      return null;
    }
    String refused = port + " does not accept: the mesh cannot guard it, and the floor is " + floor;
    member.log().error(refused);
    return refused;
  }

  @Override
  public void starting() {
    member.registration().hold();
  }

  @Override
  public void started() {
    member.registration().ready();
  }

  private final class Port implements Gate {
    private final Registration.@Nullable OpenPort registered;
    private final int number;
    private final boolean ownTls;
    private final AtomicBoolean warned = new AtomicBoolean();

    Port(Registration.@Nullable OpenPort registered, int number, boolean ownTls) {
      this.registered = registered;
      this.number = number;
      this.ownTls = ownTls;
    }

    @Override
    public Listener.Sniff sniff(ByteBuffer firstBytes) {
      switch (ClientHello.sniff(firstBytes)) {
        case NEED_MORE:
          return Listener.Sniff.NEED_MORE;
        case MESH:
          return member.drain().closing() ? Listener.Sniff.CLOSE : Listener.Sniff.MESH_TLS;
        case OTHER_TLS:
          return ownTls || !strict() ? Listener.Sniff.NOT_OURS : Listener.Sniff.CLOSE;
        default:
          return Listener.Sniff.NOT_OURS;
      }
    }

    private boolean strict() {
      PeerAuthentication.Decision mode = member.policy().tlsMode(number);
      return mode.mode() == TlsMode.STRICT;
    }

    @Override
    public SSLEngine serverEngine(Runnable hangUp, String... alpn) {
      SSLEngine engine = member.tls().serverEngine(hangUp, alpn);
      member.drain().handshake(engine);
      return engine;
    }

    @Override
    public Visit admit(@Nullable SSLSession session, Incoming head, int hops) {
      Transport transport =
          session != null ? Transport.MESH_TLS : ownTls ? Transport.OWN_TLS : Transport.PLAINTEXT;
      Peer caller = member.tls().caller(session);
      Admission admission =
          member.inbound().admit(new IncomingHead(head, hops), transport, caller, number);
      if (admission.audited() != null) {
        audit(admission);
      }
      if (admission.error() != null) {
        faults.accept(admission.error());
      }
      if (transport == Transport.PLAINTEXT) {
        seenInPlaintext(head);
      } else if (transport == Transport.OWN_TLS && !warned.get() && strict()) {
        warnOfOwnTls();
      }
      Decision.Refuse refuse = admission.refuse();
      Refusal refusal = refuse == null ? null : problems.refusal(refuse).with(admission.headers());
      Guest guest = new Guest(session, transport, caller, head, refusal);
      if (refuse != null) {
        guest.count(refuse.rule(), refuse.status(), refuse.error(), 0);
      }
      return guest;
    }

    private void warnOfOwnTls() {
      if (member.defaults().ownTlsSuffices() && warned.compareAndSet(false, true)) {
        member
            .log()
            .warn(
                "port "
                    + number
                    + " is STRICT, and its TLS the application's own: PeerAuthentication does not"
                    + " concern it, whoever the application lets in is answered");
      }
    }

    /** Whom STRICT would cut off. */
    private void seenInPlaintext(Incoming head) {
      InetAddress from = head.source();
      member.telemetry().plaintext(from == null ? Edge.UNKNOWN : from.getHostAddress());
    }

    private void audit(Admission admission) {
      InboundRequest request = admission.request();
      Peer peer = request.peer();
      member
          .log()
          .info(
              admission.audited()
                  + ": "
                  + request.method()
                  + " "
                  + request.target()
                  + " by "
                  + (peer == null ? "a caller without mesh TLS" : peer)
                  + (admission.refuse() == null ? "" : ", refused by " + admission.rule()));
    }

    @Override
    public boolean draining() {
      return member.registration().draining();
    }

    @Override
    public void workStarted() {
      member.drain().begin();
    }

    @Override
    public void workEnded() {
      member.drain().end();
    }

    @Override
    public void close() {
      if (registered != null) {
        member.registration().close(registered);
      }
    }
  }

  /** A request, and its caller, who is looked up once. */
  private final class Guest implements Gate.Visit {
    private final @Nullable SSLSession session;
    private final Transport transport;
    private final @Nullable Peer caller;
    private final Incoming head;
    private final @Nullable Refusal refusal;

    Guest(
        @Nullable SSLSession session,
        Transport transport,
        @Nullable Peer caller,
        Incoming head,
        @Nullable Refusal refusal) {
      this.session = session;
      this.transport = transport;
      this.caller = caller;
      this.head = head;
      this.refusal = refusal;
    }

    @Override
    public @Nullable Refusal refusal() {
      return refusal;
    }

    @Override
    public @Nullable String peer() {
      return caller == null ? null : caller.service();
    }

    @Override
    public @Nullable String clientCertificate() {
      return member.forwardsIdentity() ? member.tls().forwarded(session) : null;
    }

    @Override
    public void served(int status, long nanos) {
      if (transport != Transport.OWN_TLS) {
        count("", status, status == 0 ? "aborted" : "", nanos);
      }
    }

    void count(String rule, int status, String reason, long nanos) {
      Telemetry telemetry = member.telemetry();
      telemetry.request(
          new Edge(
              false,
              caller == null ? Edge.UNKNOWN : caller.service(),
              member.source(),
              rule,
              Edge.method(head.method()),
              status,
              reason,
              session != null),
          0,
          nanos,
          telemetry.wantsDetail() ? detail(head) : Telemetry.Detail.NONE);
    }
  }

  private static Telemetry.Detail detail(Incoming head) {
    List<String> host = head.header("host");
    List<String> traceparent = head.header("traceparent");
    InetAddress from = head.source();
    String path = PathNormalizer.normalize(PathNormalizer.path(head.target()));
    return new Telemetry.Detail(
        head.authority() != null ? head.authority() : host.isEmpty() ? null : host.get(0),
        path == null ? head.target() : path,
        from == null ? null : from.getHostAddress(),
        traceparent.isEmpty() ? null : traceparent.get(0));
  }
}
