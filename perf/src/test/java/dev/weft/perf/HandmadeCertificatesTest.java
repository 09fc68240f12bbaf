package dev.weft.perf;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.perf.TlsFiles;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.Arrays;
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
}
