package dev.weft.coordinator;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock and a stopwatch that move when they are told to. Safe for use by any thread. */
public final class FakeTime extends Clock {
  private long nanos = 1;
  private Instant now;

  public FakeTime() {
    this(Instant.parse("2026-03-01T12:00:00Z"));
  }

  /** For where somebody else looks at the real clock. */
  public FakeTime(Instant begin) {
    now = begin;
  }

  public synchronized void advance(Duration by) {
    nanos += by.toNanos();
    now = now.plus(by);
  }

  public synchronized long nanos() {
    return nanos;
  }

  @Override
  public synchronized Instant instant() {
    return now;
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
