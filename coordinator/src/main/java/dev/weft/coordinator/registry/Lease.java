package dev.weft.coordinator.registry;

import dev.weft.wire.InstanceState;
import dev.weft.wire.Port;
import java.util.List;

/**
 * One agent's stream, as the registry sees it. A later stream of the same instance takes the lease
 * over: what the earlier one says or loses after that means nothing. Safe for use by any thread.
 */
public final class Lease {
  private final Registry registry;
  final InstanceKey key;
  final Origin origin;
  private volatile long lastFrameNanos;

  Lease(Registry registry, InstanceKey key, Origin origin, long nowNanos) {
    this.registry = registry;
    this.key = key;
    this.origin = origin;
    this.lastFrameNanos = nowNanos;
  }

  /** A frame came. */
  public void renew() {
    lastFrameNanos = registry.nanos();
  }

  /**
   * What the instance serves from now on, whole.
   *
   * @throws IllegalArgumentException naming the field that is wrong
   */
  public void register(List<Port> ports, InstanceState state) {
    InstanceRules.checkRegistration(ports, state, origin);
    registry.register(this, ports, state);
  }

  /** The instance is gone for good. */
  public void bye() {
    registry.bye(this);
  }

  /** The stream ended without a bye. */
  public void lost() {
    registry.lost(this);
  }

  long lastFrameNanos() {
    return lastFrameNanos;
  }
}
