package io.millrace.systemtests.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.systemtests.process.BrokerProcess;
import io.millrace.systemtests.process.Tools;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** kcat, which is librdkafka. */
@Tag("interop")
class KcatInteropTest {

  private static final int LINES = 2000;

  @TempDir static Path directory;
  private static BrokerProcess broker;

  @BeforeAll
  static void start() {
    Tools.require("kcat is not installed", "kcat", "-V");
    broker = BrokerProcess.in(directory).set("num.partitions", 3).start();
  }

  @AfterAll
  static void stop() {
    if (broker != null) {
      broker.close();
    }
  }

  private static Program.Ended kcat(String input, String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of("kcat", "-b", broker.kafka()));
    command.addAll(List.of(options));
    return Program.withInput(input, command.toArray(String[]::new));
  }

  private static String lines(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "key-" + i % 50 + ":value " + i + "\n")
        .collect(Collectors.joining());
  }

  private static List<String> sorted(String lines) {
    return lines.lines().sorted().toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
  void producesWithEachCodecAndReadsItAllBack(String codec) throws Exception {
    String topic = "codec-" + codec;
    kcat(lines(LINES), "-P", "-t", topic, "-K", ":", "-z", codec, "-X", "enable.idempotence=true")
        .requireSuccess();
    String read = kcat("", "-C", "-t", topic, "-e", "-q", "-f", "%k:%s\n").requireSuccess();
    assertThat(sorted(read)).isEqualTo(sorted(lines(LINES)));
  }

  @Test
  void listsTopicsAndPartitions() throws Exception {
    kcat("one\n", "-P", "-t", "listed").requireSuccess();
    String listed = kcat("", "-L", "-t", "listed").requireSuccess();
    assertThat(listed).contains("topic \"listed\" with 3 partitions").contains(broker.kafka());
  }

  @Test
  void keepsHeadersAndEmptyValues() throws Exception {
    kcat("key:with header\n", "-P", "-t", "headers", "-K", ":", "-H", "trace=abc").requireSuccess();
    kcat("gone:\n", "-P", "-t", "headers", "-K", ":", "-Z").requireSuccess();
    String read = kcat("", "-C", "-t", "headers", "-e", "-q", "-f", "%k %S %h\n").requireSuccess();
    assertThat(read).contains("key 11 trace=abc").contains("gone -1");
  }

  @Test
  void readsAsAGroupAndGoesOnWhereItStopped() throws Exception {
    kcat(lines(100), "-P", "-t", "grouped", "-K", ":").requireSuccess();
    String[] group = {
      "-G", "kcat-group", "-e", "-q", "-X", "auto.offset.reset=earliest", "grouped"
    };
    assertThat(kcat("", group).lines()).hasSize(100);
    kcat("more:one\n", "-P", "-t", "grouped", "-K", ":").requireSuccess();
    assertThat(kcat("", group).lines()).containsExactly("one");
  }

  @Test
  void asksForOffsetsByTimeAndReadsFromThere() throws Exception {
    kcat("before\n", "-P", "-t", "timed", "-p", "0").requireSuccess();
    long time =
        Long.parseLong(
            kcat("", "-C", "-t", "timed", "-p", "0", "-e", "-q", "-f", "%T\n").lines().get(0));
    kcat("after\n", "-P", "-t", "timed", "-p", "0").requireSuccess();
    assertThat(kcat("", "-Q", "-t", "timed:0:" + time).requireSuccess())
        .contains("timed [0] offset 0");
    assertThat(
            kcat("", "-C", "-t", "timed", "-p", "0", "-o", "s@" + (time + 1), "-e", "-q").lines())
        .containsExactly("after");
    assertThat(kcat("", "-C", "-t", "timed", "-p", "0", "-o", "-1", "-e", "-q").lines())
        .isEqualTo(Arrays.asList("after"));
  }
}
