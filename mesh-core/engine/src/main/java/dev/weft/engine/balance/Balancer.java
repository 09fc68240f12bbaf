package dev.weft.engine.balance;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Chooses one of several candidates that are all fit. Never looks at more than a few of them as
 * long as hardly any is to be avoided. Thread-safe.
 */
public abstract class Balancer {
  /** Draws that may come to nothing (tried already, still eased in) before all are looked at. */
  private static final int DRAWS = 8;

  /** Costs this close are equal: the last digits of an average must not decide for everybody. */
  private static final double NEARLY = 0.99;

  private final IntUnaryOperator random;

  Balancer(IntUnaryOperator random) {
    this.random = random;
  }

  /** The power of two choices, on {@link PeakEwma}. */
  public static Balancer peakEwma(IntUnaryOperator random) {
    return new OfTwo(random) {
      @Override
      boolean better(Candidate a, Candidate b, long now) {
        return a.cost(now) < b.cost(now) * NEARLY;
      }
    };
  }

  /** The power of two choices, on what is outstanding. */
  public static Balancer leastRequest(IntUnaryOperator random) {
    return new OfTwo(random) {
      @Override
      boolean better(Candidate a, Candidate b, long now) {
        return a.outstanding() < b.outstanding();
      }
    };
  }

  /** Anyone. */
  public static Balancer random(IntUnaryOperator random) {
    return new Balancer(random) {
      @Override
      <E extends Candidate> @Nullable E choose(
          E[] from, Avoid<? super E> avoid, long now, @Nullable Easing easing) {
        int drawn = draw(from, avoid, now, easing);
        return drawn < 0 ? null : from[drawn];
      }
    };
  }

  /** One after the other. */
  public static Balancer roundRobin(IntUnaryOperator random) {
    return new InTurn(random);
  }

  /**
   * Chooses one.
   *
   * @param easing null if no candidate is new enough to be eased in
   * @return null if all are to be avoided, or there are none
   */
  public final <E extends Candidate> @Nullable E pick(
      E[] from, Avoid<? super E> avoid, long now, @Nullable Easing easing) {
    switch (from.length) {
      case 0:
        return null;
      case 1:
        return avoid.tried(from[0]) ? null : from[0];
      default:
        return choose(from, avoid, now, easing);
    }
  }

  /** As {@link #pick}, of two at least. */
  abstract <E extends Candidate> @Nullable E choose(
      E[] from, Avoid<? super E> avoid, long now, @Nullable Easing easing);

  final int random(int bound) {
    return random.applyAsInt(bound);
  }

  /** Whether a candidate may be had now; one that is being eased in only now and then. */
  final boolean accepts(Candidate candidate, long now, @Nullable Easing easing) {
    return easing == null || easing.accepts(candidate.bornNanos(), now, random);
  }

  /** Any one that is not to be avoided; -1 if there is none. */
  final <E extends Candidate> int draw(
      E[] from, Avoid<? super E> avoid, long now, @Nullable Easing easing) {
    for (int i = 0; i < DRAWS; i++) {
      int drawn = random(from.length);
      if (!avoid.tried(from[drawn]) && accepts(from[drawn], now, easing)) {
        return drawn;
      }
    }
    return from(random(from.length), from, avoid);
  }

  /** The first from {@code start} on, round the end, that is not to be avoided; -1 if none. */
  static <E extends Candidate> int from(int start, E[] from, Avoid<? super E> avoid) {
    for (int i = 0; i < from.length; i++) {
      int at = start + i < from.length ? start + i : start + i - from.length;
      if (!avoid.tried(from[at])) {
        return at;
      }
    }
    return -1;
  }

  private abstract static class OfTwo extends Balancer {
    OfTwo(IntUnaryOperator random) {
      super(random);
    }

    abstract boolean better(Candidate a, Candidate b, long now);

    @Override
    <E extends Candidate> @Nullable E choose(
        E[] from, Avoid<? super E> avoid, long now, @Nullable Easing easing) {
      int first = draw(from, avoid, now, easing);
      if (first < 0) {
        return null;
      }
      E a = from[first];
      // The second is drawn from the others, so that the two are never the same. It is drawn once:
      // drawing until one suits would give a new one among few as many chances as draws.
      int second = random(from.length - 1);
      E b = from[second < first ? second : second + 1];
      if (avoid.tried(b) || !accepts(b, now, easing)) {
        return a;
      }
      return better(b, a, now) ? b : a;
    }
  }

  private static final class InTurn extends Balancer {
    private final AtomicInteger turn;

    InTurn(IntUnaryOperator random) {
      super(random);
      // Processes that start together must not all begin with the same one.
      this.turn = new AtomicInteger(random.applyAsInt(1 << 16));
    }

    @Override
    <E extends Candidate> @Nullable E choose(
        E[] from, Avoid<? super E> avoid, long now, @Nullable Easing easing) {
      int at = 0;
      for (int i = 0; i < from.length + DRAWS; i++) {
        at = Math.floorMod(turn.getAndIncrement(), from.length);
        if (!avoid.tried(from[at]) && accepts(from[at], now, easing)) {
          return from[at];
        }
      }
      int any = from(at, from, avoid);
      return any < 0 ? null : from[any];
    }
  }
}
