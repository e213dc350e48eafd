package io.millrace.systemtests.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.systemtests.process.BrokerProcess;
import io.millrace.systemtests.process.Tools;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kafkajs: a client that is neither Java nor librdkafka. */
@Tag("interop")
class KafkaJsInteropTest {

  private static final String VERSION = "2.2.4";

  @TempDir Path directory;

  @Test
  void producesConsumesAndCommits() throws Exception {
    Tools.require("node is not installed", "node", "--version");
    Tools.require("npm is not installed", "npm", "--version");
    Path home = Path.of("target", "interop", "kafkajs").toAbsolutePath();
    Files.createDirectories(home);
    if (!Files.isDirectory(home.resolve("node_modules/kafkajs"))) {
      Tools.require(
          "kafkajs cannot be had by npm",
          "npm",
          "install",
          "--prefix",
          home.toString(),
          "--no-save",
          "kafkajs@" + VERSION);
    }
    Path script = home.resolve("kafkajs.js");
    Files.copy(Path.of("src/test/js/kafkajs.js"), script, StandardCopyOption.REPLACE_EXISTING);
    try (BrokerProcess broker = BrokerProcess.in(directory).start()) {
      assertThat(Program.run("node", script.toString(), broker.kafka()).lines())
          .containsExactly(
              "partitions 3", "read 600, twice 0, with headers 600", "committed 600", "end 600");
    }
  }
}
