package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.fuzz.Bytes;
import dev.weft.fuzz.Fuzz;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Paths as nobody would write them, as we read them and as the JDK's server does. */
class PathNormalizerFuzzTest {
  private static final String[] WORDS = {
    "/",
    "//",
    "/.",
    "/..",
    ";",
    ";a=b",
    "%2F",
    "%2f",
    "%3B",
    "%25",
    "%2e",
    "%5C",
    "%00",
    "%0d",
    "%C3%A9",
    "%c0%ae",
    "%E2%82%AC",
    "%ed%a0%80",
    "%F0%9F%98%80",
    "admin",
    "%61dmin",
    "?",
    "#",
    "\\",
    "%252e",
    "%u0061",
    "%",
    "*",
    "\r\n",
    "http://a"
  };

  @Test
  void aPathIsReadOnce_andAsTheJdksServerReadsIt() {
    Fuzz.run(
        "path",
        new Bytes(300, WORDS),
        List.of(
            ascii("/admin/users;a=b/%61%2F%3B/100%25/caf%C3%A9"),
            ascii("/a//b/.hidden/..c/%F0%9F%98%80"),
            ascii("/actuator/health")),
        PathNormalizerFuzzTest::compare);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static @Nullable Object compare(byte[] bytes) {
    String path = new String(bytes, StandardCharsets.ISO_8859_1);
    String normal = PathNormalizer.normalize(path);
    assertThat(PathNormalizer.problem(path) == null).isEqualTo(normal != null);
    PathNormalizer.pattern(path);
    if (normal == null || normal.equals("*")) {
      return PathNormalizer.problem(path);
    }
    assertThat(normal).startsWith("/").doesNotContain("//", "/../", "/./", ";", "\\", "\u0000");
    assertThat(PathNormalizer.normalize(PathNormalizer.escape(normal))).isEqualTo(normal);
    String other = PathNormalizer.otherReading(path);
    String read = readByTheJdk(path);
    if (read != null) {
      assertThat(read).isEqualTo(unescaped(other == null ? normal : other));
    }
    return other == null ? "one reading" : "two readings";
  }

  /** Its spelling aside: parameters cut off, doubled slashes one. Null if it refuses the path. */
  private static @Nullable String readByTheJdk(String path) {
    try {
      String read = new URI(path).getPath();
      return read == null ? null : read.replaceAll(";[^/]*", "").replaceAll("/+", "/");
    } catch (URISyntaxException e) {
      return null;
    }
  }

  /** What stays escaped in a normal form. */
  private static String unescaped(String normal) {
    StringBuilder out = new StringBuilder(normal.length());
    for (int i = 0; i < normal.length(); i++) {
      boolean escape = normal.charAt(i) == '%';
      out.append(escape ? (char) Integer.parseInt(normal, i + 1, i + 3, 16) : normal.charAt(i));
      i += escape ? 2 : 0;
    }
    return out.toString();
  }
}
