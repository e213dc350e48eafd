package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WindowTest {

  @Test
  void percentilesAreThoseOfTheSortedValuesWithinTheirError() {
    Random random = new Random(11);
    for (int round = 0; round < 20; round++) {
      Window window = new Window();
      long[] values = new long[1 + random.nextInt(3000)];
      long sum = 0;
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextLong() >>> 24 + random.nextInt(40);
        sum += values[i];
        window.add(values[i]);
      }
      Arrays.sort(values);
      for (double percent : new double[] {50, 75, 90, 95, 99, 99.99}) {
        long exact = values[(int) Math.ceil(values.length * percent / 100) - 1];
        assertThat(window.percentile(percent))
            .as("%s of %d", percent, values.length)
            .isBetween(exact, exact + exact / 60 + 1);
      }
      assertThat(window.min()).isEqualTo(values[0]);
      assertThat(window.max()).isEqualTo(values[values.length - 1]);
      assertThat(window.sum()).isEqualTo(sum);
      assertThat(window.mean()).isEqualTo(sum / values.length);
      assertThat(window.count()).isEqualTo(values.length);
    }
  }

  @Test
  void deviationIsThatOfThePopulation() {
    Window window = new Window();
    for (long value : new long[] {2, 4, 4, 4, 5, 5, 7, 9}) {
      window.add(value);
    }
    assertThat(window.deviation()).isEqualTo(2);
  }

  @Test
  void emptyAndOutOfRange() {
    Window window = new Window();
    assertThat(window.percentile(99)).isZero();
    assertThat(window.min()).isZero();
    assertThat(window.deviation()).isZero();
    window.add(-5);
    window.add(Long.MAX_VALUE);
    assertThat(window.min()).isZero();
    assertThat(window.outOfRange()).isEqualTo(1);
    assertThat(window.percentile(100)).isEqualTo((1L << 40) - 1);
    window.clear();
    assertThat(window.count()).isZero();
    assertThat(window.percentile(50)).isZero();
  }
}
