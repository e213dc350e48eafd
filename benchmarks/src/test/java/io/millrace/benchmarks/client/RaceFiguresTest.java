package io.millrace.benchmarks.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RaceFiguresTest {
  @Test
  void whatIsPrintedIsReadBack() {
    RaceFigures printed =
        new RaceFigures().put("records", 50_000_000).put("failed", 0).put("cpu", 12.5);
    RaceFigures read = RaceFigures.parse("a word before\n" + printed + "\n");
    assertThat(read.get("records")).isEqualTo(50_000_000);
    assertThat(read.get("failed")).isZero();
    assertThat(read.get("cpu")).isEqualTo(12.5);
  }

  @Test
  void theLineOfTheProgramInCIsRead() {
    RaceFigures read =
        RaceFigures.parse(
            "records=2000000 failed=0 seconds=1.504211 cpu=0.912000 rss_anon_kb=41236 core_busy=0.6612\n");
    assertThat(read.get("rss_anon_kb")).isEqualTo(41236);
    assertThat(read.get("core_busy")).isEqualTo(0.6612);
    assertThat(read.get("allocated")).isNaN();
  }

  @Test
  void aRacerThatPrintedNothingHasFailed() {
    assertThatThrownBy(() -> RaceFigures.parse("no such broker\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no such broker");
  }
}
