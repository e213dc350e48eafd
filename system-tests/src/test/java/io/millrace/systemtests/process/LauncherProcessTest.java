package io.millrace.systemtests.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.systemtests.Repository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that starts everything, with a program in place of the JVM that says what it got. */
final class LauncherProcessTest {

  @TempDir private Path directory;

  private Path launcher;
  private Path jdk;

  @BeforeEach
  void install() throws IOException {
    Path root = Files.createDirectory(directory.resolve("with two blanks"));
    Path original = Repository.root();
    launcher = Files.copy(original.resolve("millrace"), root.resolve("millrace"));
    Files.createDirectory(root.resolve("distribution"));
    Files.copy(
        original.resolve("distribution/find-jdk"),
        root.resolve("distribution").resolve("find-jdk"));
    jdk = directory.resolve("a jdk");
    Files.createDirectories(jdk.resolve("bin"));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");
    Path java =
        Files.writeString(
            jdk.resolve("bin/java"),
            """
            #!/usr/bin/env bash
            exec 7>"$SAID"
            for fd in 0 1 2; do readlink "/proc/$$/fd/$fd" >&7; done
            for word; do printf '<%s>\\n' "$word" >&7; done
            """);
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
  }

  private record Ended(int status, String output, List<String> said) {}

  /** Runs a line of shell in which {@code $0} is the launcher. */
  private Ended run(Path path, String line) throws IOException, InterruptedException {
    Path said = directory.resolve("said");
    Files.deleteIfExists(said);
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", line, path.toString()).redirectErrorStream(true);
    builder.environment().put("MILLRACE_JAVA_HOME", jdk.toString());
    builder.environment().put("MILLRACE_NO_BUILD", "1");
    builder.environment().put("SAID", said.toString());
    Process process = ChildProcesses.start(builder);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    return new Ended(
        status, output, Files.exists(said) ? new ArrayList<>(Files.readAllLines(said)) : List.of());
  }

  @Test
  void isFoundByASymbolicLinkAndFromAPathWithBlanks() throws Exception {
    Path link = Files.createSymbolicLink(directory.resolve("a link"), launcher);
    for (Path path : List.of(launcher, link)) {
      Ended ended = run(path, "\"$0\" produce 'a topic' ''");
      assertThat(ended.status).as(ended.output).isZero();
      assertThat(ended.said).endsWith("<io.millrace.cli.Main>", "<produce>", "<a topic>", "<>");
    }
    Ended homeless = run(launcher, "unset HOME MILLRACE_JAVA_HOME; \"$0\" topic list");
    assertThat(homeless.output).doesNotContain("unbound variable");
  }

  @Test
  void whatIsClosedIsNotLeftToTheFilesOfTheJvm() throws Exception {
    assertThat(run(launcher, "\"$0\" produce t <&-").said.getFirst()).isEqualTo("/dev/null");
    assertThat(run(launcher, "\"$0\" start <&- >&- 2>&-").said.subList(0, 3))
        .containsOnly("/dev/null");
    // Bash itself reads the script by the third where that is closed: nothing can be written there.
    assertThat(run(launcher, "\"$0\" topic list 2>&-").said.get(2)).endsWith("/millrace");
  }

  @Test
  void aCommandWhoseAnswerNobodyCouldReadIsRefused() throws Exception {
    Ended ended = run(launcher, "\"$0\" consume t >&-");
    assertThat(ended.status).isEqualTo(78);
    assertThat(ended.output).contains("standard output is closed");
    assertThat(ended.said).isEmpty();
  }
}
