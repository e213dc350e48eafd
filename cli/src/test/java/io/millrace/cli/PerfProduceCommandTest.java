package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PerfProduceCommandTest extends WithBroker {

  @TempDir Path directory;

  @Test
  void ratesAndPercentilesAreSaid() {
    String topic = topic(3);
    List<String> lines =
        run("perf", "produce", topic, "--records", "5000", "--size", "100").done().lines();
    assertThat(lines.get(0))
        .matches("produced 5000 records, 488.3 KiB in [0-9.]+ s: \\d+ records/s, [0-9.]+ MiB/s");
    assertThat(lines.get(1))
        .matches(
            "ack p50 [0-9.]+ ms, p95 [0-9.]+ ms, p99 [0-9.]+ ms, p99\\.9 [0-9.]+ ms,"
                + " max [0-9.]+ ms");
    assertThat(run("consume", topic, "-e").done().lines())
        .hasSize(5000)
        .allMatch(value -> value.length() == 100);
  }

  @Test
  void jsonSaysTheSame() {
    assertThat(run("perf", "produce", topic(1), "-n", "10", "-s", "5", "--json").done().out())
        .matches(
            "\\{\"records\":10,\"bytes\":50,\"failed\":0,\"seconds\":.*,\"records_per_s\":.*,"
                + "\"mib_per_s\":.*,\"ms\":\\{\"of\":\"ack\",\"p50\":.*,\"p95\":.*,\"p99\":.*,"
                + "\"p99.9\":.*,\"max\":.*}}\n");
  }

  @Test
  void theDoctorSaysWhatToChangeIfAsked() {
    String topic = topic(1);
    List<String> lines =
        run(
                "perf",
                "produce",
                topic,
                "-n",
                "3000",
                "-s",
                "10",
                "-r",
                "2000",
                "--linger",
                "0",
                "--doctor")
            .done()
            .lines();
    assertThat(lines.get(2)).startsWith("doctor: One thing to look at: ");
    assertThat(lines.get(3)).contains("SMALL_BATCHES: ").contains("raise linger.ms from 0 to ");
    List<String> json =
        run("perf", "produce", topic, "-n", "10", "--doctor", "--json").done().lines();
    assertThat(json).hasSize(2);
    assertThat(json.get(1))
        .startsWith("{\"doctor\":\"Healthy, nothing to change: ")
        .endsWith("\"findings\":[]}");
  }

  @Test
  void aRateIsKeptAndProgressIsSaidEverySecond() {
    long began = System.nanoTime();
    Shell.Ended ended = run("perf", "produce", topic(1), "-n", "500", "-r", "200").done();
    double seconds = (System.nanoTime() - began) / 1e9;
    assertThat(seconds).isBetween(2.4, 20.0);
    assertThat(ended.err().lines())
        .hasSizeGreaterThanOrEqualTo(2)
        .allMatch(line ->
            line.matches(
                "produced \\d+ records, \\d+ records/s, [0-9.]+ MiB/s, ack p50 [0-9.]+ ms,"
                    + " p99 [0-9.]+ ms"));
  }

  @Test
  void payloadsComeFromAFile() throws IOException {
    String topic = topic(1);
    Path file = Files.writeString(directory.resolve("payloads"), "one\ntwo\n");
    run("perf", "produce", topic, "-n", "5", "--payload-file", file.toString()).done();
    assertThat(run("consume", topic, "-e").done().lines())
        .containsExactly("one", "two", "one", "two", "one");
    Files.writeString(file, "");
    run("perf", "produce", topic, "--payload-file", file.toString())
        .failed(Exit.CONFIGURATION, "has no lines");
    run("perf", "produce", topic, "--payload-file", file + "-no")
        .failed(Exit.CONFIGURATION, "there is no file");
  }

  @Test
  void everyOptionOfTheProducerIsTaken() {
    String topic = topic(1);
    run(
            "perf",
            "produce",
            topic,
            "-n",
            "100",
            "--acks",
            "1",
            "--batch",
            "1000",
            "--linger",
            "1",
            "--compression",
            "zstd")
        .done();
    run("perf", "produce", topic, "-n", "100", "--acks", "0").done();
    assertThat(run("consume", topic, "--from", "earliest", "-n", "200").done().lines())
        .hasSize(200);
  }

  @Test
  void ctrlCSaysHowFarItCame() {
    String topic = topic(1);
    Shell.Running running = start("perf", "produce", topic, "-r", "1000");
    Awaitility.await().until(() -> !run("consume", topic, "-e").done().out().isEmpty());
    Shell.Ended ended = running.interrupt().ended();
    assertThat(ended.exit()).isEqualTo(Exit.INTERRUPTED);
    assertThat(ended.out()).startsWith("produced ").contains("ack p50");
  }

  @Test
  void whatCannotBeIsRefused() {
    run("perf", "produce", "none").failed(Exit.REFUSED, "there is no topic none");
    run("perf", "produce", "t", "-n", "0").failed(Exit.USAGE, "--records cannot be 0");
    run("perf", "produce", "t", "-s", "-1").failed(Exit.USAGE, "--size cannot be -1");
    run("perf", "produce", "t", "-s", "999999999").failed(Exit.USAGE, "it wants at most 33554432");
    run("perf", "produce", "t", "-r", "0").failed(Exit.USAGE, "--rate cannot be 0");
    run("perf", "produce", "t", "--batch", "-1").failed(Exit.USAGE, "--batch cannot be -1");
    run("perf", "produce", "t", "--linger", "-1").failed(Exit.USAGE, "--linger cannot be -1");
    run("perf", "produce", "t", "--acks", "2").failed(Exit.USAGE, "--acks cannot be \"2\"");
    run("perf", "produce", "t", "-z", "zip").failed(Exit.USAGE, "--compression cannot be \"zip\"");
  }
}
