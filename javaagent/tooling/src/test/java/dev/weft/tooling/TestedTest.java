package dev.weft.tooling;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.security.cert.Certificate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestedTest {
  private static final Tested OKHTTP = new Tested("okhttp", "3.14", "5.5");

  private static @Nullable String remark(String location) throws MalformedURLException {
    URL url = URI.create(location).toURL();
    return OKHTTP.remark(
        new ProtectionDomain(new CodeSource(url, (Certificate[]) null), null, null, null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:/lib/okhttp-3.14.9.jar",
        "file:/lib/okhttp-4.0.0-alpha1.jar",
        "file:/lib/okhttp-jvm-5.5.99.jar",
        "jar:file:/app-9.9.jar!/BOOT-INF/lib/okhttp-4.12.0.jar!/"
      })
  void aVersionThatWasTriedIsNothingToSpeakOf(String location) throws Exception {
    assertThat(remark(location)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:/lib/okhttp.jar",
        "file:/classes/",
        "file:/okhttp-2.0/app.jar",
        "file:/lib/shop-1.0.jar",
        "file:/lib/okhttp3-1.0.jar",
        "file:/lib/okhttp-.jar",
        "jar:file:/okhttp-1.0.jar!/BOOT-INF/lib/other-1.0.jar!/"
      })
  void norIsOneThatIsNotKnown(String location) throws Exception {
    assertThat(remark(location)).isNull();
    assertThat(OKHTTP.remark(null)).isNull();
    assertThat(OKHTTP.remark(new ProtectionDomain(null, null))).isNull();
  }

  @Test
  void anotherOneIsSaid() throws Exception {
    assertThat(remark("file:/lib/okhttp-3.13.1.jar"))
        .isEqualTo("okhttp 3.13.1 (tested: 3.14 to 5.5)");
    assertThat(remark("jar:file:/app.jar!/BOOT-INF/lib/okhttp-jvm-5.10.0-rc1.jar!/"))
        .isEqualTo("okhttp 5.10.0-rc1 (tested: 3.14 to 5.5)");
    assertThat(remark("file:/lib/okhttp-6.jar")).isEqualTo("okhttp 6 (tested: 3.14 to 5.5)");
    assertThat(remark("file:/lib/okhttp-20261101.jar")).contains("okhttp 20261101 (");
  }

  @Test
  void thisJdkIsOneOfThoseThatWereTried() {
    assertThat(Tested.jdk().remark(null)).isNull();
    assertThat(new Tested("jdk", "8", "11").remark(null)).startsWith("jdk ").endsWith("8 to 11)");
  }
}
