package dev.weft.engine.balance;

/** Somebody who can be chosen. */
public interface Candidate {
  /** What one more request would cost, in nanoseconds; see {@link PeakEwma}. */
  double cost(long nowNanos);

  /** Requests that it has not answered yet. */
  int outstanding();

  /** When it was first seen; it is eased in from then on. */
  long bornNanos();
}
