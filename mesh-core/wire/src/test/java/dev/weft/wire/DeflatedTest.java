package dev.weft.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeflatedTest {
  private static final byte[] END = Deflated.stored(new byte[0], true);

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] read(int head, byte[] payload) throws IOException {
    byte[] frame = ByteBuffer.allocate(4 + payload.length).putInt(head).put(payload).array();
    return Frames.read(new DataInputStream(new ByteArrayInputStream(frame)));
  }

  @Test
  void blocksStandInAnyOrder_withStoredOnesBetween() throws IOException {
    byte[] routes = bytes("{\"kind\":\"HTTPRoute\"},".repeat(3_000));
    byte[] once = Deflated.blocks(routes);
    byte[] other = Deflated.blocks(bytes("größe"));
    assertThat(once.length).isLessThan(routes.length / 50);
    byte[] all =
        join(
            Deflated.stored(bytes("{"), false),
            once,
            other,
            once,
            Deflated.stored(bytes("}"), true));
    byte[] expected = join(bytes("{"), routes, bytes("größe"), routes, bytes("}"));
    assertThat(read(all.length | Frames.DEFLATED, all)).isEqualTo(expected);
  }

  @Test
  void whatCannotBeCompressedIsHardlyLonger() throws IOException {
    byte[] noise = new byte[700_000];
    new Random(1).nextBytes(noise);
    byte[] blocks = Deflated.blocks(noise);
    assertThat(blocks.length).isLessThan(noise.length + 1_000);
    assertThat(Deflated.text(join(blocks, END), Frames.MAX_LENGTH)).isEqualTo(noise);
  }

  @Test
  void nothingIsATextToo() throws IOException {
    assertThat(Deflated.text(join(Deflated.blocks(new byte[0]), END), 10)).isEmpty();
    assertThat(Deflated.text(END, 0)).isEmpty();
  }

  @Test
  void aTextMayBeAsLongAsAFrame_andNoLonger() throws IOException {
    byte[] most = Deflated.blocks(new byte[Frames.MAX_LENGTH]);
    byte[] whole = join(most, END);
    assertThat(read(whole.length | Frames.DEFLATED, whole)).hasSize(Frames.MAX_LENGTH);
    byte[] more = join(most, Deflated.stored(new byte[1], true));
    assertThatThrownBy(() -> read(more.length | Frames.DEFLATED, more))
        .isInstanceOf(WireException.class)
        .hasMessage("deflated frame of more than 1048576 bytes (expected: no more)");
  }

  /** A megabyte of it would be a gigabyte of text. */
  @Test
  void aBombIsNotRead() {
    byte[] zeros = Deflated.blocks(new byte[Frames.MAX_LENGTH]);
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    while (bomb.size() + zeros.length < Frames.MAX_LENGTH) {
      bomb.writeBytes(zeros);
    }
    assertThatThrownBy(() -> read(bomb.size() | Frames.DEFLATED, bomb.toByteArray()))
        .isInstanceOf(WireException.class)
        .hasMessageStartingWith("deflated frame of more than");
  }

  @Test
  void whatIsNotWholeIsRefused() {
    byte[] blocks = Deflated.blocks(bytes("{\"t\":\"ping\"}"));
    assertThatThrownBy(() -> Deflated.text(blocks, 100))
        .hasMessage("deflated frame without an end (expected: a last block)");
    assertThatThrownBy(() -> Deflated.text(join(blocks, END, new byte[3]), 100))
        .hasMessage("deflated frame with 3 bytes after its end (expected: none)");
    // A kind of block that there is not.
    assertThatThrownBy(() -> Deflated.text(new byte[] {7, 0, 0}, 100))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("(expected: RFC 1951)");
    assertThatThrownBy(() -> read(END.length | Frames.DEFLATED, END))
        .hasMessage("frame of 0 bytes (expected: 2 to 1048576)");
    assertThatThrownBy(() -> read(Frames.DEFLATED, new byte[0]))
        .hasMessage("frame of 0 bytes (expected: 2 to 1048576)");
  }

  @Test
  void aStoredBlockHasAnEnd() {
    assertThat(Deflated.stored(new byte[0xffff], false)).hasSize(5 + 0xffff);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Deflated.stored(new byte[0x10000], false))
        .withMessageContaining("65536");
  }
}
