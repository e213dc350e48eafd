package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReadyFileTest {

  @TempDir private Path directory;

  @Test
  void saysWhatScriptsNeed() throws Exception {
    Path path = directory.resolve("ready");
    ReadyFile ready = new ReadyFile(path);
    Path data = directory.resolve("data \"quoted\" \\ \u0001 \u00fc");
    try (Millrace millrace = Millrace.in(data).start()) {
      ready.write(millrace, data, millrace.kafka(), 312);
      assertThat(Files.readString(path))
          .isEqualTo(
              "{\"version\":1,\"pid\":"
                  + ProcessHandle.current().pid()
                  + ",\"node\":1,\"cluster\":\""
                  + millrace.clusterId()
                  + "\",\"data\":\""
                  + directory
                  + "/data \\\"quoted\\\" \\\\ \\u0001 \u00fc\",\"kafka\":\""
                  + millrace.kafka()
                  + "\",\"amqp\":null,\"admin\":null,\"listeners\":[\"PLAINTEXT://"
                  + millrace.kafka()
                  + "\"],\"ready_ms\":312}\n");
      assertThat(Files.getPosixFilePermissions(path))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
      try (Stream<Path> files = Files.list(directory)) {
        assertThat(files.map(f -> f.getFileName().toString()))
            .containsExactlyInAnyOrder("ready", data.getFileName().toString());
      }
      ready.remove();
      assertThat(path).doesNotExist();
      ready.remove();
    }
  }

  @Test
  void doorThatIsOffIsNull() throws Exception {
    Path path = directory.resolve("ready");
    try (Millrace millrace = Millrace.inMemory().kafka().start()) {
      new ReadyFile(path).write(millrace, null, null, 1);
      assertThat(Files.readString(path))
          .contains("\"data\":null,\"kafka\":null,\"amqp\":null,\"admin\":null");
    }
  }

  private static String ofProcess(long pid) {
    return "{\"version\":1,\"pid\":" + pid + ",\"kafka\":null,\"ready_ms\":1}\n";
  }

  @Test
  void whatAProcessThatIsGoneLeftIsRemoved() throws Exception {
    Path path = directory.resolve("ready");
    for (String left : new String[] {ofProcess(Integer.MAX_VALUE), ""}) {
      Files.writeString(path, left);
      new ReadyFile(path);
      assertThat(path).doesNotExist();
    }
  }

  @Test
  void whatAProcessThatLivesWroteStaysUntilTheDataAreOurs() throws Exception {
    Path path = directory.resolve("ready");
    Process lives = new ProcessBuilder("cat").start();
    try {
      Files.writeString(path, ofProcess(lives.pid()));
      ReadyFile ready = new ReadyFile(path);
      Path data = directory.resolve("data");
      try (Millrace first = Millrace.in(data).start()) {
        assertThatThrownBy(() -> Millrace.in(data).readyFile(ready).start())
            .isInstanceOf(ConfigurationException.class)
            .hasMessageContaining("is in use");
        assertThat(path).exists();
        assertThat(first.kafka()).isNotEmpty();
      }
      try (Millrace second = Millrace.in(data).readyFile(ready).start()) {
        assertThat(path).doesNotExist();
        assertThat(second.kafka()).isNotEmpty();
      }
    } finally {
      lives.destroy();
    }
  }

  @Test
  void nothingElseIsEverRemoved() throws Exception {
    Path foreign = Files.writeString(directory.resolve("foreign"), "important");
    Path empty = Files.createDirectory(directory.resolve("empty"));
    for (Path path : new Path[] {foreign, empty, directory.resolve("none/ready")}) {
      assertThatThrownBy(() -> new ReadyFile(path))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(path.toString());
    }
    assertThat(foreign).hasContent("important");
    assertThat(empty).isDirectory();
  }

  @Test
  void whatAnotherHasPutThereSinceStays() throws Exception {
    Path path = directory.resolve("ready");
    Path neighbour = Files.writeString(directory.resolve("ready.tmp"), "important");
    ReadyFile ready = new ReadyFile(path);
    try (Millrace millrace = Millrace.inMemory().start()) {
      ready.write(millrace, null, millrace.kafka(), 1);
      assertThat(neighbour).hasContent("important");
      Files.writeString(path, ofProcess(1));
      ready.remove();
      assertThat(path).hasContent(ofProcess(1).strip());
    }
  }

  @Test
  void everyListenerIsSaid() throws Exception {
    Path path = directory.resolve("ready");
    try (Millrace millrace =
        Millrace.inMemory().kafka("INSIDE://127.0.0.1:0", "OUTSIDE://[::1]:0").start()) {
      new ReadyFile(path).write(millrace, null, millrace.kafka(), 1);
      int second = millrace.kafkaAddresses().get(1).getPort();
      assertThat(Files.readString(path))
          .contains("\"kafka\":\"" + millrace.kafka() + "\"")
          .contains(
              "\"listeners\":[\"INSIDE://"
                  + millrace.kafka()
                  + "\",\"OUTSIDE://[::1]:"
                  + second
                  + "\"]");
    }
  }
}
