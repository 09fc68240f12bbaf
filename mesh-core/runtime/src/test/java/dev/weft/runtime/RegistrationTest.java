package dev.weft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.TlsMode;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import dev.weft.wire.Port;
import org.junit.jupiter.api.Test;

class RegistrationTest {
  private int changes;
  private final Registration registration = new Registration(-1, null, () -> changes++);

  @Test
  void aMereClient_doesNotRegister() {
    assertThat(registration.message("10.0.0.1")).isNull();
  }

  @Test
  void theFirstPort_isThePrimaryOne_atTheAddressOfTheStreamIfBoundToAll() {
    registration.open(new Registration.OpenPort(null, 8080, "tomcat", true));
    registration.open(new Registration.OpenPort("10.0.0.2", 9000, "jdk-httpserver", false));

    assertThat(message().state()).isEqualTo(InstanceState.READY);
    assertThat(message().ports())
        .containsExactly(
            new Port("10.0.0.1", 8080, "tomcat", true, TlsMode.PERMISSIVE),
            new Port("10.0.0.2", 9000, "jdk-httpserver", false, TlsMode.DISABLE));
    assertThat(changes).isEqualTo(2);
  }

  @Test
  void aPortOfLoopback_isToldWhereTheCoordinatorIsOnThisMachine_andLeftOutElsewhere() {
    Registration.OpenPort management =
        new Registration.OpenPort("127.0.0.1", 9000, "jdk-httpserver", false);
    registration.open(management);
    registration.open(new Registration.OpenPort(null, 8080, "tomcat", true));

    assertThat(message().ports())
        .containsExactly(new Port("10.0.0.1", 8080, "tomcat", true, TlsMode.PERMISSIVE));
    assertThat(registration.outOfReach("10.0.0.1")).containsExactly(management);
    Message.Register here = registration.message("127.0.0.1");
    assertThat(here).isNotNull();
    assertThat(here.ports()).extracting(Port::address).containsOnly("127.0.0.1").hasSize(2);
    assertThat(registration.outOfReach("127.0.0.1")).isEmpty();
  }

  @Test
  void aDeclaredPort_isThePrimaryOne_andAnAdvertisedAddressWins() {
    Registration declared = new Registration(9000, "192.0.2.1", () -> {});
    declared.open(new Registration.OpenPort(null, 8080, "tomcat", true));
    declared.open(new Registration.OpenPort("127.0.0.1", 9000, "tomcat", true));

    Message.Register message = declared.message("10.0.0.1");
    assertThat(message).isNotNull();
    assertThat(message.ports())
        .extracting(Port::number, Port::primary, Port::address)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(8080, false, "192.0.2.1"),
            org.assertj.core.groups.Tuple.tuple(9000, true, "192.0.2.1"));
  }

  @Test
  void whileTheApplicationStarts_anOpenPortIsNotEnough() {
    registration.hold();
    registration.hold(); // an application within the application
    registration.open(new Registration.OpenPort(null, 8080, "tomcat", true));
    assertThat(message().state()).isEqualTo(InstanceState.STARTING);
    registration.ready();
    assertThat(message().state()).isEqualTo(InstanceState.STARTING);
    registration.ready();
    assertThat(message().state()).isEqualTo(InstanceState.READY);
  }

  @Test
  void draining_isForGood() {
    registration.open(new Registration.OpenPort(null, 8080, "tomcat", true));
    registration.drain();
    registration.ready();
    assertThat(message().state()).isEqualTo(InstanceState.DRAINING);
    assertThat(registration.draining()).isTrue();
  }

  @Test
  void whoDrains_doesNotRegisterThatItsLastPortIsClosed() {
    Registration.OpenPort port = new Registration.OpenPort(null, 8080, "tomcat", true);
    registration.open(port);
    registration.drain();
    registration.close(port);
    assertThat(registration.message("10.0.0.1")).isNull();
  }

  private Message.Register message() {
    Message.Register message = registration.message("10.0.0.1");
    assertThat(message).isNotNull();
    return message;
  }
}
