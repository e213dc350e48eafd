package io.millrace.benchmarks.figure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class OutcomeTest {
  private static final Metric CPU = new Metric("CPU", 1);

  @Test
  void theRatioIsTheMedianOfPairsNotTheRatioOfMedians() {
    Outcome outcome = outcome(3, pair(1, 2, 0), pair(10, 5, 0), pair(3, 3, 0));
    assertThat(outcome.ratio(CPU)).isEqualTo(new Spread(1, 0.5, 2));
    assertThat(outcome.a(CPU).median()).isEqualTo(3);
    assertThat(outcome.b(CPU).median()).isEqualTo(3);
    assertThat(outcome.disturbed()).isZero();
  }

  @Test
  void disturbedPairsDoNotCountWhereEnoughOthersDo() {
    Outcome outcome = outcome(2, pair(9, 1, 0.5), pair(1, 1, 0), pair(2, 1, 0.1));
    assertThat(outcome.counts()).containsExactly(false, true, true);
    assertThat(outcome.disturbed()).isZero();
  }

  @Test
  void theLeastDisturbedFillUpAndAreReported() {
    Outcome outcome = outcome(2, pair(9, 1, 0.5), pair(1, 1, 0.3), pair(2, 1, 0));
    assertThat(outcome.counts()).containsExactly(false, true, true);
    assertThat(outcome.disturbed()).isEqualTo(1);
    assertThat(new OutcomeText("A", "B").section(outcome, List.of("client"))).contains("Run again");
  }

  @Test
  void aRatioToNothingIsLeftOut() {
    Outcome outcome = outcome(2, pair(1, 0, 0), pair(0, 0, 0));
    assertThat(Table.ratio(outcome.ratio(CPU))).isEqualTo("–");
  }

  @Test
  void medianOfAnEvenCountIsBetweenTheTwoInTheMiddle() {
    assertThat(Spread.of(4, 1, 3, 2)).isEqualTo(new Spread(2.5, 1, 4));
  }

  @Test
  void everyRunIsInTheReport() {
    String text = new OutcomeText("A", "B").section(outcome(1, pair(1, 2, 0.2)), List.of("client"));
    assertThat(text)
        .contains("| CPU | 1.0 | 2.0 | 0.50 (0.50 .. 0.50) |")
        .contains("| 1 | A | 1.0 | 20 | yes, disturbed |")
        .contains("| 1 | B | 2.0 | 0 | yes, disturbed |");
  }

  private static Outcome outcome(int wanted, Pair... pairs) {
    return new Outcome("a load", List.of(pairs), wanted, 0.15);
  }

  private static Pair pair(double a, double b, double foreign) {
    return new Pair(new Sample().put(CPU, a).foreign(foreign), new Sample().put(CPU, b));
  }
}
