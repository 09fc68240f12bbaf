package dev.weft.runtime.tls;

import java.util.concurrent.atomic.LongAdder;

/**
 * What mesh TLS has done in this process. Every count only grows; any thread may read. A full
 * handshake counts in exactly one of {@link #chainsVerified}, {@link #chainsFromCache} and {@link
 * #peersRefused}; a resumed one in none of them.
 */
public final class TlsCounters {
  final LongAdder clientHandshakes = new LongAdder();
  final LongAdder serverHandshakes = new LongAdder();
  final LongAdder chainsVerified = new LongAdder();
  final LongAdder chainsFromCache = new LongAdder();
  final LongAdder peersRefused = new LongAdder();
  final LongAdder connectionsRevoked = new LongAdder();

  /** Connections that were ended because their peer's certificate was revoked. */
  public long connectionsRevoked() {
    return connectionsRevoked.sum();
  }

  /** Client engines and sockets handed out, each for one handshake. */
  public long clientHandshakes() {
    return clientHandshakes.sum();
  }

  /** Server engines handed out, each for one handshake. */
  public long serverHandshakes() {
    return serverHandshakes.sum();
  }

  /** Peers' chains whose signatures were checked and found good. */
  public long chainsVerified() {
    return chainsVerified.sum();
  }

  /** Peers' chains that had been found good before, so that no signature was checked again. */
  public long chainsFromCache() {
    return chainsFromCache.sum();
  }

  /** Peers refused: a chain that is not this mesh's, or an ID that was not expected. */
  public long peersRefused() {
    return peersRefused.sum();
  }
}
