package dev.weft.engine.inbound;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which callers are meant. {@code cluster.local} stands, as in Istio's files, for the trust domain
 * of the mesh, whatever that is called: nobody of another gets as far as to be asked about.
 */
final class Principals {
  private static final String OWN_TRUST_DOMAIN = "cluster.local/";

  private final Patterns whole;
  private final Patterns local;

  Principals(List<String> values) {
    List<String> full = new ArrayList<>();
    List<String> own = new ArrayList<>();
    for (String value : values) {
      if (value.startsWith(OWN_TRUST_DOMAIN)) {
        own.add(value.substring(OWN_TRUST_DOMAIN.length()));
      } else {
        full.add(value);
      }
    }
    this.whole = new Patterns(full);
    this.local = new Patterns(own);
  }

  /** Nobody is meant by any value who has no identity. */
  boolean match(@Nullable Peer peer) {
    return peer != null && (whole.match(peer.principal()) || local.match(peer.local()));
  }
}
