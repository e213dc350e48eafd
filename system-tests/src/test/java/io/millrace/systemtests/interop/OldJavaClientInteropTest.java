package io.millrace.systemtests.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.systemtests.process.BrokerProcess;
import io.millrace.systemtests.process.Tools;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The official Java client before 4.0, in a process without any other. */
@Tag("interop")
class OldJavaClientInteropTest {

  private static final String VERSION = "3.9.1";

  @TempDir Path directory;

  @Test
  void producesConsumesAndCommits() throws Exception {
    Path jars = Path.of("target", "interop", "kafka-clients-" + VERSION);
    Path jar = jars.resolve("kafka-clients-" + VERSION + ".jar");
    if (!Files.exists(jar)) {
      Tools.require(
          "kafka-clients " + VERSION + " cannot be had by Maven",
          "mvn",
          "-q",
          "dependency:copy",
          "-Dartifact=org.apache.kafka:kafka-clients:" + VERSION,
          "-DoutputDirectory=" + jars.toAbsolutePath());
    }
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !Path.of(entry).getFileName().toString().startsWith("kafka-clients-"))
            .collect(Collectors.joining(File.pathSeparator));
    try (BrokerProcess broker = BrokerProcess.in(directory).start()) {
      Program.Ended ended =
          Program.run(
              BrokerProcess.java(),
              "-Dmillrace.log=error",
              "-cp",
              jar.toAbsolutePath() + File.pathSeparator + classPath,
              JavaClient.class.getName(),
              broker.kafka());
      assertThat(ended.lines())
          .containsExactly(
              "client " + VERSION,
              "none 500 of 500",
              "gzip 500 of 500",
              "snappy 500 of 500",
              "lz4 500 of 500",
              "zstd 500 of 500",
              "committed 2500",
              "from a time on 1");
    }
  }
}
