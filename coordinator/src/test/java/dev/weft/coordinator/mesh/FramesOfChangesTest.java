package dev.weft.coordinator.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.coordinator.ConfigView;
import dev.weft.coordinator.registry.ServiceView;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Frames;
import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import dev.weft.wire.Port;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What is sent when something changes: {@link EndpointFrames}, {@link PushPlan} and {@link
 * PolicyFrames}.
 */
class FramesOfChangesTest {
  private final PolicyFrames policyFrames = new PolicyFrames();

  private static ServiceView view(long revision, int from, int to, String... unexplained) {
    Map<String, Instance> instances = new LinkedHashMap<>();
    for (int i = from; i < to; i++) {
      String id = new UUID(0, i).toString();
      instances.put(
          id,
          new Instance(
              id,
              "default",
              "orders",
              List.of(
                  new Port("10.1." + i / 250 + "." + i % 250, 8080, "t", true, TlsMode.PERMISSIVE)),
              Map.of("version", "\"\\".repeat(20)),
              "",
              InstanceState.READY,
              1));
    }
    return new ServiceView(
        "default/orders", revision * ServiceView.STEP, instances, Set.of(unexplained));
  }

  /** As an agent does it; the base has to be what it has. */
  private static Map<String, Instance> apply(
      @Nullable ServiceView from, List<Message.Endpoints> messages) {
    Map<String, Instance> has = new HashMap<>(from == null ? Map.of() : from.instances());
    long revision = from == null ? -1 : from.revision();
    for (Message.Endpoints one : messages) {
      assertThat(one.encode().length).isLessThan(Frames.MAX_LENGTH);
      assertThat(one.base()).isEqualTo(revision);
      assertThat(one.revision()).isGreaterThan(one.base());
      revision = one.revision();
      one.remove().forEach(has::remove);
      one.add().forEach(instance -> has.put(instance.id(), instance));
    }
    return has;
  }

  @Test
  void changeIsWhatDiffers() {
    ServiceView before = view(1, 0, 10);
    ServiceView after = view(2, 2, 12);
    List<Message.Endpoints> delta = EndpointFrames.messages(before, after);

    assertThat(delta).hasSize(1);
    assertThat(delta.get(0).add()).hasSize(2);
    assertThat(delta.get(0).remove()).hasSize(2);
    assertThat(delta.get(0).revision()).isEqualTo(after.revision());
    assertThat(delta.get(0).explicit()).isTrue();
    assertThat(apply(before, delta)).isEqualTo(after.instances());
    assertThat(EndpointFrames.messages(before, view(3, 0, 10))).as("the same again").isEmpty();
  }

  @Test
  void thousandsAreSentInParts() {
    ServiceView before = view(1, 0, 20_000);
    ServiceView after = view(2, 15_000, 30_000);
    List<Message.Endpoints> whole = EndpointFrames.messages(null, before);
    assertThat(whole.size()).isGreaterThan(3);
    assertThat(whole.get(whole.size() - 1).revision()).isEqualTo(before.revision());
    assertThat(apply(null, whole)).isEqualTo(before.instances());

    List<Message.Endpoints> delta = EndpointFrames.messages(before, after);
    assertThat(apply(before, delta)).isEqualTo(after.instances());
    assertThat(delta.get(0).remove()).as("nothing leaves before the new ones are there").isEmpty();
  }

  @Test
  void emptinessIsExplicitOnlyIfSomebodySaidSo() {
    String id = new UUID(0, 0).toString();
    ServiceView one = view(1, 0, 1);

    assertThat(EndpointFrames.messages(one, view(2, 0, 0)).get(0).explicit()).isTrue();
    assertThat(EndpointFrames.messages(one, view(2, 0, 0, id)).get(0).explicit()).isFalse();
    assertThat(EndpointFrames.messages(null, view(2, 0, 0)).get(0).explicit()).isTrue();
    assertThat(EndpointFrames.messages(null, view(2, 0, 0, id)).get(0).explicit()).isFalse();
    assertThat(EndpointFrames.messages(null, ServiceView.empty("default/orders")).get(0).explicit())
        .as("never heard of it")
        .isFalse();
  }

  @Test
  void sameChangeIsEncodedOnce() {
    EndpointFrames frames = new EndpointFrames();
    ServiceView before = view(1, 0, 10);
    ServiceView after = view(2, 2, 12);

    assertThat(frames.payloads(before, after)).isSameAs(frames.payloads(before, after));
    assertThat(frames.payloads(null, after)).isNotEqualTo(frames.payloads(before, after));
  }

  @Test
  void whatIsKeptEncodedIsBoundedInBytes() {
    EndpointFrames frames = new EndpointFrames(20_000);
    for (int revision = 1; revision < 200; revision++) {
      frames.payloads(null, view(revision, 0, 50));
      assertThat(frames.cachedBytes()).isLessThanOrEqualTo(20_000);
    }
    ServiceView last = view(500, 0, 3);
    assertThat(frames.payloads(null, last)).isSameAs(frames.payloads(null, last));
  }

  /** Who else may call there, and with which header, is not a caller's to know. */
  @Test
  void ofNamespacesThatItOnlyCalls_anAgentHasWhatCallersNeed() {
    PolicyView view =
        PolicyView.of(
            new ConfigView.Snapshot(
                1,
                List.of(
                    resource("HTTPRoute", "a", 1),
                    resource("AuthorizationPolicy", "b", 1),
                    resource("PeerAuthentication", "c", 1))),
            null);
    PushPlan callers = new PushPlan(policyFrames);
    PushPlan its = new PushPlan(policyFrames);
    assertThat(
            message(callers.advance(view, Set.of("default"), Set.of("shop")).getFirst()).upsert())
        .containsExactly(resource("HTTPRoute", "a", 1));
    assertThat(message(its.advance(view, Set.of("default"), Set.of("default")).getFirst()).upsert())
        .hasSize(3);
    PolicyView next =
        PolicyView.of(
            new ConfigView.Snapshot(
                2, List.of(resource("HTTPRoute", "a", 1), resource("AuthorizationPolicy", "b", 2))),
            view);
    assertThat(next.forCallers("default")).isSameAs(view.forCallers("default"));
  }

  /** As an agent reads it, which is the same in both forms. */
  private static Message.Push message(PushPlan.Part part) {
    Message.Push push = message(part.frame(7, false, true));
    assertThat(message(part.frame(7, false, false))).isEqualTo(push);
    return push;
  }

  private static Message.Push message(ByteBuf frame) {
    assertThat(frame.readableBytes()).isLessThan(Frames.MAX_LENGTH);
    try (ByteBufInputStream in = new ByteBufInputStream(frame, true)) {
      Message.Push push = (Message.Push) Message.decode(Frames.read(new DataInputStream(in)));
      assertThat(in.available()).isZero();
      return push;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Map<String, Object> resource(String kind, String name, int size) {
    return Map.of(
        "kind", kind,
        "metadata", Map.of("name", name, "namespace", "default"),
        "spec", Map.of("text", "x".repeat(size)));
  }

  @Test
  void pushThatOneFrameCannotHoldIsSentInParts_whatDeniesFirst() {
    List<Map<String, Object>> resources = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      resources.add(resource("HTTPRoute", "a" + i, 100_000));
    }
    resources.add(resource("AuthorizationPolicy", "z", 100));
    PushPlan plan = new PushPlan(policyFrames);
    PolicyView first = PolicyView.of(new ConfigView.Snapshot(1, resources), null);

    List<Message.Push> parts =
        plan.advance(first, Set.of("default", "weft-system"), Set.of("default")).stream()
            .map(FramesOfChangesTest::message)
            .toList();
    assertThat(parts.size()).isGreaterThan(3);
    assertThat(parts.get(0).full()).isTrue();
    assertThat(parts.get(0).upsert().get(0)).containsEntry("kind", "AuthorizationPolicy");
    assertThat(parts.stream().filter(Message.Push::full)).hasSize(1);
    assertThat(parts.stream().mapToInt(part -> part.upsert().size()).sum()).isEqualTo(31);

    resources.remove(0);
    resources.set(0, resource("HTTPRoute", "a1", 7));
    PolicyView second = PolicyView.of(new ConfigView.Snapshot(2, resources), first);
    assertThat(plan.advance(second, Set.of("default"), Set.of("default")))
        .singleElement()
        .extracting(FramesOfChangesTest::message)
        .satisfies(
            part -> {
              assertThat(part.full()).isFalse();
              assertThat(part.upsert()).containsExactly(resource("HTTPRoute", "a1", 7));
              assertThat(part.remove()).containsExactly("HTTPRoute/default/a0");
            });
  }

  private static PolicyView routes(long revision, int count, @Nullable PolicyView before) {
    List<Map<String, Object>> resources = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      resources.add(resource("HTTPRoute", "r" + i, 1_000));
    }
    return PolicyView.of(new ConfigView.Snapshot(revision, resources), before);
  }

  /** All that differs from agent to agent is the number of its push. */
  @Test
  void changeOfPolicyIsEncodedOnce_forAllAgents() {
    PolicyView first = routes(1, 200, null);
    PolicyView second = routes(2, 400, first);
    Set<String> namespaces = Set.of("default");
    PushPlan one = new PushPlan(policyFrames);
    PushPlan another = new PushPlan(policyFrames);

    for (PolicyView next : List.of(first, second)) {
      PushPlan.Part part = one.advance(next, namespaces, namespaces).getFirst();
      PushPlan.Part same = another.advance(next, namespaces, namespaces).getFirst();
      assertThat(part.upsert().size()).isGreaterThan(1);
      for (int i = 0; i < part.upsert().size(); i++) {
        assertThat(same.upsert().get(i)).isSameAs(part.upsert().get(i));
      }
      assertThat(message(part).upsert()).hasSize(200);
    }
    PushPlan late = new PushPlan(policyFrames);
    int all = 0;
    for (PushPlan.Part part : late.advance(second, namespaces, namespaces)) {
      all += message(part).upsert().size();
    }
    assertThat(all).as("who has nothing gets it all").isEqualTo(400);
  }

  @Test
  void whatIsKeptOfPolicyIsBoundedInBytes_andOfTheRevisionInForce() {
    PolicyFrames frames = new PolicyFrames(20_000);
    PolicyView last = null;
    for (int revision = 1; revision < 30; revision++) {
      last = routes(revision, revision, last);
      frames.change(Map.of(), last.namespace("default"));
      assertThat(frames.cachedBytes()).isLessThanOrEqualTo(20_000);
    }
    PolicyView small = routes(30, 3, last);
    frames.change(Map.of(), small.namespace("default"));
    assertThat(frames.cachedBytes()).isPositive();
    frames.forget();
    assertThat(frames.cachedBytes()).isZero();
  }

  @Test
  void removedNamesFillFramesToo() {
    PushPlan plan = new PushPlan(policyFrames);
    List<Map<String, Object>> resources = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      resources.add(resource("HTTPRoute", "r" + "o".repeat(200) + i, 1));
    }
    Set<String> namespaces = Set.of("default");
    PolicyView first = PolicyView.of(new ConfigView.Snapshot(1, resources), null);
    plan.advance(first, namespaces, namespaces);
    PolicyView second = PolicyView.of(new ConfigView.Snapshot(2, List.of()), first);
    int removed = 0;
    for (PushPlan.Part part : plan.advance(second, namespaces, namespaces)) {
      removed += message(part).remove().size();
    }
    assertThat(removed).isEqualTo(10_000);
  }

  @Test
  void resourceThatNoFrameCanHoldIsLeftOut() {
    PolicyView view =
        PolicyView.of(
            new ConfigView.Snapshot(
                1, List.of(resource("HTTPRoute", "big", 2 << 20), resource("HTTPRoute", "ok", 1))),
            null);

    assertThat(view.namespace("default")).containsOnlyKeys("HTTPRoute/default/ok");
  }

  @Test
  void namespaceThatDidNotChangeIsTheSameObject() {
    PolicyView first =
        PolicyView.of(new ConfigView.Snapshot(1, List.of(resource("HTTPRoute", "a", 1))), null);
    PolicyView second =
        PolicyView.of(
            new ConfigView.Snapshot(
                2,
                List.of(
                    resource("HTTPRoute", "a", 1),
                    Map.of("kind", "Service", "metadata", Map.of("name", "b", "namespace", "x")))),
            first);

    assertThat(second.namespace("default")).isSameAs(first.namespace("default"));
    assertThat(second.hasService("x", "b")).isTrue();
    assertThat(second.hasService("default", "b")).isFalse();
  }
}
