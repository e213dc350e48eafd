package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class PerfConsumeCommandTest extends WithBroker {

  @Test
  void whatIsThereIsRead() {
    String topic = topic(3);
    run("perf", "produce", topic, "-n", "3000", "-s", "100").done();
    Shell.Ended ended = run("perf", "consume", topic).done();
    assertThat(ended.lines().get(0)).startsWith("consumed 3000 records, 293.0 KiB in ");
    assertThat(ended.lines().get(1)).startsWith("fetch p50 ").contains("p99.9");
    assertThat(run("perf", "consume", topic(1)).done().out()).startsWith("consumed 0 records");
  }

  @Test
  void soManyAsAreAsked() {
    String topic = topic(1);
    run("perf", "produce", topic, "-n", "1000", "-s", "10").done();
    assertThat(run("perf", "consume", topic, "--records", "1000", "--json").done().out())
        .startsWith("{\"records\":1000,\"bytes\":10000,\"failed\":0,")
        .contains("\"of\":\"fetch\"");
    run("perf", "consume", topic, "-n", "1001", "--timeout-ms", "1000")
        .failed(Exit.TIMED_OUT, "no record came for 1000 ms");
  }

  @Test
  void noMoreThanIsAskedIsRead() {
    String topic = topic(1);
    run("perf", "produce", topic, "-n", "100", "-s", "10").done();
    assertThat(run("perf", "consume", topic, "-n", "7").done().out())
        .startsWith("consumed 7 records, 70 B in ");
    assertThat(run("perf", "consume", topic, "-n", "1").done().out())
        .startsWith("consumed 1 record, ");
    assertThat(run("perf", "consume", topic(1), "--json").done().out()).contains("\"ms\":null");
  }

  @Test
  void fromTheLatestTheDelayIsMeasuredUntilCtrlC() {
    String topic = topic(1);
    run("perf", "produce", topic, "-n", "10", "-s", "10").done();
    Shell.Running running = start("perf", "consume", topic, "--from", "latest", "--json");
    Shell.Running load = start("perf", "produce", topic, "-r", "100", "-n", "100000");
    Awaitility.await()
        .atMost(java.time.Duration.ofSeconds(20))
        .until(() -> running.err().contains("consumed "));
    Shell.Ended ended = running.interrupt().ended();
    load.interrupt().ended();
    assertThat(ended.exit()).isEqualTo(Exit.INTERRUPTED);
    assertThat(ended.out()).contains("\"of\":\"delay\"").doesNotContain("\"records\":0,");
  }

  @Test
  void whatCannotBeIsRefused() {
    run("perf", "consume", "none").failed(Exit.REFUSED, "there is no topic none");
    run("perf", "consume", "t", "-n", "0").failed(Exit.USAGE, "--records cannot be 0");
    run("perf", "consume", "t", "--from", "middle").failed(Exit.USAGE, "earliest, latest");
  }
}
