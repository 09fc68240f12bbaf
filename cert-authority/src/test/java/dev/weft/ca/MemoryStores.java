package dev.weft.ca;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Stores as ZooKeeper behaves: one version more with each change. */
final class MemoryStores {
  private MemoryStores() {}

  static class Ca implements CaStore {
    @Nullable Stored stored;
    int saves;

    @Override
    public synchronized @Nullable Stored load() {
      return stored;
    }

    @Override
    public synchronized boolean save(CaState state, int version) {
      if (version != (stored == null ? ABSENT : stored.version())) {
        return false;
      }
      saves++;
      stored = new Stored(state, version + 1);
      return true;
    }
  }

  static final class Tokens implements TokenStore {
    final Map<String, Stored> all = new LinkedHashMap<>();
    int asked;
    private int changes;

    @Override
    public synchronized @Nullable Ids idsUnless(int version) {
      asked++;
      return version == changes ? null : new Ids(all.keySet(), changes);
    }

    @Override
    public synchronized @Nullable Stored get(String id) {
      asked++;
      return all.get(id);
    }

    @Override
    public synchronized void create(TokenRecord token) {
      changes++;
      all.put(token.id(), new Stored(token, 0));
    }

    @Override
    public synchronized boolean replace(TokenRecord token, int version) {
      Stored stored = all.get(token.id());
      if (stored == null || stored.version() != version) {
        return false;
      }
      all.put(token.id(), new Stored(token, version + 1));
      return true;
    }

    @Override
    public synchronized boolean delete(String id) {
      changes++;
      return all.remove(id) != null;
    }

    @Override
    public synchronized List<TokenRecord> list() {
      return all.values().stream().map(Stored::token).toList();
    }
  }
}
