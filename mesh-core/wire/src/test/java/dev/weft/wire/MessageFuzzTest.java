package dev.weft.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.weft.fuzz.Bytes;
import dev.weft.fuzz.Fuzz;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever comes in a frame: a message that is within its bounds, or one kind of refusal. */
@Tag("same-on-every-jdk")
class MessageFuzzTest {
  /** Of JSON: each few bytes become an object, at worst a map with one entry. */
  private static final int MEMORY_A_BYTE = 200;

  /** Whatever it is: buffers above all. */
  private static final int MEMORY = 1 << 20;

  private static final int LONGEST = 4_000;

  private static final String[] WORDS = {
    "\"t\":\"hello\"",
    "null",
    "[]",
    "{}",
    "{\"\":",
    "[[[[",
    "-1",
    "9223372036854775808",
    "1e999",
    "\"default/orders\"",
    "\\u001b",
    "\\ud800",
    "\"\"",
    ",",
    ":",
    "true",
    "0.5"
  };

  private static List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    for (String type : Bounds.messages().keySet()) {
      seeds.add(Json.bytes(Samples.good(type)));
      Samples.beyond(type).stream()
          .map(Samples.Changed::encoded)
          .filter(bytes -> bytes.length < LONGEST)
          .forEach(seeds::add);
    }
    return seeds;
  }

  /** Loads classes, which is not what is measured: on JDK 25 it takes two megabytes. */
  private static void decodeOnce(byte[] message) {
    try {
      Message.decode(message);
    } catch (WireException e) {
      // As may be.
    }
  }

  @Test
  void messages() {
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    seeds().forEach(MessageFuzzTest::decodeOnce);
    Fuzz.run(
        "messages",
        new Bytes(LONGEST, WORDS),
        seeds(),
        input -> {
          long before = thread.getCurrentThreadAllocatedBytes();
          Message message;
          try {
            message = Message.decode(input);
          } catch (WireException e) {
            assertThat(String.valueOf(e.getMessage())).hasSizeLessThan(1_000);
            return String.valueOf(e.getMessage()).split("[: ]", 2)[0];
          } finally {
            assertThat(thread.getCurrentThreadAllocatedBytes() - before)
                .isLessThan(MEMORY + (long) MEMORY_A_BYTE * input.length);
          }
          // What is within its bounds is said as it was heard; its maps have no order.
          byte[] said = message.encode();
          assertThat(Json.parseObject(Message.decode(said).encode(), Bounds.NODES))
              .isEqualTo(Json.parseObject(said, Bounds.NODES));
          return message.type();
        });
  }

  @Test
  void frames() {
    List<byte[]> seeds = new ArrayList<>();
    for (byte[] payload : seeds()) {
      seeds.add(
          ByteBuffer.allocate(4 + payload.length).putInt(payload.length).put(payload).array());
      byte[] blocks = Deflated.blocks(payload);
      byte[] end = Deflated.stored(new byte[0], true);
      int length = blocks.length + end.length;
      seeds.add(
          ByteBuffer.allocate(4 + length)
              .putInt(length | Frames.DEFLATED)
              .put(blocks)
              .put(end)
              .array());
    }
    Fuzz.run(
        "frames",
        new Bytes(LONGEST, "\0\0\0\2{}", "\0\0\0\1", "\377\377\377\377", "\0\20\0\1"),
        seeds,
        input -> {
          DataInputStream in = new DataInputStream(new ByteArrayInputStream(input));
          int frames = 0;
          try {
            while (true) {
              assertThat(Frames.read(in).length).isBetween(2, Frames.MAX_LENGTH);
              frames++;
            }
          } catch (EOFException e) {
            return "end after " + Math.min(frames, 3);
          } catch (WireException e) {
            return "refused after " + Math.min(frames, 3);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }
}
