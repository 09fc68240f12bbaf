package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.fuzz.Bytes;
import dev.weft.fuzz.Fuzz;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What comes out of any path holds nothing that servers disagree about, and is a path that means
 * itself. That servers read it so too is tried on them, by the server kit.
 */
class PathFuzzTest {
  private static final String[] WORDS = {
    "/",
    "//",
    ".",
    "..",
    "/./",
    "/../",
    ";",
    ";a=b",
    "%2e",
    "%2F",
    "%2f",
    "%5c",
    "\\",
    "%00",
    "%25",
    "%252e",
    "%3b",
    "%3B",
    "%c0%ae",
    "%e0%80%af",
    "%C3%A9",
    "%ff",
    "?",
    "#",
    "*",
    "admin",
    "%61",
    "%u0061",
    "%",
    " ",
    "\t",
    "\r\n",
    "http://a",
    "@",
    ":"
  };

  @Test
  void whatComesOut_isWhatIsMeant() {
    Fuzz.run(
        "paths",
        new Bytes(512, WORDS),
        Stream.of("/admin", "/a%20b/c", "/a;b=c/d", "/caf%C3%A9/%2Fx", "/a/%3Bb", "*")
            .map(path -> path.getBytes(StandardCharsets.ISO_8859_1))
            .toList(),
        PathFuzzTest::attempt);
  }

  private static Object attempt(byte[] input) {
    String path = new String(input, StandardCharsets.ISO_8859_1);
    String normal = PathNormalizer.normalize(path);
    assertThat(PathNormalizer.problem(path) == null).isEqualTo(normal != null);
    PathNormalizer.pattern(path);
    String other = PathNormalizer.otherReading(path);
    for (String reading : new String[] {normal, other}) {
      if (reading != null && !reading.equals("*")) {
        assertThat(reading).startsWith("/").doesNotContain("//", "\\", "\u0000", ";");
        assertThat(List.of(reading.split("/", -1))).doesNotContain(".", "..");
        assertThat(PathNormalizer.normalize(PathNormalizer.escape(reading))).isEqualTo(reading);
      }
    }
    return PathNormalizer.problem(path) + (other == null);
  }
}
