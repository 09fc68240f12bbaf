package dev.weft.testkit.server;

import dev.weft.bridge.Incoming;
import dev.weft.bridge.Refusal;
import dev.weft.engine.Decision;
import dev.weft.engine.inbound.Admission;
import dev.weft.engine.inbound.Authorizer;
import dev.weft.engine.inbound.InboundHead;
import dev.weft.engine.inbound.InboundStack;
import dev.weft.engine.inbound.Peer;
import dev.weft.engine.inbound.RateLimits;
import dev.weft.engine.inbound.Transport;
import dev.weft.policy.AuthorizationPolicy;
import dev.weft.policy.InvalidResourceException;
import dev.weft.policy.Kinds;
import dev.weft.policy.PeerAuthentication;
import dev.weft.policy.TlsMode;
import dev.weft.testkit.TestListener;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** AuthorizationPolicies of {@code orders}, decided about by the engine's own stack. */
final class KitPolicy implements TestListener.Rule, InboundStack.Policy {
  private final List<AuthorizationPolicy> policies = new ArrayList<>();
  private TlsMode mode = TlsMode.PERMISSIVE;
  private final InboundStack stack = new InboundStack(this, null, false, System::nanoTime);

  /** One more policy, of one rule. */
  KitPolicy with(String name, String action, Map<String, ?> rule) {
    try {
      policies.add(
          (AuthorizationPolicy)
              Kinds.parse(
                      Map.of(
                          "apiVersion",
                          "security.istio.io/v1",
                          "kind",
                          "AuthorizationPolicy",
                          "metadata",
                          Map.of("name", name),
                          "spec",
                          Map.of("action", action, "rules", List.of(rule))),
                      "default")
                  .spec());
    } catch (InvalidResourceException e) {
      throw new IllegalArgumentException(e);
    }
    return this;
  }

  /** A rule about what is asked for. */
  static Map<String, ?> to(String field, String... values) {
    return Map.of("to", List.of(Map.of("operation", Map.of(field, List.of(values)))));
  }

  /** A rule about a header. */
  static Map<String, ?> when(String header, String... values) {
    return Map.of(
        "when",
        List.of(Map.of("key", "request.headers[" + header + "]", "values", List.of(values))));
  }

  /** From now on whoever has no identity is refused. */
  KitPolicy strict() {
    mode = TlsMode.STRICT;
    return this;
  }

  @Override
  public PeerAuthentication.Decision tlsMode(int port) {
    return new PeerAuthentication.Decision(mode, "kit");
  }

  @Override
  public Authorizer authorizer(int port) {
    return Authorizer.compile(policies, "default", Map.of("app", "orders"), port);
  }

  @Override
  public RateLimits rateLimits(int port) {
    return RateLimits.NONE;
  }

  @Override
  public @Nullable Refusal decide(TestListener.Asked asked) {
    String service = asked.peer();
    Peer peer = service == null ? null : new Peer("weft.internal", "default", service);
    Admission admission =
        stack.admit(
            new Head(asked.head()),
            asked.protocol() == null ? Transport.PLAINTEXT : Transport.MESH_TLS,
            peer,
            8080);
    Decision.Refuse refuse = admission.refuse();
    return refuse == null ? null : TestListener.refusal(refuse.status(), refuse.rule());
  }

  private record Head(Incoming incoming) implements InboundHead {
    @Override
    public String method() {
      return incoming.method();
    }

    @Override
    public String target() {
      return incoming.target();
    }

    @Override
    public @Nullable String query() {
      return incoming.query();
    }

    @Override
    public @Nullable String authority() {
      return incoming.authority();
    }

    @Override
    public List<String> header(String name) {
      return incoming.header(name);
    }

    @Override
    public byte @Nullable [] source() {
      InetAddress source = incoming.source();
      return source == null ? null : source.getAddress();
    }
  }
}
