package io.millrace.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ManyLoadTest {
  @Test
  void liveBytesAreInTheLastLineOfAHistogram() {
    String histogram =
        """
        4242:
         num     #instances         #bytes  class name (module)
        -------------------------------------------------------
           1:         31234        2345678  [B (java.base@25.0.3)
        Total        123456       10485760
        """;
    assertThat(ManyLoad.liveMebibytes(histogram)).isEqualTo(10);
  }
}
