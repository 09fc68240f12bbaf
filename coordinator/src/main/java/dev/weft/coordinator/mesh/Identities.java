package dev.weft.coordinator.mesh;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Who is connected, and what the streams of each identity have together. Thread-safe. */
final class Identities {
  /** One of them: a service, by its certificate. */
  final class Identity {
    final Rate.Bucket bytes = new Rate.Bucket(limits.bytesOfOne(), nanos.getAsLong());
    final Rate.Bucket messages = new Rate.Bucket(limits.messagesOfOne(), nanos.getAsLong());
    final Rate.Bucket renewals = new Rate.Bucket(limits.renewalsOfOne(), nanos.getAsLong());
    final Quota.Part frames = Identities.this.frames.part();
    final Quota.Part followed = Identities.this.followed.part();
    private int streams;

    private Identity() {}

    StreamLimits limits() {
      return limits;
    }

    private boolean hasAll(long nowNanos) {
      return bytes.isFull(nowNanos) && messages.isFull(nowNanos) && renewals.isFull(nowNanos);
    }
  }

  private static final long SWEEP_NANOS = 10_000_000_000L;

  private final StreamLimits limits;
  private final LongSupplier nanos;
  private final Quota frames;
  private final Quota followed;
  private final Map<String, Identity> all = new ConcurrentHashMap<>();
  private volatile long sweptNanos;

  Identities(StreamLimits limits, LongSupplier nanos) {
    this.limits = limits;
    this.nanos = nanos;
    this.frames = new Quota(limits.frames(), limits.frames() / 4);
    this.followed = new Quota(limits.followed(), limits.followed() / 2);
  }

  /**
   * A connection of this service begins.
   *
   * @param service {@code namespace/service}
   * @return null if it has too many
   */
  @Nullable Identity enter(String service) {
    sweep();
    Identity identity =
        all.compute(
            service,
            (any, known) -> {
              Identity one = known == null ? new Identity() : known;
              one.streams++;
              return one;
            });
    if (identity.streams > limits.streams()) {
      leave(service);
      return null;
    }
    return identity;
  }

  /** One that has entered. */
  Identity of(String service) {
    return all.computeIfAbsent(service, any -> new Identity());
  }

  /** A connection that had entered has ended. What it has used up stays used up. */
  void leave(String service) {
    all.computeIfPresent(
        service,
        (any, known) -> {
          known.streams--;
          return known;
        });
  }

  /** Forgets those without a connection who have all of their budget again. */
  private void sweep() {
    long now = nanos.getAsLong();
    if (now - sweptNanos < SWEEP_NANOS) {
      return;
    }
    sweptNanos = now;
    for (String service : all.keySet()) {
      all.computeIfPresent(
          service, (any, known) -> known.streams == 0 && known.hasAll(now) ? null : known);
    }
  }

  StreamLimits limits() {
    return limits;
  }

  Quota frames() {
    return frames;
  }

  Quota followed() {
    return followed;
  }
}
