package dev.weft.runtime.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.weft.policy.SpiffeId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the JVM's owner may have switched off, and what the application may have changed. */
class JsseTest {
  private static final String TLS = "jdk.tls.disabledAlgorithms";

  @Test
  void theDefaultsOfThisJdkWillDo() {
    assertThatCode(() -> Jsse.of(null)).doesNotThrowAnyException();
    assertThat(Jsse.of(null).parameters().getCipherSuites())
        .startsWith("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384");
    assertThat(Jsse.of(null).parameters().getProtocols()).containsExactly("TLSv1.3");
    assertThat(Jsse.of(null).toString()).startsWith("SunJSSE");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "secp256r1",
        "SSLv3, SECP256R1 , RC4",
        "EC",
        "ECDSA",
        "EC keySize < 384",
        "EC keySize <= 256",
        "EC keySize == 256",
        "ecdsa_secp256r1_sha256"
      })
  void entriesThatSwitchP256OffAreFound(String value) {
    assertThat(Jsse.disablesP256(value, 0)).isNotNull().isIn((Object[]) value.split(" ?, ?"));
  }

  @Test
  void anIncludedListIsReadToo() {
    Security.setProperty("weft.test.namedCurves", "sect163k1, secp256r1");
    assertThat(Jsse.disablesP256("RC4, include weft.test.namedCurves", 0)).isEqualTo("secp256r1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "SSLv3, TLSv1, TLSv1.1, DTLSv1.0, RC4, DES, MD5withRSA, DH keySize < 1024, EC keySize < 224",
        "EC keySize > 256",
        "EC keySize nonsense",
        "include jdk.disabled.namedCurves",
        "include no.such.property",
        "SHA1 jdkCA & usage TLSServer",
        "ECDH"
      })
  void whatLeavesP256AloneIsFine(String value) {
    assertThat(Jsse.disablesP256(value, 0)).isNull();
  }

  @Test
  void aListThatIncludesItselfEnds() {
    Security.setProperty("weft.test.loop", "RC4, include weft.test.loop");
    assertThat(Jsse.disablesP256("include weft.test.loop", 0)).isNull();
  }

  @Test
  void p256SwitchedOffIsToldWithTheSetting(@TempDir Path folder) throws Exception {
    Path settings = folder.resolve("java.security");
    Files.writeString(settings, "jdk.certpath.disabledAlgorithms=MD2, secp256r1\n");
    assertThat(run("-Djava.security.properties=" + settings))
        .contains("IllegalStateException: EC P-256 with ECDSA is disabled in this JVM")
        .contains("jdk.certpath.disabledAlgorithms has \"secp256r1\"");
  }

  /** The JDK reads what is disabled once a JVM, so these take one of their own. */
  @Test
  void tls13SwitchedOffIsToldWithTheSetting(@TempDir Path folder) throws Exception {
    Path settings = folder.resolve("java.security");
    Files.writeString(settings, TLS + "=SSLv3, TLSv1.3\n");
    assertThat(run("-Djava.security.properties=" + settings))
        .contains("IllegalStateException: TLSv1.3 is disabled in this JVM")
        .contains(TLS + "=SSLv3, TLSv1.3");
  }

  @Test
  void whatTheApplicationSetsForItselfIsNotOurs() throws Exception {
    assertThat(
            run(
                "-Djdk.tls.client.protocols=TLSv1.2",
                "-Djdk.tls.server.protocols=TLSv1.2",
                "-Dhttps.protocols=TLSv1.2",
                "-Djavax.net.ssl.trustStore=/nowhere",
                "-Djavax.net.ssl.keyStore=/nowhere"))
        .isEqualTo("ready to be made");
  }

  private static String run(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(Arrays.asList(options));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Make.class.getName());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return output.strip();
  }

  /** Makes mesh TLS, with an engine of each side. */
  static final class Make {
    private Make() {}

    public static void main(String[] args) {
      MeshTls tls = new MeshTls(InstantSource.system(), new TlsCounters(), null);
      tls.serverEngine(() -> {});
      SpiffeId id = new SpiffeId("weft.internal", "default", "orders");
      tls.client(id.sniHost(), java.util.Set.of(id)).engine("127.0.0.1", 1);
      System.out.println("ready to be made");
    }
  }
}
