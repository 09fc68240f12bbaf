package dev.weft.coordinator.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.coordinator.FakeTime;
import dev.weft.policy.Cidr;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Port;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** At which addresses an instance may register, and who has an address that several claim. */
class AddressesTest {
  private final FakeTime time = new FakeTime();
  private final Registry registry = new Registry("here", time, time::nanos);
  private int instances;

  private static Origin from(String source, String... granted) {
    return new Origin(inet(source), Arrays.stream(granted).map(Cidr::parse).toList());
  }

  private static InetAddress inet(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static String id(int n) {
    return new UUID(9, n).toString();
  }

  private static Port at(String address, int port) {
    return new Port(address, port, "test", port == 8080, TlsMode.PERMISSIVE);
  }

  private Lease claim(String service, Origin origin, String address) {
    Lease lease = registry.connect("default", service, id(++instances), Map.of(), "", origin);
    lease.register(List.of(at(address, 8080)), InstanceState.READY);
    time.advance(Duration.ofSeconds(1));
    return lease;
  }

  @Test
  void ofOneServiceAtOneAddress_thereAreNotManyAtATime() {
    for (int i = 0; i < Registry.MAX_LIVE_AT_ONE_ADDRESS; i++) {
      claim("orders", from("10.1.0.5"), "10.1.0.5");
    }
    assertThatThrownBy(() -> claim("orders", from("10.1.0.5"), "10.1.0.5"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("100 instances of default/orders are at 10.1.0.5:8080 already");
    assertThatCode(() -> claim("stock", from("10.1.0.5"), "10.1.0.5"))
        .as("another's")
        .doesNotThrowAnyException();
  }

  private String holder(String address) {
    Instance at = registry.at(address, 8080);
    return at == null ? "nobody" : at.service();
  }

  private void pass(Duration by) {
    time.advance(by);
    registry.tick();
  }

  // ---- which addresses

  @ParameterizedTest
  @CsvSource({
    "10.1.0.5, 10.1.0.5",
    "10.1.0.5, ::ffff:10.1.0.5",
    "2001:db8::5, 2001:db8:0::5",
    "fe80::5%1, fe80::5",
    "169.254.7.7, 169.254.7.7",
    "127.0.0.1, 127.0.0.1",
    "127.0.0.1, 127.0.0.9",
    "127.0.0.1, ::1",
    "::1, 127.0.0.1"
  })
  void whereItComesFrom_anInstanceMayBe(String source, String address) {
    assertThatCode(() -> claim("orders", from(source), address)).doesNotThrowAnyException();
    assertThat(registry.instances()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.0.5, 169.254.169.254",
    "10.1.0.5, 127.0.0.1",
    "10.1.0.5, ::ffff:127.0.0.1",
    "10.1.0.5, ::1",
    "10.1.0.5, 8.8.8.8",
    "10.1.0.5, 10.1.0.6",
    "10.1.0.5, fe80::5",
    "127.0.0.1, 8.8.8.8",
    "127.0.0.1, 192.0.2.2",
    "127.0.0.1, 169.254.169.254",
    "127.0.0.1, fe80::1",
    "192.0.2.2, 127.0.0.1"
  })
  void elsewhereItMayNotBe(String source, String address) {
    assertThatThrownBy(() -> claim("member", from(source), address))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("register.ports.address: ")
        .hasMessageContaining("this stream comes from " + source)
        .hasMessageContaining("weft.advertise");
    assertThat(registry.instances()).isEmpty();
  }

  @Test
  void onePortThatItMayNotHave_refusesTheRest_andWhatWasBeforeStays() {
    Lease lease = claim("orders", from("10.1.0.5"), "10.1.0.5");
    assertThatThrownBy(
            () ->
                lease.register(
                    List.of(at("10.1.0.5", 8080), at("8.8.8.8", 443)), InstanceState.READY))
        .hasMessageContaining("8.8.8.8 is not granted")
        .hasMessageContaining("weft token create --addresses 8.8.8.8");
    assertThat(registry.instances()).singleElement().extracting("ports").asList().hasSize(1);
  }

  @Test
  void inTheRangesOfItsToken_itMayBe_butNeverAtLoopbackOrLinkLocal() {
    Origin granted = from("10.1.0.5", "203.0.113.0/24", "fd00::/8");
    claim("orders", granted, "203.0.113.9");
    claim("orders", granted, "fd00::9");
    assertThatThrownBy(() -> claim("orders", granted, "203.0.114.9"))
        .hasMessageContaining("is not granted");
    Origin everything = from("10.1.0.5", "0.0.0.0/0", "::/0");
    for (String never : List.of("127.0.0.1", "::1", "169.254.169.254", "fe80::1")) {
      assertThatThrownBy(() -> claim("orders", everything, never))
          .as(never)
          .hasMessageContaining("is l");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "fe80::1"})
  void addressesThatAreEveryonesOwn_areKnownAsSuch(String address) {
    assertThat(InstanceRules.isEveryonesOwn(address)).isTrue();
    assertThat(InstanceRules.isEveryonesOwn("10.1.0.5")).isFalse();
  }

  // ---- who has an address

  @Test
  void whoIsThere_beatsWhoIsGrantedIt_whoeverCameFirst() {
    Lease member = claim("member", from("10.1.0.6", "10.1.0.0/16"), "10.1.0.5");
    assertThat(holder("10.1.0.5")).isEqualTo("member");
    claim("orders", from("10.1.0.5"), "10.1.0.5");
    assertThat(holder("10.1.0.5")).isEqualTo("orders");
    member.register(List.of(at("10.1.0.5", 8080)), InstanceState.READY);
    assertThat(holder("10.1.0.5")).isEqualTo("orders");
  }

  @Test
  void ofTwoThatAreThere_theOneThatClaimedItFirstKeepsIt_howeverOldTheOtherIs() {
    Lease old = claim("member", from("10.1.0.5"), "10.1.0.5");
    old.register(List.of(at("10.1.0.5", 9999)), InstanceState.READY);
    claim("orders", from("10.1.0.5"), "10.1.0.5");
    old.register(List.of(at("10.1.0.5", 8080)), InstanceState.READY);
    assertThat(holder("10.1.0.5")).as("had it before, and left it for another").isEqualTo("member");

    claim("late", from("10.1.0.5"), "10.1.0.5");
    assertThat(holder("10.1.0.5")).isEqualTo("member");
  }

  @Test
  void anOlderInstanceThatClaimsLater_isLater() {
    Lease old = registry.connect("default", "member", id(99), Map.of(), "", from("10.1.0.5"));
    old.register(List.of(at("10.1.0.5", 9999)), InstanceState.READY);
    pass(Duration.ofSeconds(5));
    claim("orders", from("10.1.0.5"), "10.1.0.5");
    old.register(List.of(at("10.1.0.5", 8080), at("10.1.0.5", 9999)), InstanceState.READY);
    assertThat(holder("10.1.0.5")).isEqualTo("orders");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aServiceThatRestarts_hasItsAddressBack(boolean saysGoodbye) {
    Origin there = from("10.1.0.5");
    Lease orders = claim("orders", there, "10.1.0.5");
    Lease member = claim("member", there, "10.1.0.5");
    if (saysGoodbye) {
      orders.bye();
    } else {
      orders.lost();
    }
    assertThat(holder("10.1.0.5")).as("who is alive").isEqualTo("member");
    pass(Duration.ofHours(1));
    member.renew();
    member.register(List.of(at("10.1.0.5", 8080)), InstanceState.READY);

    claim("orders", there, "10.1.0.5");
    assertThat(holder("10.1.0.5")).isEqualTo("orders");
  }

  @Test
  void whatAServiceLeftLongAgo_isForgotten_andSoAreAllButItsLast() {
    Origin there = from("10.1.0.5");
    claim("orders", there, "10.1.0.5").bye();
    claim("billing", there, "10.1.0.5");
    pass(Claims.REMEMBERED);
    claim("orders", there, "10.1.0.5");
    assertThat(holder("10.1.0.5")).isEqualTo("billing");

    Lease roams = registry.connect("default", "roams", id(77), Map.of(), "", there);
    for (int port = 1; port <= Claims.MAX_LEFT + 2; port++) {
      roams.register(List.of(at("10.1.0.5", port)), InstanceState.READY);
      time.advance(Duration.ofSeconds(1));
    }
    Lease next = registry.connect("default", "next", id(78), Map.of(), "", there);
    next.register(List.of(at("10.1.0.5", 1), at("10.1.0.5", 3)), InstanceState.READY);
    roams.register(List.of(at("10.1.0.5", 1), at("10.1.0.5", 3)), InstanceState.READY);
    assertThat(registry.at("10.1.0.5", 1)).extracting("service").isEqualTo("next");
    assertThat(registry.at("10.1.0.5", 3)).extracting("service").isEqualTo("roams");
  }

  // ---- several coordinators

  @Test
  void whatAnotherCoordinatorSaw_counts() throws Exception {
    claim("member", from("10.1.0.6", "10.1.0.0/16"), "10.1.0.5");
    registry.coordinators(Set.of("there"));
    Registry there = new Registry("there", time, time::nanos);
    Lease orders = there.connect("default", "orders", id(50), Map.of(), "", from("10.1.0.5"));
    orders.register(List.of(at("10.1.0.5", 8080)), InstanceState.READY);

    registry.slice("there", 0, carried(there));
    assertThat(holder("10.1.0.5")).isEqualTo("orders");

    orders.bye();
    registry.slice("there", 0, carried(there));
    assertThat(holder("10.1.0.5")).isEqualTo("member");
    claim("orders", from("10.1.0.5"), "10.1.0.5");
    assertThat(holder("10.1.0.5")).isEqualTo("orders");
  }

  @Test
  void aServiceThatRestartsAtAnotherCoordinator_hasItsAddressBack() throws Exception {
    Origin same = from("10.1.0.5");
    registry.coordinators(Set.of("there"));
    Registry there = new Registry("there", time, time::nanos);
    Lease orders = there.connect("default", "orders", id(50), Map.of(), "", same);
    orders.register(List.of(at("10.1.0.5", 8080)), InstanceState.READY);
    registry.slice("there", 0, carried(there));
    time.advance(Duration.ofSeconds(1));
    claim("member", same, "10.1.0.5");
    orders.bye();
    registry.slice("there", 0, carried(there));
    assertThat(holder("10.1.0.5")).isEqualTo("member");

    claim("orders", same, "10.1.0.5");
    assertThat(holder("10.1.0.5")).isEqualTo("orders");
    there.coordinators(Set.of("here"));
    there.slice("here", 0, carried(registry));
    Instance seenThere = there.at("10.1.0.5", 8080);
    assertThat(seenThere).as("the same on every coordinator").isNotNull();
    assertThat(seenThere.service()).isEqualTo("orders");
  }

  /** As it goes through ZooKeeper. */
  private static List<Declared> carried(Registry from) throws Exception {
    List<Declared> slice = from.takeChangedSlices().getOrDefault(0, List.of());
    return SliceCodec.decode(SliceCodec.encode(slice));
  }

  // ---- how many

  @Test
  void ofThoseThatWereLostAtOneAddress_theLastOnesAreKept() {
    Origin there = from("10.1.0.5");
    for (int i = 0; i < 3 * Registry.MAX_LOST_AT_ONE_ADDRESS; i++) {
      Lease one = registry.connect("default", "orders", id(200 + i), Map.of(), "", there);
      one.register(List.of(at("10.1.0.5", 8080)), InstanceState.READY);
      one.lost();
    }
    assertThat(registry.instances())
        .hasSize(Registry.MAX_LOST_AT_ONE_ADDRESS)
        .extracting(Instance::id)
        .contains(id(200 + 3 * Registry.MAX_LOST_AT_ONE_ADDRESS - 1))
        .doesNotContain(id(200));
    claim("orders", there, "10.1.0.5");
    assertThat(registry.view("default/orders").instances()).as("after them came one").hasSize(1);
  }

  @Test
  void oneServiceDoesNotFillTheRegistry() {
    Origin there = from("10.1.0.5");
    Lease first = claim("flood", there, "10.1.0.5");
    for (int i = 1; i < Registry.MAX_INSTANCES; i++) {
      registry.connect("default", "flood", id(1_000 + i), Map.of(), "", there);
    }
    assertThatThrownBy(() -> registry.connect("default", "flood", id(999), Map.of(), "", there))
        .hasMessageContaining("instance: " + Registry.MAX_INSTANCES + " of default/flood");
    claim("orders", there, "10.1.0.5");

    first.lost();
    Lease late = registry.connect("default", "flood", id(998), Map.of(), "", there);
    assertThat(registry.view("default/flood").instances()).as("the lost one made room").isEmpty();
    late.bye();
    registry.connect("default", "flood", id(997), Map.of(), "", there);
  }
}
