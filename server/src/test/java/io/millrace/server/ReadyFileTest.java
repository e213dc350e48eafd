package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

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
    Files.writeString(path, "stale");
    ReadyFile ready = new ReadyFile(path);
    assertThat(path).doesNotExist();
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
                  + "\",\"amqp\":null,\"admin\":null,\"ready_ms\":312}\n");
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
}
