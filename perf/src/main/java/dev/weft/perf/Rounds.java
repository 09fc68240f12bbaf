package dev.weft.perf;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The measurements of one kind of load: in every round each leg once. Comparisons are made within a
 * round, so that what slows the machine for a minute slows both sides of a ratio.
 */
final class Rounds {
  private final List<Map<LegKind, Measurement>> rounds = new ArrayList<>();

  void begin() {
    rounds.add(new EnumMap<>(LegKind.class));
  }

  void add(LegKind leg, Measurement measurement) {
    rounds.get(rounds.size() - 1).put(leg, measurement);
  }

  List<Measurement> of(LegKind leg) {
    List<Measurement> all = new ArrayList<>();
    for (Map<LegKind, Measurement> round : rounds) {
      Measurement measurement = round.get(leg);
      if (measurement != null) {
        all.add(measurement);
      }
    }
    return all;
  }

  boolean has(LegKind leg) {
    return !of(leg).isEmpty();
  }

  Spread spread(LegKind leg, ToDoubleFunction<Measurement> value) {
    return Spread.of(of(leg).stream().mapToDouble(value).toArray());
  }

  /** One leg beside another, round by round. */
  Spread ratio(LegKind leg, LegKind baseline, ToDoubleFunction<Measurement> value) {
    return Spread.of(
        rounds.stream()
            .mapToDouble(
                round ->
                    value.applyAsDouble(get(round, leg))
                        / value.applyAsDouble(get(round, baseline)))
            .toArray());
  }

  /** One leg beside the mean of both plaintext legs, round by round. */
  Spread overPlain(LegKind leg, ToDoubleFunction<Measurement> value) {
    return Spread.of(
        rounds.stream()
            .mapToDouble(round -> value.applyAsDouble(get(round, leg)) / plain(round, value))
            .toArray());
  }

  /** What a leg has more than the mean of both plaintext legs, round by round. */
  Spread addedToPlain(LegKind leg, ToDoubleFunction<Measurement> value) {
    return Spread.of(
        rounds.stream()
            .mapToDouble(round -> value.applyAsDouble(get(round, leg)) - plain(round, value))
            .toArray());
  }

  /** What a leg adds to plaintext beside what another adds, round by round. */
  Spread addedRatio(LegKind leg, LegKind baseline, ToDoubleFunction<Measurement> value) {
    return Spread.of(
        rounds.stream()
            .mapToDouble(
                round ->
                    (value.applyAsDouble(get(round, leg)) - plain(round, value))
                        / (value.applyAsDouble(get(round, baseline)) - plain(round, value)))
            .toArray());
  }

  /** Every other round backwards, so that none is always the one after the same other. */
  static <T> List<T> inOrder(List<T> all, int round) {
    List<T> order = new ArrayList<>(all);
    if (round % 2 == 1) {
      Collections.reverse(order);
    }
    return order;
  }

  private static double plain(
      Map<LegKind, Measurement> round, ToDoubleFunction<Measurement> value) {
    return (value.applyAsDouble(get(round, LegKind.PLAIN_1))
            + value.applyAsDouble(get(round, LegKind.PLAIN_2)))
        / 2;
  }

  private static Measurement get(Map<LegKind, Measurement> round, LegKind leg) {
    Measurement measurement = round.get(leg);
    if (measurement == null) {
      throw new IllegalStateException("leg " + leg.label() + " was not measured in a round");
    }
    return measurement;
  }
}
