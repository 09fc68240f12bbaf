package dev.weft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Service;
import dev.weft.engine.Surroundings;
import dev.weft.engine.route.Expressions;
import dev.weft.engine.route.Policies;
import dev.weft.engine.route.Routing;
import dev.weft.policy.ServiceName;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Bounds;
import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import dev.weft.wire.Port;
import dev.weft.wire.WireException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectoryTest {
  private final List<Message> sent = Collections.synchronizedList(new ArrayList<>());
  private Consumer<Message> answer = message -> {};
  private long now = 1;
  private final Map<String, ServiceName> adopted = new HashMap<>();
  private final Set<String> rebalanced = new HashSet<>();
  private final Directory directory =
      new Directory(
          new Surroundings(() -> now, (task, delay) -> {}, bound -> 0),
          new Joining(Duration.ZERO, () -> now),
          message -> {
            sent.add(message);
            answer.accept(message);
          },
          (host, port) -> adopted.get(host),
          rebalanced::contains);

  @Test
  void aForeignName_isNeverAskedFor() {
    directory.connected();
    assertThat(directory.find("api.example.com", -1, Patience.BLOCKING)).isNull();
    assertThat(sent).isEmpty();
  }

  @Test
  void aName_isAskedForOnce_andFoundOnceItsEndpointsAreKnown() {
    directory.connected();
    answer = this::ordersExists;

    Directory.Found found = directory.find("orders", -1, Patience.BLOCKING);

    assertThat(found).isNotNull();
    assertThat(found.address()).isNull();
    assertThat(found.service().name()).isEqualTo(new ServiceName("default", "orders"));
    assertThat(found.service().members()).hasSize(1);
    assertThat(directory.find("ORDERS.", 8080, Patience.BLOCKING)).isEqualTo(found);
    assertThat(sent)
        .containsExactly(
            new Message.Resolve("orders", -1),
            new Message.Subscribe(List.of("default/orders"), List.of()));
  }

  @Test
  void anUnknownName_isNoneOfTheMeshs_untilItAppears() {
    directory.connected();
    answer =
        message -> {
          if (message instanceof Message.Resolve ask) {
            directory.resolved(new Message.Resolved(ask.host(), ask.port(), null, "", 30_000));
          }
        };
    assertThat(directory.find("orders", -1, Patience.BLOCKING)).isNull();

    directory.resolved(new Message.Resolved("orders", -1, "default/orders", "", 30_000));
    assertThat(directory.find("orders", -1, Patience.BLOCKING))
        .as("known, but not its endpoints")
        .isNull();
    directory.endpoints(whole(1, instance("a", InstanceState.READY)));
    assertThat(directory.find("orders", -1, Patience.BLOCKING)).isNotNull();
  }

  @Test
  void aServiceThatLostAllInstances_staysAService() {
    directory.connected();
    answer = this::ordersExists;
    Directory.Found found = directory.find("orders", -1, Patience.BLOCKING);
    assertThat(found).isNotNull();

    directory.endpoints(
        new Message.Endpoints("default/orders", 2, 1, List.of(), List.of("a"), true));
    directory.resolved(new Message.Resolved("orders", -1, null, "", 30_000));

    assertThat(directory.find("orders", -1, Patience.BLOCKING)).isEqualTo(found);
    assertThat(found.service().members()).isEmpty();
  }

  @Test
  void anUnexplainedEmptyList_keepsTheOldOnesForFiveMinutes() {
    directory.connected();
    answer = this::ordersExists;
    Directory.Found found = directory.find("orders", -1, Patience.BLOCKING);
    assertThat(found).isNotNull();

    directory.endpoints(
        new Message.Endpoints("default/orders", 9, -1, List.of(), List.of(), false));
    assertThat(found.service().members()).hasSize(1);

    now += TimeUnit.MINUTES.toNanos(6);
    directory.endpoints(
        new Message.Endpoints("default/orders", 10, -1, List.of(), List.of(), false));
    assertThat(found.service().members()).isEmpty();
  }

  @Test
  void aDeltaOnAnUnknownBase_asksForTheWhole() {
    directory.connected();
    answer = this::ordersExists;
    directory.find("orders", -1, Patience.BLOCKING);

    Message.Endpoints gap =
        new Message.Endpoints("default/orders", 7, 6, List.of(), List.of("a"), true);
    assertThat(directory.endpoints(gap)).isFalse();
    assertThat(directory.endpoints(whole(7, instance("b", InstanceState.READY)))).isTrue();
    assertThat(directory.revisions()).containsEntry("default/orders", 7L);
  }

  @Test
  void anAddress_isPinnedToItsInstance() {
    directory.connected();
    answer =
        message -> {
          if (message instanceof Message.Resolve ask && ask.host().equals("10.0.0.1")) {
            directory.resolved(
                new Message.Resolved(ask.host(), ask.port(), "default/orders", "a", 30_000));
          } else if (message instanceof Message.Subscribe) {
            directory.endpoints(whole(1, instance("a", InstanceState.READY)));
          }
        };

    Directory.Found found = directory.find("10.0.0.1", 8080, Patience.BLOCKING);

    assertThat(found).isNotNull();
    assertThat(found.address()).isEqualTo("10.0.0.1");
    assertThat(found.adopted()).isFalse();
    assertThat(sent).contains(new Message.Resolve("10.0.0.1", 8080));
    rebalanced.add("a");
    answer.accept(new Message.Resolve("10.0.0.1", 8080));
    Directory.Found other = directory.find("10.0.0.1", 8080, Patience.BLOCKING);
    assertThat(other).isEqualTo(new Directory.Found(found.service(), "10.0.0.1", true));
    directory.resolved(new Message.Resolved("10.0.0.1", 8080, null, "", 30_000));
    assertThat(directory.find("10.0.0.1", 8080, Patience.BLOCKING)).as("anybody's").isNull();
  }

  @Test
  void withoutACoordinator_aMeshLikeNameWaitsForTheStartOnly_andOthersNotAtAll() throws Exception {
    Directory starting = starting(new Joining(Duration.ofMinutes(5), System::nanoTime));
    assertThat(starting.find("orders.default", -1, Patience.BLOCKING))
        .as("no name of the mesh for sure")
        .isNull();
    assertThat(starting.find("10.0.0.1", 80, Patience.BLOCKING)).isNull();

    CompletableFuture<Directory.Found> call =
        CompletableFuture.supplyAsync(() -> starting.find("orders", -1, Patience.BLOCKING));
    starting.connected();
    // Whenever the call gets to wait, before or after this, the answer ends the waiting.
    while (!call.isDone()) {
      starting.resolved(new Message.Resolved("orders", -1, "default/orders", "", 30_000));
      starting.endpoints(whole(1, instance("a", InstanceState.READY)));
      Thread.onSpinWait();
    }
    assertThat(call.get()).isNotNull();

    assertThat(directory.find("orders", -1, Patience.BLOCKING))
        .as("no startup wait is left")
        .isNull();
  }

  /** A process that starts, and for whose calls time passes as it does. */
  private Directory starting(Joining joining) {
    return new Directory(
        new Surroundings(System::nanoTime, (task, delay) -> {}, bound -> 0),
        joining,
        message -> {},
        (host, port) -> null,
        instance -> false);
  }

  @Test
  void whileACoordinatorAnswers_aMeshLikeNameIsWaitedFor_howeverShortTheWaitForNobodyIs()
      throws Exception {
    Joining joining = new Joining(Duration.ZERO, System::nanoTime);
    Directory starting = starting(joining);
    joining.waitsFor("a certificate", true);
    CompletableFuture<Directory.Found> call =
        CompletableFuture.supplyAsync(() -> starting.find("orders", -1, Patience.BLOCKING));
    while (starting.awaited("orders") == null) {
      Thread.onSpinWait(); // until it is asked for
    }
    assertThat(starting.awaited("ORDERS.")).isEqualTo("a certificate");
    assertThat(starting.awaited("api.example.com")).as("no name of the mesh").isNull();
    assertThat(starting.awaited("10.0.0.1")).isNull();
    assertThat(call).isNotDone();

    starting.connected();
    starting.resolved(new Message.Resolved("orders", -1, "default/orders", "", 30_000));
    starting.endpoints(whole(1, instance("a", InstanceState.READY)));
    assertThat(call.get()).isNotNull();
    joining.waitsFor("another welcome", true);
    assertThat(starting.find("orders", -1, Patience.BLOCKING)).isNotNull();
    assertThat(starting.awaited("orders")).as("joined, once and for all").isNull();
  }

  @Test
  void aJoinThatTakesTooLong_isToldOf_andOneThatIsRefusedIsNot() {
    AtomicLong time = new AtomicLong();
    Joining joining = new Joining(Duration.ofSeconds(3), time::get);
    Directory starting =
        new Directory(
            new Surroundings(time::get, (task, delay) -> {}, bound -> 0),
            joining,
            message -> {},
            (host, port) -> null,
            instance -> false);
    time.set(Duration.ofSeconds(10).toNanos());
    joining.waitsFor("the welcome of a:7471", true);
    assertThat(starting.find("orders", -1, Patience.BLOCKING)).isNull();
    assertThat(starting.awaited("orders")).isEqualTo("the welcome of a:7471");
    joining.waitsFor("the TLS handshake with a:7471", false);
    assertThat(starting.awaited("orders")).as("whoever that is").isNull();
    joining.waitsFor(null, true);
    assertThat(starting.find("orders", -1, Patience.BLOCKING)).isNull();
    assertThat(starting.awaited("orders")).as("goes its own way").isNull();
  }

  @Test
  void howLongAStartIsWaitedFor() {
    AtomicLong time = new AtomicLong(5);
    Joining joining = new Joining(Duration.ofSeconds(3), time::get);
    assertThat(joining.deadlineNanos()).isEqualTo(5 + Duration.ofSeconds(3).toNanos());
    joining.waitsFor("a certificate", true);
    assertThat(joining.deadlineNanos()).isEqualTo(5 + Duration.ofSeconds(10).toNanos());
    joining.waitsFor(null, true);
    assertThat(joining.deadlineNanos()).isEqualTo(5 + Duration.ofSeconds(3).toNanos());
    assertThat(new Joining(Duration.ofMinutes(1), time::get).deadlineNanos())
        .isEqualTo(5 + Duration.ofMinutes(1).toNanos());
  }

  @Test
  void anAdoptedHost_isTheServicesWithoutAnyQuestion() {
    directory.connected();
    adopted.put("old.example.com", new ServiceName("default", "orders"));
    answer = this::ordersExists;

    Directory.Found found = directory.find("Old.Example.Com.", 8080, Patience.BLOCKING);

    assertThat(found).isNotNull();
    assertThat(found.adopted()).isTrue();
    assertThat(found.address()).isNull();
    assertThat(found.service().name()).isEqualTo(new ServiceName("default", "orders"));
    assertThat(sent).containsExactly(new Message.Subscribe(List.of("default/orders"), List.of()));
    assertThat(directory.find("other.example.com", 8080, Patience.BLOCKING)).isNull();
  }

  @Test
  void aServiceThatARouteLeadsTo_isFollowed_andWaitedForOnce() {
    directory.connected();
    Routing routing = routing("orders-v2");
    assertThat(sent)
        .containsExactly(new Message.Subscribe(List.of("default/orders-v2"), List.of()));
    assertThat(routing.known()).isFalse();

    directory.endpoints(
        new Message.Endpoints("default/orders-v2", 7, -1, List.of(), List.of(), true));
    directory.await(routing, Patience.BLOCKING);
    assertThat(routing.known()).isTrue();
    assertThat(directory.service(new ServiceName("default", "orders-v2")).existing())
        .as("it has been seen by somebody")
        .isTrue();
    assertThat(directory.service(new ServiceName("default", "orders-v2")).members()).isEmpty();
    assertThat(sent).hasSize(1);
  }

  @Test
  void aServiceThatNobodyHasEverSeen_doesNotExist() {
    directory.connected();
    Service service = directory.service(new ServiceName("default", "gone"));
    directory.endpoints(new Message.Endpoints("default/gone", 0, -1, List.of(), List.of(), false));
    assertThat(service.known()).isTrue();
    assertThat(service.existing()).isFalse();
  }

  @Test
  void withoutACoordinator_nobodyWaitsForTheServicesOfARoute() {
    Routing routing = routing("orders-v2");
    directory.await(routing, Patience.BLOCKING);
    assertThat(routing.known()).isFalse();
    directory.connected();
    assertThat(sent)
        .as("what was asked for in vain is subscribed to with the rest")
        .contains(new Message.Subscribe(List.of("default/orders-v2"), List.of()));
  }

  private Routing routing(String service) {
    return Routing.compile(
        new ServiceName("default", service),
        80,
        "default",
        Policies.NONE,
        directory::service,
        new Expressions());
  }

  @Test
  void startingInstances_areNoMembers_othersHaveTheirStanding() {
    directory.connected();
    answer = this::ordersExists;
    Directory.Found found = directory.find("orders", -1, Patience.BLOCKING);
    assertThat(found).isNotNull();

    directory.endpoints(
        whole(
            2,
            instance("starting", InstanceState.STARTING),
            instance("orphan", InstanceState.ORPHAN),
            instance("draining", InstanceState.DRAINING),
            instance("suspect", InstanceState.SUSPECT)));

    assertThat(found.service().members())
        .extracting(Service.Member::id, member -> member.standing().name())
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("orphan", "READY"),
            org.assertj.core.groups.Tuple.tuple("draining", "DRAINING"),
            org.assertj.core.groups.Tuple.tuple("suspect", "SUSPECT"));
  }

  @Test
  void afterAReconnect_everythingIsAskedAnew() {
    directory.connected();
    answer = this::ordersExists;
    directory.find("orders", -1, Patience.BLOCKING);
    directory.disconnected();
    sent.clear();

    directory.connected();

    assertThat(sent)
        .contains(
            new Message.Subscribe(List.of("default/orders"), List.of()),
            new Message.Resolve("orders", -1));
  }

  @Test
  void whoFollowsManyServices_saysSoInPartsThatAreTaken() throws WireException {
    Set<String> all = new HashSet<>();
    for (int i = 0; i < 2 * Bounds.SUBSCRIBE + 1; i++) {
      all.add(directory.service(new ServiceName("default", "s" + i)).name().toString());
    }
    sent.clear();
    directory.connected();

    Set<String> said = new HashSet<>();
    for (Message message : sent) {
      said.addAll(((Message.Subscribe) Message.decode(message.encode())).add());
    }
    assertThat(sent).hasSize(3);
    assertThat(said).isEqualTo(all);
  }

  @Test
  void afterAReconnect_notEverythingIsAskedInOneGo_butWhatIsUsedIs() {
    for (int i = 0; i < 3 * Directory.MAX_ASKED; i++) {
      directory.find("host" + i + ".example", -1, Patience.BLOCKING);
    }
    answer = this::nobodyIsThere;
    directory.connected();
    directory.disconnected();
    sent.clear();

    directory.connected();
    assertThat(sent).hasSize(Directory.MAX_ASKED);
    for (int i = 0; i < 3 * Directory.MAX_ASKED; i++) {
      directory.find("host" + i + ".example", -1, Patience.BLOCKING);
    }
    assertThat(sent).as("each once").hasSize(3 * Directory.MAX_ASKED).doesNotHaveDuplicates();
  }

  @Test
  void afterAnyNumberOfNames_aNewServiceIsFound_andTheOldOnesStay() {
    directory.connected();
    answer =
        message -> {
          if (message instanceof Message.Resolve ask && ask.host().startsWith("nobody")) {
            nobodyIsThere(message);
          } else {
            ordersExists(message);
          }
        };
    assertThat(directory.find("orders", -1, Patience.BLOCKING)).isNotNull();
    for (int i = 0; i < Directory.MAX_NAMES + 5; i++) {
      directory.find("nobody" + i, -1, Patience.BLOCKING);
      directory.find("nobody" + i + ".example", -1, Patience.BLOCKING);
    }
    sent.clear();
    assertThat(directory.find("orders", -1, Patience.BLOCKING)).as("known").isNotNull();
    assertThat(sent).as("without being asked for again").isEmpty();
    assertThat(directory.find("orders.default", -1, Patience.BLOCKING))
        .as("a new name")
        .isNotNull();
    assertThat(directory.find("orders.default.svc", -1, Patience.BLOCKING))
        .as("a new name")
        .isNotNull();
    assertThat(directory.find("10.0.0.1", 8080, Patience.BLOCKING)).as("a new address").isNotNull();
  }

  @Test
  void anAddressIsAskedForAgain_andMayBeAnotherServicesThen() {
    directory.connected();
    String[] owner = {"default/orders"};
    answer =
        message -> {
          if (message instanceof Message.Resolve ask) {
            directory.resolved(new Message.Resolved(ask.host(), ask.port(), owner[0], "a", 30_000));
          } else if (message instanceof Message.Subscribe subscribe) {
            directory.endpoints(
                new Message.Endpoints(
                    subscribe.add().get(0),
                    1,
                    -1,
                    List.of(instance("a", InstanceState.READY)),
                    List.of(),
                    true));
          }
        };
    assertThat(serviceAt("10.0.0.1")).isEqualTo("default/orders");
    owner[0] = "default/billing";
    now += TimeUnit.SECONDS.toNanos(29);
    assertThat(serviceAt("10.0.0.1")).isEqualTo("default/orders");
    now += TimeUnit.SECONDS.toNanos(2);
    serviceAt("10.0.0.1"); // asks, and does not wait
    assertThat(serviceAt("10.0.0.1")).isEqualTo("default/billing");
  }

  private String serviceAt(String address) {
    Directory.Found found = directory.find(address, 8080, Patience.BLOCKING);
    return found == null ? "nobody" : found.service().name().toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "127.0.0.1",
        "127.9.9.9",
        "127.1",
        "[::1]",
        "::1",
        "0:0:0:0:0:0:0:1",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "[fe80::1]",
        "fe80::1%eth0",
        "FEBF::1"
      })
  void itsOwnLoopbackAndLink_areNeverAskedFor(String host) {
    directory.connected();
    answer = this::ordersExists;
    assertThat(directory.find(host, 8080, Patience.BLOCKING)).isNull();
    assertThat(sent).isEmpty();
  }

  private void nobodyIsThere(Message message) {
    if (message instanceof Message.Resolve ask) {
      directory.resolved(new Message.Resolved(ask.host(), ask.port(), null, "", 30_000));
    }
  }

  private void ordersExists(Message message) {
    if (message instanceof Message.Resolve ask) {
      directory.resolved(
          new Message.Resolved(ask.host(), ask.port(), "default/orders", "", 30_000));
    } else if (message instanceof Message.Subscribe) {
      directory.endpoints(whole(1, instance("a", InstanceState.READY)));
    }
  }

  private static Message.Endpoints whole(long revision, Instance... instances) {
    return new Message.Endpoints(
        "default/orders", revision, -1, List.of(instances), List.of(), true);
  }

  private static Instance instance(String id, InstanceState state) {
    return new Instance(
        id,
        "default",
        "orders",
        List.of(new Port("10.0.0.1", 8080, "test", true, TlsMode.PERMISSIVE)),
        Map.of(),
        "",
        state,
        0);
  }
}
