package dev.weft.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SelectionKey;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The bridge is one for the JVM, and a floor is set once and for all: first without it. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BridgeTest {
  private static final String FLOOR = "weft.mtls.floor=STRICT";

  private static void startFails() {
    Bridge.onFirstUse(
        () -> {
          throw new IllegalStateException("no TLS 1.3");
        });
  }

  /** A mesh that started, of which everything fails. */
  private static void everythingFails() {
    Mesh broken =
        (Mesh)
            Proxy.newProxyInstance(
                Mesh.class.getClassLoader(),
                new Class<?>[] {Mesh.class},
                (proxy, method, arguments) -> {
                  throw new IllegalStateException(method.getName());
                });
    Bridge.onFirstUse(() -> broken);
  }

  private static @Nullable Refusal admit(Listener listener) {
    return listener.begin(null, new Unreadable()).refusal();
  }

  @Test
  @Order(1)
  void withoutAFloorWhateverFailsPassesThrough() {
    startFails();
    assertThat(Bridge.mesh()).isSameAs(Mesh.NONE);
    assertThat(Bridge.guarded()).isFalse();
    everythingFails();
    assertThat(Bridge.open("tomcat", null, false)).isNull();
    assertThat(Bridge.closed(false)).isNull();
    assertThat(Bridge.unguarded(new Unguarded("tomcat", "AJP connector", "8009", false))).isNull();
    Bridge.fault(new IOException());
  }

  @Test
  @Order(2)
  void withAFloorWhateverFailsIsClosed() throws IOException {
    Bridge.guard(FLOOR, false);
    assertThat(Bridge.guarded()).isTrue();
    assertThat(Bridge.started()).isNotSameAs(Mesh.NONE);
    startFails();
    closed();
    everythingFails();
    closed();
    assertThatThrownBy(() -> Bridge.failed(new IOException("advice"))).hasMessage("advice");
  }

  private static void closed() throws IOException {
    Listener opened = Bridge.open("tomcat", null, false);
    Listener unopened = Bridge.closed(true);
    assertThat(opened).isNotNull();
    assertThat(unopened).isNotNull();
    for (Listener listener : new Listener[] {opened, unopened}) {
      Refusal refusal = admit(listener);
      assertThat(refusal).isNotNull();
      assertThat(refusal.status()).isEqualTo(403);
      assertThat(refusal.summary()).contains(FLOOR);
    }
    assertThat(opened.sniff(ByteBuffer.wrap(new byte[] {0x16}))).isEqualTo(Listener.Sniff.CLOSE);
    assertThat(opened.sniff(ByteBuffer.wrap(new byte[] {'G'}))).isEqualTo(Listener.Sniff.NOT_OURS);
    assertThat(unopened.sniff(ByteBuffer.wrap(new byte[] {0x16})))
        .isEqualTo(Listener.Sniff.NOT_OURS);
    assertThat(opened(opened, new Saying(0x16))).isEqualTo(-1);
    assertThat(opened(opened, new Saying('G'))).isZero();
    assertThat(opened(opened, new Saying(0))).isEqualTo(SelectionKey.OP_READ);
    assertThat(unopened.connection(new Saying(0x16), () -> {})).isNull();
    assertThat(Bridge.unguarded(new Unguarded("tomcat", "AJP connector", "8009", false)))
        .isEqualTo(
            "AJP connector of tomcat on port 8009 does not accept: the mesh cannot guard it, and"
                + " the floor is "
                + FLOOR);
  }

  private static int opened(Listener listener, ByteChannel below) throws IOException {
    Connection connection = listener.connection(below, () -> {});
    assertThat(connection).isNotNull();
    assertThat(connection.session()).isNull();
    assertThat(connection.patience()).isZero();
    ByteBuffer first = ByteBuffer.allocate(10);
    int waitFor = connection.open(first);
    assertThat(first.position()).as("of TLS nothing is left").isEqualTo(waitFor == 0 ? 1 : 0);
    return waitFor;
  }

  /** Has one byte to say; 0 for nothing yet. */
  private record Saying(int what) implements ByteChannel {
    @Override
    public int read(ByteBuffer to) {
      if (what == 0) {
        return 0;
      }
      to.put((byte) what);
      return 1;
    }

    @Override
    public int write(ByteBuffer from) {
      throw new AssertionError("nothing is written");
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  @Test
  @Order(3)
  void theHouseMayLeaveATlsOfItsOwnAlone() {
    Bridge.guard(FLOOR, true);
    startFails();
    Listener own = Bridge.open("tomcat", null, true);
    Listener plain = Bridge.open("tomcat", null, false);
    assertThat(own).isNotNull();
    assertThat(plain).isNotNull();
    assertThat(admit(own)).isNull();
    assertThat(admit(plain)).isNotNull();
    assertThat(Bridge.unguarded(new Unguarded("jdk-httpserver", "HttpsServer", null, true)))
        .isNull();
  }

  private static final class Unreadable implements Incoming {
    @Override
    public String method() {
      return "";
    }

    @Override
    public String target() {
      return "";
    }

    @Override
    public @Nullable String query() {
      return null;
    }

    @Override
    public @Nullable String authority() {
      return null;
    }

    @Override
    public java.util.List<String> header(String name) {
      return java.util.List.of();
    }

    @Override
    public java.net.@Nullable InetAddress source() {
      return null;
    }
  }
}
