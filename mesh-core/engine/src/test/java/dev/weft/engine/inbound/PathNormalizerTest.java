package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathNormalizerTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/ | /",
        "/admin | /admin",
        "/Admin/ | /Admin/",
        "/%61dmin | /admin",
        "/%41dmin | /Admin",
        "/a%20b | '/a b'",
        "/a+b | /a+b",
        "/a%2Bb | /a+b",
        "/a:b@c,d=e!$&'()* | /a:b@c,d=e!$&'()*",
        "/%3A%40 | /:@",
        "/caf%C3%A9 | /café",
        "/caf%c3%a9/%E2%82%AC/%F0%9F%98%80 | /café/€/😀",
        "/a%7Bb%7D | /a{b}",
        "/%3Fq%23f | /?q#f",
        "/a//b///c// | /a/b/c/",
        "/a;b=c/d;e | /a/d",
        "/;jsessionid=1 | /",
        "/a/;b | /a/",
        "/a;b/c;d=%2F;e | /a/c",
        "/.hidden/...b/..a/c. | /.hidden/...b/..a/c.",
        "/%2ehidden | /.hidden",
        "/a%2Fb | /a%2Fb",
        "/a%2fb | /a%2Fb",
        "/a%3bb | /a%3Bb",
        "/100%25 | /100%25",
        "/100%25%20x | /100%25 x",
        "/100%25zz | /100%25zz",
        "/a%0Ab%7F | /a%0Ab%7F",
        "* | *",
      })
  void normalForms(String path, String expected) {
    assertThat(PathNormalizer.normalize(path)).isEqualTo(expected);
    assertThat(PathNormalizer.problem(path) == null).isEqualTo(expected != null);
  }

  @Test
  void theQuotedPipeIsOneOfThePaths() {
    assertThat(PathNormalizer.normalize("/a|b")).isEqualTo("/a|b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "admin",
        "/app/../admin",
        "/./admin",
        "/admin/.",
        "/admin/..",
        "/..",
        "/app/%2e%2e/admin",
        "/app/%2E./admin",
        "/%2e/admin",
        "/app/..;/admin",
        "/app/..;x=1/admin",
        "/app/.;/admin",
        "/app/%2e%2e;/admin",
        "/app/..%2fadmin",
        "/app/..%2Fadmin",
        "/app%2f../admin",
        "/app%2f..%2fadmin",
        "/app/..%3b/admin",
        "/app;x=%2f../admin",
        "//admin",
        "///admin",
        "//",
        "/;/admin",
        "/;x/admin",
        "/%2fadmin",
        "/%3b/admin",
        "/app\\..\\admin",
        "/\\admin",
        "/app%5c..%5cadmin",
        "/%5Cadmin",
        "/app;a\\b",
        "/%2561dmin",
        "/app/%252e%252e/admin",
        "/app%252fadmin",
        "/app;x%2fadmin%252e",
        "/app/%25%32%65",
        "/a%2500",
        "/%00admin",
        "/admin%00",
        "/app;%00",
        "/%c0%ae%c0%ae/admin",
        "/%e0%80%af",
        "/%f0%80%80%af",
        "/%c0%80",
        "/%ff",
        "/caf%e9",
        "/caf%c3",
        "/caf%c3x",
        "/%ed%a0%80",
        "/%f4%90%80%80",
        "/%u0061dmin",
        "/a%",
        "/a%2",
        "/a%zz",
        "/a%２f",
        "/a b",
        "/a\tb",
        "/a\u0000b",
        "/a\r\nb",
        "/a\u007fb",
        "/café",
        "/admin#x",
        "/admin?x",
      })
  void noNormalForm(String path) {
    assertThat(PathNormalizer.normalize(path)).isNull();
    assertThat(PathNormalizer.problem(path)).startsWith("the path");
  }

  @ParameterizedTest
  @CsvSource({
    "/a, ",
    "/a%20b, ",
    "/a%2Fb, /a/b",
    "/npm/@scope%2fname, /npm/@scope/name",
    "/a%2F, /a/",
    "/a%2F%2Fb, /a/b",
    "/a%3Bb/c, /a/c",
    "/a%3Bb%2Fc, /a/c",
  })
  void theReadingOfServersThatDecodeFirst(String path, String expected) {
    assertThat(PathNormalizer.otherReading(path)).isEqualTo(expected);
  }

  @Test
  void whatIsNormalIsTheVerySameObject() {
    String path = new String("/api/orders/7.json".toCharArray());
    assertThat(PathNormalizer.normalize(path)).isSameAs(path);
  }

  @Test
  void nothingThatComesOut_holdsWhatServersDisagreeAbout() {
    Random random = new Random(5);
    String alphabet = "/.;%2e2f5cadminAb0\\%25+é \u0000c0aeE0";
    int normal = 0;
    for (int i = 0; i < 200_000; i++) {
      StringBuilder path = new StringBuilder("/");
      for (int n = random.nextInt(12); n > 0; n--) {
        path.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      String out = PathNormalizer.normalize(path.toString());
      assertThat(PathNormalizer.problem(path.toString()) == null).isEqualTo(out != null);
      for (String reading : new String[] {out, PathNormalizer.otherReading(path.toString())}) {
        if (reading != null) {
          normal++;
          assertThat(reading).startsWith("/").doesNotContain("//", "\\", "\u0000", ";");
          assertThat(reading.split("/", -1)).doesNotContain(".", "..");
        }
      }
    }
    assertThat(normal).isGreaterThan(10_000);
  }

  @ParameterizedTest
  @CsvSource({
    "/a/b, /a/b, ",
    "http://orders/a, /a, orders",
    "HTTP://Orders:80/a//b, /a//b, Orders:80",
    "https://orders, /, orders",
    "//orders/a, //orders/a, ",
    "ftp://orders/a, ftp://orders/a, ",
  })
  void theAbsoluteForm(String target, String path, String authority) {
    assertThat(PathNormalizer.path(target)).isEqualTo(path);
    assertThat(PathNormalizer.authority(target)).isEqualTo(authority);
  }

  @ParameterizedTest
  @CsvSource({"/caf%C3%A9, /café", "*%20b, '* b'", "/a%0A, /a%0A", "/plain*, /plain*"})
  void patternsHaveTheSameForm(String pattern, String expected) {
    assertThat(PathNormalizer.pattern(pattern)).isEqualTo(expected);
  }
}
