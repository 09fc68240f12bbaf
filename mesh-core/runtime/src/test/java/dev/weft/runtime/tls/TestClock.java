package dev.weft.runtime.tls;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Time that stands still until told otherwise. */
final class TestClock implements InstantSource {
  private volatile Instant now = Instant.parse("2026-06-01T12:00:00Z");

  @Override
  public Instant instant() {
    return now;
  }

  void advance(Duration time) {
    now = now.plus(time);
  }
}
