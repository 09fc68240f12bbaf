package dev.weft.coordinator.mesh;

import dev.weft.ca.CaSettings;
import dev.weft.ca.CaState;
import dev.weft.ca.CaStore;
import dev.weft.ca.CertificateAuthority;
import dev.weft.ca.KeySealer;
import dev.weft.ca.Revocations;
import dev.weft.ca.TokenRecord;
import dev.weft.ca.TokenStore;
import dev.weft.ca.Tokens;
import dev.weft.coordinator.AuditView;
import dev.weft.coordinator.FakeTime;
import dev.weft.coordinator.MemoryRevocationStore;
import dev.weft.coordinator.ca.Enrolment;
import dev.weft.coordinator.registry.Registry;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Where streams meet, with all that it knows in memory, at a time of the test's. */
final class TestHub {
  final Registry registry;
  final CertificateAuthority ca;
  final Revocations revocations;
  final Hub hub;

  /**
   * @param dir for the key of the authority
   */
  TestHub(Path dir, FakeTime time) {
    KeySealer.createKeyFile(dir.resolve("key"), new SecureRandom());
    registry = new Registry("here", time, time::nanos);
    ca =
        CertificateAuthority.open(
            new MemoryCaStore(),
            KeySealer.fromKeyFile(dir.resolve("key"), new SecureRandom()),
            CaSettings.of("weft.internal"),
            time,
            new SecureRandom());
    Tokens tokens = new Tokens(new NoTokens(), ca::pin, time, new SecureRandom());
    revocations = new Revocations(new MemoryRevocationStore(), time);
    hub =
        new Hub(
            "epoch",
            registry,
            new Enrolment(ca, tokens, revocations, new NoAudit()),
            revocations,
            Runnable::run,
            Runnable::run,
            () -> List.of("127.0.0.1:7471"),
            MeshLimits.DEFAULTS,
            time,
            time::nanos,
            new Random(1));
  }

  private static final class MemoryCaStore implements CaStore {
    private @Nullable Stored stored;

    @Override
    public @Nullable Stored load() {
      return stored;
    }

    @Override
    public boolean save(CaState state, int version) {
      stored = new Stored(state, version + 1);
      return true;
    }
  }

  private static final class NoTokens implements TokenStore {
    private final Map<String, TokenRecord> none = new HashMap<>();

    @Override
    public @Nullable Ids idsUnless(int version) {
      return null;
    }

    @Override
    public @Nullable Stored get(String id) {
      return null;
    }

    @Override
    public void create(TokenRecord token) {
      none.put(token.id(), token);
    }

    @Override
    public boolean replace(TokenRecord token, int version) {
      return false;
    }

    @Override
    public boolean delete(String id) {
      return false;
    }

    @Override
    public List<TokenRecord> list() {
      return List.of();
    }
  }

  private static final class NoAudit implements AuditView {
    @Override
    public void record(String action, String actor, String subject, Map<String, String> details) {}

    @Override
    public List<Entry> recent(int limit) {
      return List.of();
    }
  }
}
