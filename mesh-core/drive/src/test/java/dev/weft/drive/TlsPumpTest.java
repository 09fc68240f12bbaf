package dev.weft.drive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two pumps, or a pump and a bare engine, with a connection in memory between them. */
class TlsPumpTest {
  private static final int RECORD = 17 * 1024;
  private static final int MIB = 1024 * 1024;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final Wire wire = new Wire(2 * RECORD);
  private final SSLEngine clientEngine = TestKeys.client();
  private final TlsPump client = pump(clientEngine, wire.client);
  private final TlsPump server = pump(TestKeys.server(), wire.server);

  private static TlsPump pump(SSLEngine engine, Wire.End end) {
    try {
      return new TlsPump(engine, end, NOTHING, System::nanoTime);
    } catch (SSLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void shake() throws IOException {
    for (int i = 0; i < 100_000; i++) {
      if (client.handshake(() -> false) == 0 & server.handshake(() -> false) == 0) {
        return;
      }
    }
    throw new AssertionError("no end to the handshake");
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** What there is to read now. */
  private static String text(TlsPump pump) throws IOException {
    ByteBuffer to = ByteBuffer.allocate(RECORD);
    pump.read(to);
    return new String(to.array(), 0, to.position(), StandardCharsets.US_ASCII);
  }

  private static byte[] noise(int size) {
    byte[] noise = new byte[size];
    new Random(size).nextBytes(noise);
    return noise;
  }

  /**
   * Writes past the client's pump what its engine makes of a text; of "", what it has to say
   * itself.
   */
  private void writeRecord(String text) throws IOException {
    ByteBuffer record = ByteBuffer.allocate(RECORD);
    clientEngine.wrap(bytes(text), record);
    wire.client.write(record.flip());
    assertThat(record.hasRemaining()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 1000, Integer.MAX_VALUE})
  void whatOneSideWritesTheOtherReads_inPiecesOfAnySize(int most) throws Exception {
    wire.client.most(most);
    wire.server.most(most);
    shake();
    assertThat(server.session().getPeerCertificates()).hasSize(1);
    for (TlsPump[] way : new TlsPump[][] {{client, server}, {server, client}}) {
      byte[] sent = noise(40_000);
      ByteBuffer from = ByteBuffer.wrap(sent);
      ByteBuffer to = ByteBuffer.allocate(sent.length);
      while (to.hasRemaining()) {
        way[0].write(from);
        way[1].read(to);
      }
      assertThat(to.array()).isEqualTo(sent);
    }
  }

  @Test
  void aMebibyteBothWaysAtOnce_whileNeitherHoldsMoreThanARecord() throws Exception {
    shake();
    byte[] up = noise(MIB);
    byte[] down = noise(MIB + 1);
    ByteBuffer[] from = {ByteBuffer.wrap(up), ByteBuffer.wrap(down)};
    ByteBuffer[] to = {ByteBuffer.allocate(up.length), ByteBuffer.allocate(down.length)};
    while (to[0].hasRemaining() || to[1].hasRemaining()) {
      client.write(from[0]);
      server.write(from[1]);
      assertThat(client.unsent()).isLessThan(RECORD);
      assertThat(server.unsent()).isLessThan(RECORD);
      server.read(to[0]);
      client.read(to[1]);
    }
    assertThat(to[0].array()).isEqualTo(up);
    assertThat(to[1].array()).isEqualTo(down);
  }

  @Test
  void whatThePeerDoesNotTakeIsNotTakenFromTheCaller() throws Exception {
    shake();
    ByteBuffer from = ByteBuffer.wrap(noise(MIB));
    while (client.write(from) > 0) {
      assertThat(client.unsent()).isLessThan(RECORD);
    }
    assertThat(from.position()).isLessThan(3 * RECORD);
    assertThat(client.flush()).isFalse();
    int unsent = client.unsent();
    assertThat(unsent).isPositive();
    server.read(ByteBuffer.allocate(RECORD));
    assertThat(client.flush()).isTrue();
    assertThat(client.unsent()).isLessThan(unsent);
  }

  @Test
  void severalBuffersOneAfterTheOther() throws Exception {
    shake();
    ByteBuffer[] from = {bytes("ab"), NOTHING, bytes("cd"), bytes("not this")};
    assertThat(client.write(from, 0, 3)).isEqualTo(4);
    ByteBuffer[] to = {NOTHING, ByteBuffer.allocate(1), ByteBuffer.allocate(2), NOTHING};
    assertThat(server.read(to, 0, 4)).isEqualTo(3);
    assertThat(text(server)).isEqualTo("d");
    assertThat(server.read(NOTHING)).isZero();
  }

  @Test
  void recordsAreReadWhole_andTheRestIsKept() throws Exception {
    shake();
    ByteBuffer record = ByteBuffer.allocate(RECORD);
    clientEngine.wrap(bytes("whole"), record);
    record.flip();
    while (record.hasRemaining()) {
      assertThat(server.available()).isZero();
      assertThat(text(server)).isEmpty();
      ByteBuffer one = record.slice(record.position(), 1);
      record.get();
      wire.client.write(one);
    }
    ByteBuffer two = ByteBuffer.allocate(2);
    assertThat(server.read(two)).isEqualTo(2);
    assertThat(server.available()).isEqualTo(3);
    assertThat(text(server)).isEqualTo("ole");
    assertThat(server.available()).isZero();
  }

  /** As a read of a blocking socket whose SO_TIMEOUT is over, at each byte of a record. */
  @Test
  void anInterruptedReadGoesOnWhereItWas() throws Exception {
    shake();
    ByteBuffer record = ByteBuffer.allocate(RECORD);
    clientEngine.wrap(bytes("kept"), record);
    record.flip();
    wire.server.blocks(() -> {});
    while (record.remaining() > 1) {
      assertThatThrownBy(() -> text(server)).isInstanceOf(SocketTimeoutException.class);
      wire.client.write(record.slice(record.position(), 1));
      record.get();
    }
    wire.client.write(record);
    assertThat(text(server)).isEqualTo("kept");
  }

  @Test
  void overAChannelThatWaits_handshakesReadsAndWritesAreDoneInOneCall() throws Exception {
    wire.server.blocks(() -> client.handshake(() -> false));
    assertThat(server.handshake(() -> false)).isZero();
    assertThat(client.handshake(() -> false)).isZero();
    byte[] sent = noise(MIB);
    ByteBuffer up = ByteBuffer.wrap(sent);
    wire.server.blocks(() -> client.write(up));
    ByteBuffer got = ByteBuffer.allocate(MIB);
    while (got.hasRemaining()) {
      assertThat(server.read(got)).isPositive();
    }
    assertThat(got.array()).isEqualTo(sent);
    ByteBuffer back = ByteBuffer.allocate(MIB);
    wire.server.blocks(() -> client.read(back));
    assertThat(server.write(ByteBuffer.wrap(sent))).isEqualTo(MIB);
    while (back.hasRemaining()) {
      assertThat(client.read(back)).isPositive();
    }
    assertThat(back.array()).isEqualTo(sent);
  }

  @Test
  void aGoodbyeIsAnEnd_afterWhatWasSaidBefore() throws Exception {
    shake();
    client.write(bytes("last words"));
    client.close();
    wire.client.close();
    assertThat(server.read(ByteBuffer.allocate(4))).isEqualTo(4);
    assertThat(text(server)).isEqualTo(" words");
    assertThat(server.available()).isEqualTo(1);
    assertThat(server.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    assertThat(server.available()).isEqualTo(1);
    assertThatThrownBy(() -> client.write(bytes("more")))
        .isInstanceOf(ClosedChannelException.class);
    // Half of it is closed: the other half may still be answered.
    server.write(bytes("answer"));
    assertThat(text(client)).isEqualTo("answer");
  }

  @Test
  void aGoodbyeWaitsForNobody() throws Exception {
    shake();
    ByteBuffer from = ByteBuffer.wrap(noise(MIB));
    while (client.write(from) > 0) {
      continue;
    }
    client.close();
    assertThat(client.unsent()).isPositive();
  }

  /** Wherever the client is cut off, the server comes to an end, and brings what was whole. */
  @Test
  void endsAtAnyMoment() throws Exception {
    long all = conversation(Long.MAX_VALUE);
    assertThat(all).isGreaterThan(500);
    for (long cut = 0; cut < all; cut += 1 + cut % 23) {
      conversation(cut);
    }
  }

  /** Returns how many bytes the client has sent. */
  private static long conversation(long cutAfter) throws IOException {
    Wire wire = new Wire(2 * RECORD);
    TlsPump client = pump(TestKeys.client(), wire.client);
    TlsPump server = pump(TestKeys.server(), wire.server);
    if (cutAfter == 0) {
      wire.client.close();
    } else {
      wire.client.hangUpAfter(cutAfter);
    }
    int asked = SelectionKey.OP_READ;
    for (int i = 0; i < 20 && asked > 0; i++) {
      try {
        if (client.handshake(() -> false) == 0) {
          client.write(bytes("hello"));
        }
      } catch (ClosedChannelException e) {
        // Cut off.
      }
      asked = server.handshake(() -> false);
    }
    if (cutAfter == Long.MAX_VALUE) {
      assertThat(asked).isZero();
      return wire.client.written();
    }
    assertThat(asked).isIn(0, -1);
    if (asked == 0) {
      ByteBuffer to = ByteBuffer.allocate(100);
      assertThat(server.read(to)).isIn(5, -1);
      assertThat(server.read(to)).isEqualTo(-1);
    }
    return 0;
  }

  @Test
  void garbageInsteadOfAHandshakeIsRefused() {
    for (int seed = 0; seed < 50; seed++) {
      Wire other = new Wire(2 * RECORD);
      TlsPump attacked = pump(TestKeys.server(), other.server);
      byte[] garbage = noise(200 + seed);
      if (seed % 2 == 0) {
        System.arraycopy(new byte[] {22, 3, 3, 0, 100}, 0, garbage, 0, 5);
      }
      assertThatThrownBy(
              () -> {
                other.client.write(ByteBuffer.wrap(garbage));
                attacked.handshake(() -> false);
              })
          .as("seed " + seed)
          .isInstanceOf(SSLException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plaintext", "noise", "record", "huge", "flipped"})
  void garbageAfterTheHandshakeEndsTheConnection_andThePeerIsTold(String kind) throws Exception {
    shake();
    writeRecord("before");
    ByteBuffer garbage = ByteBuffer.wrap(noise(3 * 1024));
    switch (kind) {
      case "record" -> garbage.put(0, new byte[] {23, 3, 3, 0, 100});
      case "huge" -> garbage.put(0, new byte[] {23, 3, 3, -1, -1});
      case "flipped" -> {
        garbage = ByteBuffer.allocate(RECORD);
        clientEngine.wrap(bytes("flipped"), garbage);
        garbage.flip();
        garbage.put(20, (byte) (garbage.get(20) ^ 1));
      }
      case "plaintext" -> garbage = bytes("GET / HTTP/1.1\r\n".repeat(1000));
      default -> {}
    }
    wire.client.write(garbage);
    assertThat(text(server)).isEqualTo("before");
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> text(server)).isInstanceOf(SSLException.class);
      assertThat(server.available()).isEqualTo(1);
    }
    assertThat(wire.client.arrived()).isPositive();
    assertThatThrownBy(() -> text(client)).isInstanceOf(SSLException.class);
  }

  @Test
  void tinyRecordsAreRead() throws Exception {
    shake();
    for (int i = 0; i < 3000; i++) {
      writeRecord("x");
      if (i % 50 == 49) {
        assertThat(text(server)).isEqualTo("x".repeat(50));
      }
    }
  }

  /** The JDK writes none; so a cipher that changes nothing, and no handshake. */
  @Test
  void floodsOfEmptyRecordsAreNotRead() throws Exception {
    TlsPump open = pump(new OpenEngine(), wire.server);
    for (int i = 0; i < 1000; i++) {
      wire.client.write(OpenEngine.record(i % 2 == 0 ? "" : "x"));
    }
    ByteBuffer to = ByteBuffer.allocate(500);
    while (to.hasRemaining()) {
      assertThat(open.read(to)).isPositive();
    }
    for (int i = 0; i < 1000; i++) {
      wire.client.write(OpenEngine.record(""));
    }
    wire.client.write(OpenEngine.record("never seen"));
    assertThatThrownBy(() -> text(open))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("bring nothing");
  }

  @Test
  void whoDoesNothingButAskForNewKeysIsHungUpOn() throws Exception {
    shake();
    writeRecord("before");
    for (int i = 0; i < 200; i++) {
      clientEngine.beginHandshake();
      writeRecord("");
    }
    assertThat(text(server)).isEqualTo("before");
    assertThatThrownBy(() -> text(server))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("bring nothing");
  }

  @Test
  void anEngineThatFailsIsAnErrorOfTheConnection() {
    OpenEngine broken = new OpenEngine();
    broken.fail();
    TlsPump open = pump(broken, wire.server);
    assertThatThrownBy(
            () -> {
              wire.client.write(OpenEngine.record("x"));
              text(open);
            })
        .isInstanceOf(SSLException.class)
        .hasRootCauseMessage("broken");
  }

  @Test
  void keysMayBeNewAtAnyTime() throws Exception {
    shake();
    for (int i = 0; i < 200; i++) {
      clientEngine.beginHandshake();
      client.write(bytes("up " + i));
      assertThat(text(server)).isEqualTo("up " + i);
      server.write(bytes("down " + i));
      assertThat(text(client)).isEqualTo("down " + i);
    }
  }

  @Test
  void newKeysInTheMiddleOfALargeTransfer() throws Exception {
    shake();
    byte[] sent = noise(MIB);
    ByteBuffer from = ByteBuffer.wrap(sent);
    ByteBuffer to = ByteBuffer.allocate(MIB);
    while (to.hasRemaining()) {
      if (from.position() % 5 == 0) {
        clientEngine.beginHandshake();
      }
      server.write(from);
      client.read(to);
      server.read(ByteBuffer.allocate(1));
    }
    assertThat(to.array()).isEqualTo(sent);
  }

  /** Each answer that nobody takes is kept by the engine. */
  @Test
  void whoAsksForNewKeysAndTakesNoAnswerIsHungUpOn() throws Exception {
    shake();
    ByteBuffer down = ByteBuffer.wrap(noise(MIB));
    while (server.write(down) > 0) {
      continue;
    }
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 40; i++) {
                clientEngine.beginHandshake();
                writeRecord("");
                writeRecord("beside it, so that it is not idle");
                server.read(ByteBuffer.allocate(RECORD));
              }
            })
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("takes no answer");
  }

  /** Uploads go on while one answer is due that the network does not take. */
  @Test
  void oneAnswerThatIsDueHoldsNothingUp() throws Exception {
    shake();
    ByteBuffer down = ByteBuffer.wrap(noise(MIB));
    while (server.write(down) > 0) {
      continue;
    }
    clientEngine.beginHandshake();
    writeRecord("");
    for (int i = 0; i < 300; i++) {
      writeRecord("up " + i);
      assertThat(text(server)).isEqualTo("up " + i);
    }
  }

  @Test
  void waitsUntilAllIsSent_butNoLongerThanItMay() throws Exception {
    try (ServerSocketChannel listening =
            ServerSocketChannel.open()
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        SocketChannel near = SocketChannel.open(listening.getLocalAddress());
        SocketChannel far = listening.accept()) {
      near.configureBlocking(false);
      AtomicLong clock = new AtomicLong();
      TlsPump here =
          new TlsPump(TestKeys.client(), near, NOTHING, () -> clock.addAndGet(10_000_000));
      TlsPump there = new TlsPump(TestKeys.server(), far, NOTHING, System::nanoTime);
      CompletableFuture<Void> shaken =
          running(() -> assertThat(there.handshake(() -> false)).isZero());
      while (here.handshake(() -> false) != 0) {
        Thread.onSpinWait();
      }
      shaken.get();
      byte[] sent = noise(40 * MIB);
      ByteBuffer from = ByteBuffer.wrap(sent);
      // The system may find room for more after it has said that there is none.
      assertThatThrownBy(
              () -> {
                for (; ; here.drain(5)) {
                  while (here.write(from) > 0) {
                    continue;
                  }
                }
              })
          .isInstanceOf(SocketTimeoutException.class);
      ByteBuffer to = ByteBuffer.allocate(sent.length);
      CompletableFuture<Void> reading =
          running(
              () -> {
                while (to.hasRemaining() && there.read(to) > 0) {
                  continue;
                }
              });
      while (from.hasRemaining()) {
        here.write(from);
        here.drain(0);
        assertThat(here.unsent()).isZero();
      }
      reading.get();
      assertThat(Arrays.equals(to.array(), sent)).isTrue();
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  private static CompletableFuture<Void> running(Step step) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            step.run();
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }
}
