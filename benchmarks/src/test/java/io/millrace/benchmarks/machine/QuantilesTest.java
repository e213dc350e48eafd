package io.millrace.benchmarks.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class QuantilesTest {
  @Test
  void aQuantileIsAMeasuredValue() {
    Quantiles hundred = new Quantiles(LongStream.rangeClosed(1, 100).map(i -> 101 - i).toArray());
    assertThat(hundred.at(0)).isEqualTo(1);
    assertThat(hundred.at(0.5)).isEqualTo(50);
    assertThat(hundred.at(0.99)).isEqualTo(99);
    assertThat(hundred.at(1)).isEqualTo(100);
    assertThat(hundred.max()).isEqualTo(100);
  }

  @Test
  void oneValueIsEveryQuantile() {
    assertThat(new Quantiles(new long[] {7}).at(0.99)).isEqualTo(7);
  }
}
