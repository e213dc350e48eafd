package io.millrace.systemtests.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.systemtests.process.BrokerProcess;
import io.millrace.systemtests.process.Tools;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tools of Apache Kafka, from its release, each in a process as its scripts would start it. */
@Tag("interop")
class KafkaToolsInteropTest {

  private static final Path BENCHMARKS = Path.of("..", "benchmarks").toAbsolutePath().normalize();
  private static final Path JARS = BENCHMARKS.resolve("target/kafka");

  @TempDir static Path directory;
  private static BrokerProcess broker;

  @BeforeAll
  static void start() throws Exception {
    if (!Files.isDirectory(JARS)) {
      Tools.require(
          "Kafka's tools cannot be had by Maven",
          "mvn",
          "-q",
          "-f",
          BENCHMARKS.resolve("kafka/pom.xml").toString(),
          "package");
    }
    broker = BrokerProcess.in(directory).start();
  }

  @AfterAll
  static void stop() {
    if (broker != null) {
      broker.close();
    }
  }

  private static Program.Ended tool(String input, String mainClass, String... options)
      throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                BrokerProcess.java(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                JARS.resolve("*").toString(),
                mainClass,
                "--bootstrap-server",
                broker.kafka()));
    command.addAll(List.of(options));
    return Program.withInput(input, command.toArray(String[]::new));
  }

  private static String topics(String... options) throws Exception {
    return tool("", "org.apache.kafka.tools.TopicCommand", options).requireSuccess();
  }

  private static String groups(String... options) throws Exception {
    return tool("", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", options)
        .requireSuccess();
  }

  private static String configs(String... options) throws Exception {
    return tool("", "kafka.admin.ConfigCommand", options).requireSuccess();
  }

  private static void produce(String topic, String lines) throws Exception {
    tool(lines, "org.apache.kafka.tools.ConsoleProducer", "--topic", topic).requireSuccess();
  }

  private static List<String> consume(String topic, String group, int count) throws Exception {
    return tool(
            "",
            "org.apache.kafka.tools.consumer.ConsoleConsumer",
            "--topic",
            topic,
            "--group",
            group,
            "--from-beginning",
            "--max-messages",
            "" + count,
            "--timeout-ms",
            "30000")
        .lines();
  }

  @Test
  void topicsAreMadeDescribedGrownAndDeleted() throws Exception {
    topics("--create", "--topic", "tools", "--partitions", "2", "--config", "retention.ms=5000");
    assertThat(topics("--list")).contains("tools");
    assertThat(topics("--describe", "--topic", "tools"))
        .contains("PartitionCount: 2")
        .contains("retention.ms=5000");
    topics("--alter", "--topic", "tools", "--partitions", "5");
    assertThat(topics("--describe", "--topic", "tools")).contains("PartitionCount: 5");
    topics("--delete", "--topic", "tools");
    assertThat(topics("--list")).doesNotContain("tools");
  }

  @Test
  void recordsAreProducedAndConsumedByTheConsole() throws Exception {
    topics("--create", "--topic", "console");
    produce("console", "one\ntwo\nthree\n");
    assertThat(consume("console", "console-group", 3)).containsExactly("one", "two", "three");
  }

  @Test
  void groupsAreListedDescribedResetAndDeleted() throws Exception {
    topics("--create", "--topic", "grouped");
    produce("grouped", "one\ntwo\nthree\n");
    assertThat(consume("grouped", "tool-group", 3)).hasSize(3);
    assertThat(groups("--list")).contains("tool-group");
    assertThat(groups("--describe", "--group", "tool-group"))
        .containsPattern("grouped +0 +3 +3 +0");
    groups(
        "--reset-offsets",
        "--group",
        "tool-group",
        "--topic",
        "grouped",
        "--to-offset",
        "1",
        "--execute");
    assertThat(consume("grouped", "tool-group", 2)).containsExactly("two", "three");
    groups("--delete", "--group", "tool-group");
    assertThat(groups("--list")).doesNotContain("tool-group");
  }

  @Test
  void settingsAreDescribedSetAndUnset() throws Exception {
    topics("--create", "--topic", "configured");
    String[] which = {"--entity-type", "topics", "--entity-name", "configured"};
    configs(with(which, "--alter", "--add-config", "max.message.bytes=2000"));
    assertThat(configs(with(which, "--describe"))).contains("max.message.bytes=2000");
    configs(with(which, "--alter", "--delete-config", "max.message.bytes"));
    assertThat(configs(with(which, "--describe"))).doesNotContain("max.message.bytes=2000");
  }

  @Test
  void offsetsLogDirectoriesAndVersionsAreTold() throws Exception {
    topics("--create", "--topic", "told");
    produce("told", "one\ntwo\n");
    assertThat(
            tool("", "org.apache.kafka.tools.GetOffsetShell", "--topic", "told").requireSuccess())
        .contains("told:0:2");
    assertThat(
            tool("", "org.apache.kafka.tools.LogDirsCommand", "--describe", "--topic-list", "told")
                .requireSuccess())
        .contains("told-0");
    assertThat(tool("", "org.apache.kafka.tools.BrokerApiVersionsCommand").requireSuccess())
        .contains("Produce(0): ");
  }

  private static String[] with(String[] which, String... more) {
    List<String> all = new ArrayList<>(List.of(which));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }
}
