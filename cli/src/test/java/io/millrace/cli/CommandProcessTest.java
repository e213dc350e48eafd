package io.millrace.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands in a process of their own: signals, pipes, what is written where. */
class CommandProcessTest extends WithBroker {

  @TempDir Path directory;

  private static List<String> command(String... words) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
    command.add("io.millrace.cli.Main");
    command.addAll(List.of(atBroker(words)));
    return command;
  }

  private Process start(List<String> command) throws IOException {
    return new ProcessBuilder(command).redirectError(directory.resolve("err").toFile()).start();
  }

  private String err() throws IOException {
    return java.nio.file.Files.readString(directory.resolve("err"));
  }

  private static int exit(Process process) throws InterruptedException {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ends").isTrue();
    return process.exitValue();
  }

  private static void signal(String name, Process process)
      throws IOException, InterruptedException {
    exit(new ProcessBuilder("kill", "-" + name, "" + process.pid()).start());
  }

  @Test
  void ctrlCLeavesTheGroupAndCommits() throws IOException, InterruptedException {
    for (String signal : List.of("INT", "TERM")) {
      String topic = topic(2);
      String group = "group-" + signal;
      produce(topic, "k:one");
      Process consumer = start(command("consume", topic, "-g", group, "--from", "earliest"));
      try (BufferedReader out = consumer.inputReader(UTF_8)) {
        assertThat(out.readLine()).isEqualTo("one");
        signal(signal, consumer);
        assertThat(exit(consumer)).isEqualTo(Exit.INTERRUPTED);
      } finally {
        consumer.destroyForcibly();
      }
      assertThat(err()).isEmpty();
      // Its session has not expired: it has left.
      assertThat(run("group", "describe", group).done().lines().getFirst())
          .isEqualTo("group " + group + ", Empty, 0 members");
      assertThat(run("consume", topic, "-g", group, "-e").done().out()).isEmpty();
    }
  }

  @Test
  void aReaderThatGoesAwayEndsItQuietly() throws IOException, InterruptedException {
    String topic = topic(1);
    run("perf", "produce", topic, "-n", "20000", "-s", "100").done();
    Process consumer = start(command("consume", topic, "--from", "earliest"));
    try {
      try (BufferedReader out = consumer.inputReader(UTF_8)) {
        assertThat(out.readLine()).hasSize(100);
      }
      assertThat(exit(consumer)).isEqualTo(Exit.DONE);
    } finally {
      consumer.destroyForcibly();
    }
    assertThat(err()).isEmpty();
  }

  @Test
  void linesComeThroughAPipe() throws IOException, InterruptedException {
    String topic = topic(1);
    Process producer = start(command("produce", topic));
    try {
      try (var in = producer.outputWriter(UTF_8)) {
        in.write("grün 水 😀\n");
      }
      assertThat(exit(producer)).isEqualTo(Exit.DONE);
    } finally {
      producer.destroyForcibly();
    }
    assertThat(err()).startsWith("produced 1 record ").hasLineCount(1);
    assertThat(run("consume", topic, "-e").done().out()).isEqualTo("grün 水 😀\n");
  }

  @Test
  void theClientSaysNothingOfItsOwn() throws IOException, InterruptedException {
    Process list = start(command("topic", "describe", "none"));
    assertThat(exit(list)).isEqualTo(Exit.REFUSED);
    assertThat(err()).startsWith("millrace: there is no topic none\n").hasLineCount(2);
  }
}
