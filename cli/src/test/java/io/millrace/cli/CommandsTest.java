package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandsTest {

  @Test
  void versionIsPrinted() {
    assertThat(Shell.run("--version").done().out()).isEqualTo("millrace 0.1.0\n");
  }

  @Test
  void helpListsEveryCommand() {
    String help = Shell.run("help").done().out();
    assertThat(help).contains("start", "topic", "produce", "consume").contains("124 timed out");
    assertThat(Shell.run("--help").done().out()).isEqualTo(help);
  }

  @Test
  void helpSaysMoreAboutACommand() {
    assertThat(Shell.run("help", "topic", "create").done().out())
        .startsWith("Usage: millrace topic create")
        .isEqualTo(Shell.run("topic", "create", "--help").done().out());
    assertThat(Shell.run("help", "start").done().out()).startsWith("Usage: millrace start");
  }

  @Test
  void aReaderThatHasGoneEndsAnyCommandQuietly() {
    OutputStream gone =
        new OutputStream() {
          @Override
          public void write(int one) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            InputStream.nullInputStream(),
            gone,
            new PrintStream(errors, true, StandardCharsets.UTF_8),
            Interruption.byCall());
    assertThat(Commands.run(List.of("settings"), terminal)).isEqualTo(Exit.DONE);
    assertThat(errors.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void anOutputThatCannotBeWrittenIsSaidOnce() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int one) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            InputStream.nullInputStream(),
            new BufferedOutputStream(full, 100),
            new PrintStream(errors, true, StandardCharsets.UTF_8),
            Interruption.byCall());
    assertThat(Commands.run(List.of("settings"), terminal)).isEqualTo(Exit.CONFIGURATION);
    assertThat(errors.toString(StandardCharsets.UTF_8))
        .isEqualTo("millrace: cannot write the output: No space left on device\n");
  }

  @Test
  void nothingAskedIsAQuestionOfUsage() {
    assertThat(Shell.run().failed(Exit.USAGE).err()).startsWith("Usage: millrace");
    assertThat(Shell.run("topic").failed(Exit.USAGE).err()).startsWith("Usage: millrace topic");
  }

  @Test
  void unknownCommandSuggestsTheNearest() {
    Shell.run("topci").failed(Exit.USAGE, "millrace has no command topci; did you mean topic?");
    Shell.run("topic", "creat")
        .failed(Exit.USAGE, "millrace topic has no command creat; did you mean create?");
    Shell.run("zzzzzzzz").failed(Exit.USAGE, "millrace has no command zzzzzzzz\n");
    Shell.run("help", "topci").failed(Exit.USAGE, "did you mean topic?");
  }

  @Test
  void unknownOptionSuggestsTheNearest() {
    Shell.run("topic", "create", "t", "--partition", "1")
        .failed(
            Exit.USAGE,
            "millrace topic create has no option --partition; did you mean --partitions?",
            "millrace topic create --help says what it takes");
    Shell.run("topic", "list", "--sever=x").failed(Exit.USAGE, "did you mean --server?");
  }

  @Test
  void missingAndSuperfluousWordsAreRefused() {
    Shell.run("topic", "create").failed(Exit.USAGE, "TOPIC");
    Shell.run("topic", "list", "more").failed(Exit.USAGE, "does not take \"more\"");
    Shell.run("topic", "create", "t", "--partitions", "x").failed(Exit.USAGE, "--partitions");
  }

  @Test
  void wordsThatNameSomethingAreNotEmpty() {
    Shell.run("group", "reset", "", "--topic", "t", "--to", "latest")
        .failed(Exit.USAGE, "millrace: GROUP cannot be empty");
    Shell.run("consume", "t", "-g", "").failed(Exit.USAGE, "millrace: --group cannot be empty");
    Shell.run("consume", "").failed(Exit.USAGE, "millrace: TOPIC cannot be empty");
    Shell.run("log", "dump", "").failed(Exit.USAGE, "millrace: PATH cannot be empty");
  }

  @Test
  void complaintsAreJsonWhereJsonIsAsked() {
    String err = Shell.run("topic", "creat", "--json").failed(Exit.USAGE).err();
    assertThat(err)
        .startsWith("{\"error\":{\"code\":2,\"name\":\"USAGE\",\"message\":\"millrace topic has no")
        .contains("\"hint\":\"millrace topic --help says what it takes\"}}");
    assertThat(err.lines()).hasSize(1);
  }
}
