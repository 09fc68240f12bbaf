package dev.weft.coordinator.mesh;

/**
 * Something of which there is so much for all streams together; the streams of one identity get at
 * most a part of it, so that one alone never takes it from the others. Thread-safe.
 */
final class Quota {
  private final long ofAll;
  private final long ofOne;
  private long taken;

  Quota(long ofAll, long ofOne) {
    this.ofAll = ofAll;
    this.ofOne = ofOne;
  }

  /** What one identity has of it. */
  Part part() {
    return new Part();
  }

  synchronized long taken() {
    return taken;
  }

  /** Of one identity. */
  final class Part {
    private long mine;

    /** Takes it, if that much is left of the whole and of the part. */
    boolean tryTake(long amount) {
      synchronized (Quota.this) {
        if (taken + amount > ofAll || mine + amount > ofOne) {
          return false;
        }
        taken += amount;
        mine += amount;
        return true;
      }
    }

    /** The same for what can be done without: if half of both is left after it. */
    boolean tryTakeOfPlenty(long amount) {
      synchronized (Quota.this) {
        return taken + amount <= ofAll / 2 && mine + amount <= ofOne / 2 && tryTake(amount);
      }
    }

    void giveBack(long amount) {
      synchronized (Quota.this) {
        taken -= amount;
        mine -= amount;
      }
    }
  }
}
