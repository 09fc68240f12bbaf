package dev.weft.perf;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.perf.TlsFiles;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvoyPairTest {
  private final TlsFiles tls = new TlsFiles(Path.of("/certificates"));

  @ParameterizedTest
  @ValueSource(strings = {"envoy-client.yaml", "envoy-server.yaml"})
  void render_putsInAllThatDiffers(String template) throws Exception {
    String text = EnvoyPair.render(template, 9901, 9902, 9903, tls.clientPem(), tls);
    assertThat(text)
        .doesNotContain("${")
        .contains("port_value: 9901", "port_value: 9902", "port_value: 9903")
        .contains("private_key: {filename: \"/certificates/client.pem\"}")
        .contains("trusted_ca: {filename: \"/certificates/trust.pem\"}")
        .contains("tls_minimum_protocol_version: TLSv1_3", "ecdh_curves: [X25519]")
        .doesNotContain("access_log");
  }

  @Test
  void negotiated_isWhatTheStatisticsOfTheClusterName() {
    assertThat(
            EnvoyPair.negotiated(
                """
                cluster.server.ssl.ciphers.TLS_AES_128_GCM_SHA256: 1
                cluster.server.ssl.curves.X25519: 1
                cluster.server.ssl.handshake: 1
                cluster.server.ssl.sigalgs.ecdsa_secp256r1_sha256: 1
                cluster.server.ssl.versions.TLSv1.3: 1
                listener.admin.ssl.versions.TLSv1.2: 1
                """))
        .isEqualTo("TLSv1.3 TLS_AES_128_GCM_SHA256 X25519 ecdsa_secp256r1_sha256");
    assertThat(EnvoyPair.negotiated("cluster.server.upstream_rq_200: 1\n")).isEqualTo("none");
  }

  @Test
  void version_isReadOutOfServerInfo() {
    assertThat(EnvoyPair.version("{\n \"version\": \"9e55/1.40.0/Clean/RELEASE/BoringSSL\",\n}"))
        .isEqualTo("1.40.0");
    assertThat(EnvoyPair.version("{}")).isEqualTo("unknown");
  }
}
