package dev.weft.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * One frame of each kind, as agents and coordinators of other versions write and read it. A line
 * that changes is a change of the protocol: a field may be added that others do without, nothing
 * else. {@code mvn -pl mesh-core/wire -am test -Dtest=GoldenFramesTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dgolden.write=true} writes the file.
 */
class GoldenFramesTest {
  private static final Path FILE = Path.of("src/test/resources/frames.txt");

  private static String frames() throws WireException {
    StringBuilder all = new StringBuilder();
    for (String type : new TreeSet<>(Bounds.messages().keySet())) {
      Message message = Message.decode(Json.bytes(Samples.good(type)));
      all.append(new String(message.encode(), StandardCharsets.UTF_8)).append('\n');
    }
    return all.toString();
  }

  @Test
  void framesAreWrittenAsEver() throws IOException {
    String now = frames();
    if (Boolean.getBoolean("golden.write")) {
      Files.createDirectories(FILE.getParent());
      Files.writeString(FILE, now);
    }
    assertThat(now).isEqualTo(Files.readString(FILE));
  }

  @Test
  void andRead() throws IOException {
    for (String line : Files.readAllLines(FILE)) {
      byte[] frame = line.getBytes(StandardCharsets.UTF_8);
      assertThat(Message.decode(frame).encode()).asString().isEqualTo(line);
    }
  }

  /** An agent of before says less in its hello, and is understood. */
  @Test
  void whatWasAddedCanBeLeftOut() throws WireException {
    Message.Hello hello =
        (Message.Hello)
            Message.decode(
                ("{\"t\":\"hello\",\"proto\":1,\"agent\":\"0.1.0\","
                        + "\"instance\":\"00000000-0000-0000-0000-000000000001\","
                        + "\"labels\":{},\"resume\":{},\"woven\":[]}")
                    .getBytes(StandardCharsets.UTF_8));
    assertThat(hello.deflate()).isFalse();
    assertThat(hello.zone()).isEmpty();
  }
}
