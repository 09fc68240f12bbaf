package dev.weft.perf;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.perf.TlsFiles;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertPathValidator;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandmadeCertificatesTest {
  @TempDir Path folder;

  private static KeyStore load(Path file) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, TlsFiles.PASSWORD.toCharArray());
    }
    return store;
  }

  @Test
  void chains_areValidUpToTheRoot_onP256() throws Exception {
    TlsFiles files = HandmadeCertificates.write(folder, Instant.now());
    PKIXParameters parameters = new PKIXParameters(load(files.trust()));
    parameters.setRevocationEnabled(false);
    for (Path store : new Path[] {files.server(), files.client()}) {
      X509Certificate[] chain =
          Arrays.copyOf(load(store).getCertificateChain("key"), 2, X509Certificate[].class);
      CertPathValidator.getInstance("PKIX")
          .validate(
              CertificateFactory.getInstance("X.509").generateCertPath(Arrays.asList(chain)),
              parameters);
      ECPublicKey key = (ECPublicKey) chain[0].getPublicKey();
      assertThat(key.getParams().getOrder().bitLength()).isEqualTo(256);
      assertThat(chain[0].getBasicConstraints()).isEqualTo(-1);
    }
  }

  @Test
  void pem_isTheSameKeyAndChain() throws Exception {
    TlsFiles files = HandmadeCertificates.write(folder, Instant.now());
    assertPem(files.serverPem(), load(files.server()));
    assertPem(files.clientPem(), load(files.client()));
    assertThat(blocks(files.trustPem(), "CERTIFICATE"))
        .containsExactly(load(files.trust()).getCertificate("root").getEncoded());
  }

  private static void assertPem(Path pem, KeyStore store) throws Exception {
    assertThat(blocks(pem, "PRIVATE KEY"))
        .containsExactly(store.getKey("key", TlsFiles.PASSWORD.toCharArray()).getEncoded());
    List<byte[]> chain = new ArrayList<>();
    for (Certificate certificate : store.getCertificateChain("key")) {
      chain.add(certificate.getEncoded());
    }
    assertThat(blocks(pem, "CERTIFICATE")).containsExactlyElementsOf(chain);
  }

  private static List<byte[]> blocks(Path pem, String label) throws Exception {
    return Pattern.compile("-----BEGIN " + label + "-----(.*?)-----END", Pattern.DOTALL)
        .matcher(Files.readString(pem))
        .results()
        .map(block -> Base64.getMimeDecoder().decode(block.group(1).strip()))
        .toList();
  }
}
