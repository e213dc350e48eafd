package io.millrace.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Runs commands in this process, each with a terminal of its own. */
final class Shell {

  private Shell() {}

  /** What a command left behind. */
  record Ended(int exit, String out, String err) {

    List<String> lines() {
      return out.lines().toList();
    }

    /** Requires that it did what it was asked to. */
    Ended done() {
      assertThat(exit).as("exit status, with %s", this).isEqualTo(Exit.DONE);
      return this;
    }

    /** Requires a status and a complaint without a stack trace. */
    Ended failed(int status, String... complaints) {
      assertThat(exit).as("exit status, with %s", this).isEqualTo(status);
      for (String complaint : complaints) {
        assertThat(err).contains(complaint);
      }
      assertThat(err).doesNotContain("\tat ").doesNotContain("Exception");
      return this;
    }
  }

  /** A command that goes on. */
  static final class Running {
    private final Terminal terminal;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final CompletableFuture<Integer> status;

    private Running(InputStream in, String... words) {
      terminal = new Terminal(in, out, new PrintStream(err, true, UTF_8), Interruption.byCall());
      status =
          CompletableFuture.supplyAsync(
              () -> Commands.run(List.of(words), terminal), action -> new Thread(action).start());
    }

    String out() {
      return out.toString(UTF_8);
    }

    String err() {
      return err.toString(UTF_8);
    }

    Running untilItPrints(String text) {
      await().atMost(Duration.ofSeconds(30)).until(() -> out().contains(text) || status.isDone());
      assertThat(out()).as("output, with %s", err.toString(UTF_8)).contains(text);
      return this;
    }

    Running interrupt() {
      terminal.interruption().interrupt();
      return this;
    }

    Ended ended() {
      int exit = status.orTimeout(60, java.util.concurrent.TimeUnit.SECONDS).join();
      return new Ended(exit, out(), err.toString(UTF_8));
    }
  }

  static Running start(InputStream in, String... words) {
    return new Running(in, words);
  }

  static Running start(String... words) {
    return new Running(InputStream.nullInputStream(), words);
  }

  static Ended run(String... words) {
    return start(words).ended();
  }

  static Ended runWith(String in, String... words) {
    return start(new ByteArrayInputStream(in.getBytes(UTF_8)), words).ended();
  }
}
