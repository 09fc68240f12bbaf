package dev.weft.perf;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What was measured of young processes: for each mark, the {@link Rounds} of the requests up to it
 * from the one before. For one thread.
 */
final class Young {
  private final List<Integer> marks;
  private final List<Rounds> parts = new ArrayList<>();

  /**
   * @param marks rising numbers of requests
   */
  Young(List<Integer> marks) {
    this.marks = marks;
    marks.forEach(ignored -> parts.add(new Rounds()));
  }

  void begin() {
    parts.forEach(Rounds::begin);
  }

  /**
   * @param measured one for each mark
   */
  void add(LegKind leg, List<Measurement> measured) {
    for (int part = 0; part < parts.size(); part++) {
      parts.get(part).add(leg, measured.get(part));
    }
  }

  /** The requests up to the mark {@code upTo} from the one before. */
  Rounds part(int upTo) {
    return parts.get(marks.indexOf(upTo));
  }

  /** CPU a request after the mark {@code from}, to the last. */
  Spread micros(LegKind leg, int from) {
    return Spread.of(byRound(leg, from));
  }

  /** CPU a request after the mark {@code from}, to the last: one leg beside another, by round. */
  Spread ratio(LegKind leg, LegKind baseline, int from) {
    double[] ofLeg = byRound(leg, from);
    double[] ofBaseline = byRound(baseline, from);
    return Spread.of(
        IntStream.range(0, ofLeg.length).mapToDouble(i -> ofLeg[i] / ofBaseline[i]).toArray());
  }

  private double[] byRound(LegKind leg, int from) {
    List<Rounds> after = parts.subList(marks.indexOf(from) + 1, parts.size());
    double[] micros = new double[after.get(0).of(leg).size()];
    for (int round = 0; round < micros.length; round++) {
      double cpu = 0;
      long requests = 0;
      for (Rounds part : after) {
        Measurement measurement = part.of(leg).get(round);
        cpu += measurement.micros() * measurement.outcome().requests();
        requests += measurement.outcome().requests();
      }
      micros[round] = cpu / requests;
    }
    return micros;
  }
}
