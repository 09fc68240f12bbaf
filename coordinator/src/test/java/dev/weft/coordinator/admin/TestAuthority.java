package dev.weft.coordinator.admin;

import dev.weft.ca.CaSettings;
import dev.weft.ca.CaState;
import dev.weft.ca.CaStore;
import dev.weft.ca.CertificateAuthority;
import dev.weft.ca.KeySealer;
import dev.weft.ca.RotationRefused;
import dev.weft.coordinator.CaAdmin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A real authority in memory, whose agents say what a test lets them say. */
public final class TestAuthority implements CaAdmin {
  public final List<Progress> progress = new CopyOnWriteArrayList<>();
  private volatile Instant now = TestAdmin.NOW;
  private volatile @Nullable Duration pace;
  private volatile CertificateAuthority ca = begin();

  /** As if it had never rotated. */
  public void reset() {
    progress.clear();
    now = TestAdmin.NOW;
    pace = null;
    ca = begin();
  }

  /** From now on so much time passes between two looks, and everybody is ready. */
  public void advanceAtEachLook(Duration by) {
    pace = by;
  }

  /** Goes on, as when so much time has passed and everybody was ready. */
  public void advance(Duration by) {
    now = now.plus(by);
    ca.advance(ca.status().version(), true);
  }

  private CertificateAuthority begin() {
    SecureRandom random = new SecureRandom();
    try {
      Path key = Files.createTempDirectory("weft-ca").resolve("ca.key");
      KeySealer.createKeyFile(key, random);
      KeySealer sealer = KeySealer.fromKeyFile(key, random);
      Files.delete(key);
      Files.delete(key.getParent());
      return CertificateAuthority.open(
          new Memory(), sealer, CaSettings.of("weft.internal"), new Now(), random);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public View view() {
    View view = new View(ca.status(), List.copyOf(progress));
    Duration passes = pace;
    if (passes != null) {
      advance(passes);
    }
    return view;
  }

  @Override
  public void rotate() throws RotationRefused {
    ca.rotate(Set.of());
  }

  private static final class Memory implements CaStore {
    private @Nullable Stored stored;

    @Override
    public synchronized @Nullable Stored load() {
      return stored;
    }

    @Override
    public synchronized boolean save(CaState state, int version) {
      if (version != (stored == null ? ABSENT : stored.version())) {
        return false;
      }
      stored = new Stored(state, version + 1);
      return true;
    }
  }

  private final class Now extends Clock {
    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneId.of("UTC");
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
