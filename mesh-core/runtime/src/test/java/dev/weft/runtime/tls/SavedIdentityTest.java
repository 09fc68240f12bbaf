package dev.weft.runtime.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.policy.SpiffeId;
import dev.weft.wire.Json;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SavedIdentityTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private final TestCa ca = new TestCa("mesh", NOW);
  private final SpiffeId id = new SpiffeId("weft.internal", "default", "orders");

  @Test
  void whatIsWritten_isReadAgain() throws Exception {
    KeyPair keys = Keys.newKeyPair();
    Identity identity = ca.identity(keys, ca.leaf(keys.getPublic(), id).issue());
    Map<String, Object> tree =
        Json.parseObject(Json.bytes(SavedIdentity.tree(identity, TestCa.bundle(ca))));
    Identity read = SavedIdentity.identity(tree, 7);
    assertThat(read.spiffeId()).isEqualTo(id);
    assertThat(read.key()).isEqualTo(keys.getPrivate());
    assertThat(read.chain()).isEqualTo(identity.chain());
    assertThat(SavedIdentity.bundle(tree, 7).roots()).containsExactly(ca.root);
  }

  @Test
  void whatCannotBeRead_isNamed() throws Exception {
    KeyPair keys = Keys.newKeyPair();
    Identity identity = ca.identity(keys, ca.leaf(keys.getPublic(), id).issue());
    Map<String, Object> good = SavedIdentity.tree(identity, TestCa.bundle(ca));
    for (String field : List.of("key", "chain", "bundle")) {
      for (Object value : List.of("", "?", List.of("?"), List.of("AAAA"))) {
        Map<String, Object> bad = new LinkedHashMap<>(good);
        bad.put(field, value);
        assertThatThrownBy(
                () -> {
                  SavedIdentity.identity(bad, 1);
                  SavedIdentity.bundle(bad, 1);
                })
            .isInstanceOf(CertificateException.class)
            .hasMessageContaining(field);
      }
    }
  }
}
