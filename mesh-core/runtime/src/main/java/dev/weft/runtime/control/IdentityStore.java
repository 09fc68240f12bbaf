package dev.weft.runtime.control;

import dev.weft.runtime.tls.Identity;
import dev.weft.runtime.tls.TrustBundle;
import org.jspecify.annotations.Nullable;

/** Where an identity outlives its process. Called by the control stream's thread only. */
public interface IdentityStore {
  /** What was kept. */
  record Kept(Identity identity, TrustBundle bundle) {}

  /** Keeps nothing: keys stay in memory. */
  IdentityStore NONE =
      new IdentityStore() {
        @Override
        public @Nullable Kept load() {
          return null;
        }

        @Override
        public void save(Identity identity, TrustBundle bundle) {}
      };

  /** Null if there is nothing that could be used. Never throws. */
  @Nullable Kept load();

  /** A failure is the store's to tell. Never throws. */
  void save(Identity identity, TrustBundle bundle);
}
