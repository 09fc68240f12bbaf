package dev.weft.coordinator;

import dev.weft.ca.Revocation;
import dev.weft.ca.RevocationStore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Revocations without ZooKeeper, of one writer. */
public final class MemoryRevocationStore implements RevocationStore {
  private Stored stored = new Stored(List.of(), ABSENT);

  @Override
  public synchronized @Nullable Stored loadUnless(int version) {
    return stored.version() == version ? null : stored;
  }

  @Override
  public synchronized boolean save(List<Revocation> all, int version) {
    stored = new Stored(all, version + 1);
    return true;
  }
}
