package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.cli.StartOptions.UsageException;
import io.millrace.server.ConfigurationException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** What start refuses, and how it says so. That it runs and stops is for the tests of processes. */
@Isolated("it looks at System.err")
final class StartCommandTest {

  @TempDir private Path directory;

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private PrintStream out;
  private PrintStream err;

  @BeforeEach
  void listen() {
    out = System.out;
    err = System.err;
    System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void stopListening() {
    System.setOut(out);
    System.setErr(err);
  }

  private int start(String... words) {
    List<String> all = new ArrayList<>(List.of("--data", directory.resolve("data").toString()));
    all.addAll(List.of(words));
    return StartCommand.run(all);
  }

  private String said() {
    return said.toString(StandardCharsets.UTF_8);
  }

  private Path config(String... lines) throws Exception {
    return Files.writeString(directory.resolve("millrace.conf"), String.join("\n", lines));
  }

  @Test
  void helpTellsEveryOptionAndTheExitStatus() {
    assertThat(StartCommand.run(List.of("--help"))).isEqualTo(Exit.DONE);
    assertThat(said())
        .contains("--data", "--kafka", "--amqp", "--admin", "--advertise", "--config", "--set")
        .contains("--ready-file", "--memory", "--insecure-allow-anonymous", "127.0.0.1:9092")
        .contains("130 by SIGINT", "3 out of memory");
  }

  @Test
  void unknownOptionIsAUsageError() {
    assertThat(start("--dta", "x")).isEqualTo(Exit.USAGE);
    assertThat(said()).contains("\"--dta\"").contains("--help");
    assertThat(directory.resolve("data")).doesNotExist();
  }

  @Test
  void unknownOptionSuggestsTheNearest() {
    assertThat(start("--kafak", "x")).isEqualTo(Exit.USAGE);
    assertThat(said()).contains("\"--kafak\"; did you mean --kafka?");
  }

  @Test
  void optionThatIsLikeNoneSuggestsNothing() {
    assertThat(start("--zzzzzzzzzzzz")).isEqualTo(Exit.USAGE);
    assertThat(said()).contains("\"--zzzzzzzzzzzz\"\n").doesNotContain("did you mean");
  }

  /** There are two parsers; nobody should notice. */
  @Test
  void startReadsOptionsAsTheOtherCommandsDo() throws UsageException {
    Shell.run("topic", "list", "--sever=x").failed(Exit.USAGE, "; did you mean --server?");
    assertThat(start("--kafak=x")).isEqualTo(Exit.USAGE);
    assertThat(said()).contains("; did you mean --kafka?");

    Shell.run("topic", "list", "--server").failed(Exit.USAGE, "--server");
    assertThat(start("--kafka")).isEqualTo(Exit.USAGE);

    assertThat(Shell.run("topic", "list", "--server", "no port").failed(Exit.USAGE, "\"no port\""))
        .isEqualTo(Shell.run("topic", "list", "--server=no port"));
    assertThat(StartOptions.parse(List.of("--kafka", "a:1")).all("--kafka"))
        .isEqualTo(StartOptions.parse(List.of("--kafka=a:1")).all("--kafka"));

    Shell.run("topic", "list", "-h").done();
    assertThat(StartCommand.run(List.of("-h"))).isEqualTo(Exit.DONE);
  }

  @Test
  void optionWithoutItsValueIsAUsageError() {
    assertThat(start("--set")).isEqualTo(Exit.USAGE);
    assertThat(start("--set", "name")).isEqualTo(Exit.USAGE);
    assertThat(start("--data", "twice")).isEqualTo(Exit.USAGE);
    assertThat(start("--insecure-allow-anonymous=yes")).isEqualTo(Exit.USAGE);
    assertThat(said()).contains("NAME=VALUE", "given twice", "takes no value");
  }

  @Test
  void unknownSettingNamesTheNearest() {
    assertThat(start("--set", "num.partition=3")).isEqualTo(Exit.CONFIGURATION);
    assertThat(said()).contains("num.partitions");
    assertThat(directory.resolve("data")).doesNotExist();
  }

  @Test
  void configFileErrorsNameFileAndLine() throws Exception {
    Path file = config("# mine", "", "num.partitions = 3", "num.partition=4");
    assertThat(start("--config", file.toString())).isEqualTo(Exit.CONFIGURATION);
    assertThat(said()).contains(file + " line 4: ").contains("did you mean num.partitions?");
    assertProblem("line 1: it is not name=value", "num.partitions");
    assertProblem(
        "line 2: num.partitions is set a second time", "num.partitions=1\nnum.partitions=2");
    assertProblem("line 1: num.partitions cannot be \"many\"", "num.partitions=many");
  }

  private void assertProblem(String problem, String text) throws Exception {
    Path file = config(text);
    assertThatThrownBy(() -> ConfigFile.read(file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(problem)
        .hasMessageContaining(file.toString());
  }

  @Test
  void configFileIsReadAsItIsMeant() throws Exception {
    assertThat(ConfigFile.read(config("\ufeff# first", "  num.partitions =  7  ", "\t", "")))
        .containsExactlyEntriesOf(java.util.Map.of("num.partitions", "7"));
  }

  @Test
  void configFileThatIsNoneIsRefused() throws Exception {
    Path missing = directory.resolve("missing.conf");
    assertThatThrownBy(() -> ConfigFile.read(missing)).hasMessageContaining("does not exist");
    assertThatThrownBy(() -> ConfigFile.read(directory)).hasMessageContaining("not a file");
    Path binary = Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe});
    assertThatThrownBy(() -> ConfigFile.read(binary)).hasMessageContaining("UTF-8");
  }

  @Test
  void takenPortIsAConfigurationError() throws Exception {
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress("127.0.0.1", 0));
      String address = "127.0.0.1:" + taken.getLocalPort();
      assertThat(start("--kafka", address)).isEqualTo(Exit.CONFIGURATION);
      assertThat(said()).contains("cannot listen on " + address);
    }
  }

  @Test
  void addressForTheWholeWorldIsRefused() {
    assertThat(start("--kafka", "0.0.0.0:0")).isEqualTo(Exit.CONFIGURATION);
    assertThat(said()).contains("--insecure-allow-anonymous");
  }

  @Test
  void doorsThatAreNotServedYetAreSaidSo() {
    assertThat(start("--amqp", "127.0.0.1:5672")).isEqualTo(Exit.CONFIGURATION);
    assertThat(start("--admin", "127.0.0.1:15672")).isEqualTo(Exit.CONFIGURATION);
    assertThat(said()).contains("--amqp can only be off", "--admin can only be off");
  }

  @Test
  void staleReadyFileGoesEvenIfNothingStarts() throws Exception {
    Path ready = directory.resolve("ready");
    Files.writeString(ready, "{\"version\":1,\"pid\":2147483647,\"ready_ms\":1}\n");
    assertThat(start("--ready-file", ready.toString(), "--set", "x=y"))
        .isEqualTo(Exit.CONFIGURATION);
    assertThat(ready).doesNotExist();
  }

  @Test
  void anotherFileIsNoReadyFile() throws Exception {
    Path important = Files.writeString(directory.resolve("important"), "important");
    assertThat(start("--ready-file", important.toString())).isEqualTo(Exit.CONFIGURATION);
    assertThat(start("--ready-file", directory + "/none/ready")).isEqualTo(Exit.CONFIGURATION);
    assertThat(said()).contains(important.toString(), "there is no directory " + directory);
    assertThat(said()).doesNotContain("Exception");
    assertThat(important).hasContent("important");
    assertThat(directory.resolve("data")).doesNotExist();
  }

  @Test
  void emptyValueIsAUsageError() {
    assertThat(StartCommand.run(List.of("--data", ""))).isEqualTo(Exit.USAGE);
    assertThat(said()).contains("--data cannot be empty");
  }

  @Test
  void listsAreGivenByCommasOrSeveralTimes() throws UsageException {
    StartOptions options =
        StartOptions.parse(List.of("--kafka=a:1, b:2", "--kafka", "c:3", "--set=x=1", "--set=x=2"));
    assertThat(options.all("--kafka")).containsExactly("a:1", "b:2", "c:3");
    assertThat(options.settings()).containsEntry("x", "2");
    assertThat(options.all("--advertise")).isEmpty();
  }
}
