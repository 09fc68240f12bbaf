package dev.weft.drive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.bridge.Connection;
import dev.weft.bridge.Incoming;
import dev.weft.bridge.Listener;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A connection from its first byte on, by a clock that the test moves. */
class InboundConnectionTest {
  private static final int OPEN = 0;
  private static final int CLOSE = -1;

  private final Wire wire = new Wire(40_000);
  private final Script script = new Script();
  private final List<Throwable> faults = new ArrayList<>();
  private final Runnable hangUp = () -> {};
  private final ByteBuffer first = ByteBuffer.allocate(8 * 1024);
  private long now;
  private final Connection connection =
      new InboundConnection(
          new GuardedListener(script, faults::add), wire.server, () -> now, hangUp, "http/1.1");

  /**
   * What begins with P is plaintext when it is complete, and ends with a dot; of N there is never
   * enough; X is to be closed; TLS is the mesh's; all else is plaintext at once.
   */
  private final class Script implements Gate {
    private int looks;
    private boolean broken;
    private boolean withoutEngine;

    @Override
    public Listener.Sniff sniff(ByteBuffer firstBytes) {
      looks++;
      if (broken) {
        throw new IllegalStateException("broken");
      }
      int start = firstBytes.position();
      boolean whole = firstBytes.get(firstBytes.limit() - 1) == '.';
      return switch (firstBytes.get(start)) {
        case 'X' -> Listener.Sniff.CLOSE;
        case 'P' -> whole ? Listener.Sniff.NOT_OURS : Listener.Sniff.NEED_MORE;
        case 'N' -> Listener.Sniff.NEED_MORE;
        case 0x16 ->
            firstBytes.remaining() < 100 ? Listener.Sniff.NEED_MORE : Listener.Sniff.MESH_TLS;
        default -> Listener.Sniff.NOT_OURS;
      };
    }

    @Override
    public SSLEngine serverEngine(Runnable told, String... alpn) {
      assertThat(told).isSameAs(hangUp);
      assertThat(alpn).containsExactly("http/1.1");
      if (withoutEngine) {
        throw new IllegalStateException("no engine");
      }
      return TestKeys.server();
    }

    @Override
    public Visit admit(@Nullable SSLSession session, Incoming head, int hops) {
      throw new AssertionError("no requests here");
    }

    @Override
    public boolean draining() {
      return false;
    }

    @Override
    public void workStarted() {}

    @Override
    public void workEnded() {}

    @Override
    public void close() {}
  }

  private void say(String text) throws IOException {
    wire.client.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
  }

  private String read(int most) throws IOException {
    ByteBuffer to = ByteBuffer.allocate(most);
    connection.read(to);
    return new String(to.array(), 0, to.position(), StandardCharsets.US_ASCII);
  }

  private String firstBytes() {
    return new String(first.array(), 0, first.position(), StandardCharsets.US_ASCII);
  }

  private void later(long millis) {
    now += TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private TlsPump client() throws SSLException {
    return new TlsPump(TestKeys.client(), wire.client, ByteBuffer.allocate(0), () -> now);
  }

  @Test
  void plaintextRemainsWhereItWasRead_andGoesThrough() throws Exception {
    first.put((byte) '>');
    assertThat(connection.open(first)).isEqualTo(SelectionKey.OP_READ);
    assertThat(connection.patience()).isZero();
    say("GET");
    assertThat(connection.open(first)).isEqualTo(OPEN);
    assertThat(firstBytes()).isEqualTo(">GET");
    assertThat(first.limit()).isEqualTo(first.capacity());
    assertThat(connection.session()).isNull();
    assertThat(connection.available()).isZero();
    assertThat(connection.patience()).isZero();
    say(" /");
    assertThat(read(10)).isEqualTo(" /");
    ByteBuffer[] answer = {ByteBuffer.allocate(0), ByteBuffer.wrap(new byte[] {'a', 'b'})};
    assertThat(connection.write(answer, 0, 2)).isEqualTo(2);
    assertThat(connection.unsent()).isZero();
    assertThat(connection.flush()).isFalse();
    connection.drain(1);
    assertThat(wire.client.arrived()).isEqualTo(2);
    assertThat(script.looks).isEqualTo(1);
  }

  @Test
  void plaintextThatTookMoreThanOneLookIsReadBeforeWhatFollows() throws Exception {
    for (String piece : List.of("P", "la", "in.")) {
      assertThat(connection.open(first)).isEqualTo(SelectionKey.OP_READ);
      say(piece);
    }
    assertThat(connection.open(first)).isEqualTo(OPEN);
    assertThat(first.position()).isZero();
    assertThat(connection.available()).isEqualTo(6);
    say("more");
    assertThat(read(4)).isEqualTo("Plai");
    ByteBuffer[] to = {ByteBuffer.allocate(0), ByteBuffer.allocate(10)};
    assertThat(connection.read(to, 0, 2)).isEqualTo(2);
    assertThat(connection.available()).isZero();
    assertThat(read(10)).isEqualTo("more");
  }

  @Test
  void noMoreIsLookedAtThanThereMayBe() throws Exception {
    say("N" + "o".repeat(20_000));
    assertThat(connection.open(first)).isEqualTo(CLOSE);
    assertThat(wire.server.arrived()).isEqualTo(20_001 - Listener.SNIFF_LIMIT);
    assertThat(connection.open(first)).isEqualTo(CLOSE);
    assertThat(read(10)).isEmpty();
  }

  @Test
  void whatIsToBeClosedIsNeitherReadNorWritten() throws Exception {
    assertThatThrownBy(() -> read(1)).isInstanceOf(NotYetConnectedException.class);
    assertThatThrownBy(() -> connection.write(ByteBuffer.allocate(1)))
        .isInstanceOf(NotYetConnectedException.class);
    say("X");
    assertThat(connection.open(first)).isEqualTo(CLOSE);
    assertThat(first.position()).isZero();
    assertThat(connection.read(first)).isEqualTo(-1);
    assertThatThrownBy(() -> connection.write(ByteBuffer.allocate(1)))
        .isInstanceOf(ClosedChannelException.class);
    assertThat(wire.client.arrived()).isZero();
  }

  @Test
  void whoLeavesWithoutAWordIsTheServers_andWhoLeavesInTheMiddleIsGone() throws Exception {
    wire.client.close();
    assertThat(connection.open(first)).isEqualTo(OPEN);
    assertThat(connection.read(first)).isEqualTo(-1);

    Wire other = new Wire(100);
    Connection cut =
        new InboundConnection(
            new GuardedListener(script, faults::add), other.server, () -> now, hangUp);
    other.client.write(ByteBuffer.wrap(new byte[] {'P'}));
    other.client.close();
    assertThat(cut.open(first)).isEqualTo(CLOSE);
  }

  @Test
  void fiveSecondsForAll_whoeverSendsAByteNowAndThen() throws Exception {
    later(100_000);
    assertThat(connection.open(first)).isEqualTo(SelectionKey.OP_READ);
    say("P");
    assertThat(connection.open(first)).isEqualTo(SelectionKey.OP_READ);
    assertThat(connection.patience()).isEqualTo(5_000);
    later(3_000);
    say("P");
    assertThat(connection.open(first)).isEqualTo(SelectionKey.OP_READ);
    assertThat(connection.patience()).isEqualTo(2_000);
    later(2_000);
    assertThat(connection.patience()).isEqualTo(1);
    say("P");
    assertThat(connection.open(first)).isEqualTo(CLOSE);
    assertThat(connection.patience()).isZero();
  }

  @Test
  void aByteNowAndThenEnds_alsoOverAChannelThatWaits() throws Exception {
    say("P");
    wire.server.blocks(
        () -> {
          later(1_000);
          say("P");
        });
    assertThat(connection.open(first)).isEqualTo(CLOSE);
    assertThat(wire.client.written()).isLessThan(15);

    Wire other = new Wire(40_000);
    Connection stuck =
        new InboundConnection(
            new GuardedListener(script, faults::add), other.server, () -> now, hangUp, "http/1.1");
    new TlsPump(TestKeys.client(), other.client, ByteBuffer.allocate(0), () -> now)
        .handshake(() -> false);
    long hello = other.client.written();
    other.server.blocks(
        () -> {
          later(1_000);
          other.client.write(ByteBuffer.wrap(new byte[] {22}));
        });
    assertThat(stuck.open(first)).isEqualTo(CLOSE);
    assertThat(other.client.written()).isBetween(hello + 1, hello + 15);
  }

  /** Late only because we were. */
  @Test
  void whatIsThereIsNotLate() throws Exception {
    say("P");
    connection.open(first);
    later(6_000);
    say(".");
    assertThat(connection.open(first)).isEqualTo(OPEN);
  }

  @Test
  void meshTlsFromItsFirstByteToItsGoodbye() throws Exception {
    TlsPump client = client();
    wire.server.most(50); // several looks
    int asked = SelectionKey.OP_READ;
    for (int i = 0; asked > 0; i++) {
      assertThat(i).isLessThan(100);
      client.handshake(() -> false);
      asked = connection.open(first);
    }
    assertThat(asked).isEqualTo(OPEN);
    assertThat(first.position()).isZero();
    assertThat(connection.patience()).isZero();
    SSLSession session = connection.session();
    assertThat(session).isNotNull();
    assertThat(session.getPeerCertificates()).hasSize(1);
    client.handshake(() -> false);
    client.write(ByteBuffer.wrap(new byte[] {'h', 'i'}));
    assertThat(read(1)).isEqualTo("h");
    assertThat(connection.available()).isEqualTo(1);
    assertThat(read(9)).isEqualTo("i");
    connection.write(ByteBuffer.wrap(new byte[] {'y', 'o'}));
    ByteBuffer to = ByteBuffer.allocate(10);
    assertThat(client.read(to)).isEqualTo(2);
    connection.close();
    assertThat(client.read(to)).isEqualTo(-1);
    assertThatThrownBy(() -> connection.write(ByteBuffer.allocate(1)))
        .isInstanceOf(ClosedChannelException.class);
    assertThat(connection.session()).as("of a request that is begun now").isSameAs(session);
  }

  @Test
  void meshTlsOverAChannelThatWaits() throws Exception {
    TlsPump client = client();
    wire.server.blocks(() -> client.handshake(() -> false));
    assertThat(connection.open(first)).isEqualTo(OPEN);
    assertThat(connection.session()).isNotNull();
  }

  @Test
  void aHandshakeThatStopsIsLate_andOneThatWasInterruptedGoesOn() throws Exception {
    TlsPump client = client();
    client.handshake(() -> false);
    wire.server.blocks(() -> {});
    assertThatThrownBy(() -> connection.open(first)).isInstanceOf(SocketTimeoutException.class);
    assertThat(connection.patience()).isEqualTo(5_000);
    wire.server.blocks(() -> client.handshake(() -> false));
    assertThat(connection.open(first)).isEqualTo(OPEN);

    Wire other = new Wire(40_000);
    Connection stuck =
        new InboundConnection(
            new GuardedListener(script, faults::add), other.server, () -> now, hangUp, "http/1.1");
    new TlsPump(TestKeys.client(), other.client, ByteBuffer.allocate(0), () -> now)
        .handshake(() -> false);
    assertThat(stuck.open(first)).isEqualTo(SelectionKey.OP_READ);
    later(5_000);
    assertThat(stuck.open(first)).isEqualTo(CLOSE);
    stuck.close();
    assertThat(stuck.read(first)).isEqualTo(-1);
  }

  @Test
  void faultsAreCounted_andCloseWhatIsMeshTls() throws Exception {
    script.withoutEngine = true;
    client().handshake(() -> false);
    assertThat(connection.open(first)).isEqualTo(CLOSE);
    assertThat(faults).hasSize(1);

    script.broken = true;
    Wire other = new Wire(100);
    Connection unjudged =
        new InboundConnection(
            new GuardedListener(script, faults::add), other.server, () -> now, hangUp);
    other.client.write(ByteBuffer.wrap(new byte[] {'X'}));
    assertThat(unjudged.open(first)).as("plaintext, asked about as such").isEqualTo(OPEN);
    assertThat(faults).hasSize(2);
  }

  @Test
  void whoIsNotAcceptedIsTold() throws Exception {
    client().handshake(() -> false);
    connection.open(first);
    say("no TLS at all");
    assertThatThrownBy(() -> connection.open(first)).isInstanceOf(SSLException.class);
    assertThat(connection.open(first)).isEqualTo(CLOSE);
    assertThat(wire.client.arrived()).isPositive();
  }
}
