package io.millrace.benchmarks.figure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RoundsTest {
  private static final Metric CPU = new Metric("CPU", 1);

  @Test
  void ratiosAreOfTheFirstRacerWithinEachRound() {
    Rounds rounds = rounds(3, round(0, 1, 2, 4), round(0, 10, 5, 5), round(0, 3, 3, 1));
    assertThat(rounds.ratio(1, CPU)).isEqualTo(new Spread(1, 0.5, 2));
    assertThat(rounds.ratio(2, CPU)).isEqualTo(new Spread(2, 0.25, 3));
    assertThat(rounds.of(2, CPU)).isEqualTo(new Spread(4, 1, 5));
  }

  @Test
  void aRoundIsDisturbedByAnyOfItsRuns() {
    Rounds rounds = rounds(1, round(0.5, 9, 9, 1), round(0, 1, 1, 2));
    assertThat(rounds.counts()).containsExactly(false, true);
    assertThat(rounds.disturbed()).isZero();
    assertThat(rounds(1, round(0.5, 9, 9, 1)).disturbed()).isEqualTo(1);
  }

  @Test
  void aMarkedValueIsSeenInTheMedianTheRatioAndTheRun() {
    Sample fast = new Sample().put(CPU, 4).mark(CPU);
    Rounds rounds =
        rounds(1, new Round(List.of(new Sample().put(CPU, 2), fast, new Sample().put(CPU, 1))));
    assertThat(new RoundsText(rounds).section(List.of("settings"), "what it means."))
        .contains("| CPU | 2.0 | 4.0 † | 1.0 | 0.50 (0.50 .. 0.50) † | 2.00 (2.00 .. 2.00) |")
        .contains("| 1 | B | 4.0 † | 0 | yes |")
        .contains("| 1 | C | 1.0 | 0 | yes |")
        .contains("†: what it means.");
  }

  @Test
  void whatARacerDoesNotMeasureHasNoRatio() {
    Rounds rounds =
        rounds(1, new Round(List.of(new Sample().put(CPU, 2), new Sample(), new Sample())));
    assertThat(new RoundsText(rounds).section(List.of(), "what a mark means"))
        .contains("| CPU | 2.0 | – | – | – | – |")
        .doesNotContain("what a mark means");
  }

  private static Rounds rounds(int wanted, Round... played) {
    return new Rounds("a race", List.of("A", "B", "C"), List.of(played), wanted, 0.15);
  }

  private static Round round(double foreign, double a, double b, double c) {
    return new Round(
        List.of(
            new Sample().put(CPU, a),
            new Sample().put(CPU, b).foreign(foreign),
            new Sample().put(CPU, c)));
  }
}
