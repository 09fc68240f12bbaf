package dev.weft.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.BadMessage;
import dev.weft.proxy.http.BodyReader;
import dev.weft.proxy.http.Framing;
import dev.weft.proxy.http.HeadReader;
import dev.weft.proxy.http.Limits;
import dev.weft.proxy.http.RequestHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests by chance, good and bad and changed here and there: however they are cut into pieces on
 * their way, they are read as the same messages, or refused for the same reason; and no more is
 * held for them than the limits say.
 */
@Tag("same-on-every-jdk")
class SplitTest {
  private static final int CASES = 2_000;
  private static final int MOST_HELD = 2 * (16 + 8) * 1024 + 2 * 128 * 201;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 20_261_129})
  void piecesDoNotMatter(long seed) {
    run(seed);
  }

  /** For as long as {@code -Dweft.fuzz.minutes=N} says. */
  @Test
  @EnabledIfSystemProperty(named = "weft.fuzz.minutes", matches = "[1-9]\\d*")
  void piecesDoNotMatter_forLong() {
    long minutes = Integer.getInteger("weft.fuzz.minutes", 0);
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
    for (long seed = 100; System.nanoTime() - end < 0; seed++) {
      run(seed);
    }
  }

  private static void run(long seed) {
    Requests requests = new Requests(seed);
    Random random = new Random(seed);
    for (int i = 0; i < CASES; i++) {
      StringBuilder bytes = new StringBuilder();
      for (int j = random.nextInt(3); j >= 0; j--) {
        bytes.append(random.nextBoolean() ? requests.bad() : requests.good(i).bytes());
      }
      for (int j = random.nextInt(4); j > 0 && bytes.length() > 0; j--) {
        bytes.setCharAt(random.nextInt(bytes.length()), (char) random.nextInt(256));
      }
      byte[] all = bytes.toString().getBytes(StandardCharsets.ISO_8859_1);
      String whole = read(all, all.length, new Random(seed));
      for (int most : new int[] {1, 7, 300}) {
        assertThat(read(all, most, new Random(seed + i)))
            .as("seed %s, case %s, in pieces of up to %s: %s", seed, i, most, bytes)
            .isEqualTo(whole);
      }
    }
  }

  /** Or each costs several writes, and all who share the event loop wait for them. */
  @Test
  void smallChunksArePutTogether() throws BadMessage {
    BodyReader body = new BodyReader(new Framing(Framing.Kind.CHUNKED, 0), Limits.DEFAULT);
    ByteBuf in = Unpooled.buffer();
    StringBuilder understood = new StringBuilder();
    try {
      in.writeCharSequence("1\r\na\r\n".repeat(5_000) + "0\r\n\r\n", StandardCharsets.US_ASCII);
      assertThat(readBody(body, in, understood)).isTrue();
      assertThat(understood).hasToString("a".repeat(5_000));
      assertThat(body.done()).isTrue();
    } finally {
      in.release();
    }
  }

  /** What is read of it, in pieces of up to that size. */
  private static String read(byte[] all, int most, Random random) {
    StringBuilder understood = new StringBuilder();
    HeadReader heads = HeadReader.ofRequests(Limits.DEFAULT);
    BodyReader body = null;
    ByteBuf in = Unpooled.buffer();
    try {
      for (int at = 0; at < all.length; ) {
        int length =
            Math.min(all.length - at, most == all.length ? most : 1 + random.nextInt(most));
        in.discardReadBytes().writeBytes(all, at, length);
        at += length;
        boolean more = true;
        while (more) {
          if (body == null) {
            RequestHead head = heads.request(in);
            more = head != null;
            if (head != null) {
              understood.append(head.method()).append(' ').append(head.authority());
              understood.append(' ').append(head.target()).append(head.fields());
              understood.append(head.framing()).append(head.keepAlive());
              understood.append(head.asksForWebSocket()).append(head.expectsContinue()).append('<');
              body = new BodyReader(head.framing(), Limits.DEFAULT);
            }
          } else {
            more = readBody(body, in, understood);
            if (body.done()) {
              understood.append('>').append(body.trailers()).append('\n');
              body = null;
              more = true;
            }
          }
        }
        int held = heads.held() + (body == null ? 0 : body.held()) + in.readableBytes();
        assertThat(most == all.length ? 0 : held).isLessThan(MOST_HELD);
      }
      return understood.append("…").toString();
    } catch (BadMessage e) {
      return understood.append(e.status()).toString();
    } finally {
      in.release();
    }
  }

  private static boolean readBody(BodyReader body, ByteBuf in, StringBuilder understood)
      throws BadMessage {
    ByteBuf piece = body.next(in);
    if (piece == null) {
      return false;
    }
    understood.append(piece.toString(StandardCharsets.ISO_8859_1));
    piece.release();
    return true;
  }
}
