package io.millrace.cli;

import io.millrace.broker.setting.Nearest;
import io.millrace.producer.ProducerError;
import io.millrace.producer.ProducerException;
import io.millrace.server.ConfigurationException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what went wrong in a way that helps, and with which exit status. */
final class Failures {

  /** Where {@code MILLRACE_DEBUG=1} is set, a failure shows where it comes from. */
  static final boolean DEBUG = "1".equals(System.getenv("MILLRACE_DEBUG"));

  /** Errors of the producer that say no more than that nobody answered. */
  private static final Set<String> TOO_LATE =
      Set.of(
          "_TIMED_OUT",
          "_MSG_TIMED_OUT",
          "_TRANSPORT",
          "_RESOLVE",
          "_ALL_BROKERS_DOWN",
          "_QUEUE_FULL",
          "REQUEST_TIMED_OUT");

  private Failures() {}

  /** Whatever was thrown, as a failure with a sentence. */
  static CommandFailure of(Throwable thrown) {
    return switch (thrown) {
      case CommandFailure failure -> failure;
      case ConfigurationException e ->
          new CommandFailure(Exit.CONFIGURATION, "CONFIGURATION", text(e), null, e);
      case ExecutionException e when e.getCause() != null -> of(e.getCause());
      case CompletionException e when e.getCause() != null -> of(e.getCause());
      case ProducerException e -> of(e.error(), e);
      case InterruptException e -> interrupted(e);
      case InterruptedException e -> interrupted(e);
      case TimeoutException e ->
          new CommandFailure(
              Exit.TIMED_OUT,
              "TIMED_OUT",
              "the broker did not answer in time: " + text(e),
              "--timeout-ms lets it have longer",
              e);
      case UnsupportedVersionException e ->
          new CommandFailure(
              Exit.REFUSED,
              Errors.UNSUPPORTED_VERSION.name(),
              "this broker does not serve what is asked: " + text(e),
              null,
              e);
      case ApiException e ->
          new CommandFailure(Exit.REFUSED, Errors.forException(e).name(), text(e), null, e);
      case KafkaException e when e.getCause() instanceof KafkaException cause -> of(cause);
      case KafkaException e ->
          new CommandFailure(Exit.CONFIGURATION, "CONFIGURATION", text(e), null, e);
      case NoSuchFileException e -> file("there is no file " + e.getFile(), e);
      case FileNotFoundException e -> file("cannot open " + e.getMessage(), e);
      case AccessDeniedException e -> file("this user may not read or write " + e.getFile(), e);
      case UncheckedIOException e when e.getCause() != null -> of(e.getCause());
      case IOException e -> file(text(e), e);
      default ->
          new CommandFailure(
              Exit.REFUSED,
              "INTERNAL",
              "this should not have happened: " + thrown,
              "MILLRACE_DEBUG=1 shows where it came from",
              thrown);
    };
  }

  /** What an error of the producer means, with the exception it came in, if any. */
  static CommandFailure of(ProducerError error, @Nullable Exception cause) {
    if (TOO_LATE.contains(error.name())) {
      return new CommandFailure(
          Exit.TIMED_OUT,
          "TIMED_OUT",
          "the broker did not answer in time: " + error.message(),
          "--timeout-ms lets it have longer",
          cause);
    }
    return new CommandFailure(Exit.REFUSED, error.name(), oneLine(error.message()), null, cause);
  }

  private static CommandFailure interrupted(Exception e) {
    return new CommandFailure(Exit.INTERRUPTED, "INTERRUPTED", "interrupted", null, e);
  }

  private static CommandFailure file(String message, IOException e) {
    return new CommandFailure(Exit.CONFIGURATION, "ENVIRONMENT", message, null, e);
  }

  /** What an exception says, as part of one line and without its last full stop. */
  static String text(Throwable thrown) {
    String message = thrown.getMessage();
    if (message == null || message.isBlank()) {
      return thrown.getClass().getSimpleName();
    }
    return oneLine(message);
  }

  private static String oneLine(String message) {
    String line = message.strip().replaceAll("\\s*[\\r\\n]+\\s*", " ");
    return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
  }

  /** Prints a failure to the terminal. */
  static void print(CommandFailure failure, boolean json, Terminal terminal) {
    if (json) {
      terminal.complain(Json.text(document(failure)));
    } else {
      terminal.complain("millrace: " + failure.message());
      if (failure.hint() != null) {
        terminal.complain("  " + failure.hint());
      }
    }
    if (DEBUG) {
      failure.printStackTrace(terminal.err());
    }
  }

  private static Map<String, Object> document(CommandFailure failure) {
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("code", failure.exit());
    error.put("name", failure.name());
    error.put("message", failure.message());
    error.put("hint", failure.hint());
    return Map.of("error", error);
  }

  /** What is wrong with the words of a command line. */
  static CommandFailure ofUsage(ParameterException wrong) {
    CommandLine line = wrong.getCommandLine();
    String command = line.getCommandSpec().qualifiedName();
    String hint = command + " --help says what it takes";
    String message = text(wrong);
    if (wrong instanceof UnmatchedArgumentException unmatched
        && !unmatched.getUnmatched().isEmpty()) {
      String word = unmatched.getUnmatched().getFirst();
      if (word.startsWith("-")) {
        message = command + " has no option " + word + meant(word, options(line));
      } else if (!line.getSubcommands().isEmpty()) {
        return noCommand(line, word);
      } else {
        message = command + " does not take \"" + word + "\"";
      }
    }
    return new CommandFailure(Exit.USAGE, "USAGE", message, hint, wrong);
  }

  /** That a word is empty which names something; null if none is. */
  static @Nullable CommandFailure emptyWord(ParseResult parsed) {
    ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    for (ArgSpec word : last.matchedArgs()) {
      // A text may be empty.
      if (!word.paramLabel().equals("TEXT")
          && word.originalStringValues().stream().anyMatch(String::isEmpty)) {
        String name = word instanceof OptionSpec option ? option.longestName() : word.paramLabel();
        return CommandFailure.usage(name + " cannot be empty");
      }
    }
    return null;
  }

  /** That a command has no command of this name below it. */
  static CommandFailure noCommand(CommandLine line, String word) {
    String command = line.getCommandSpec().qualifiedName();
    return new CommandFailure(
        Exit.USAGE,
        "USAGE",
        command + " has no command " + word + meant(word, names(line)),
        command + " --help says what it takes");
  }

  private static List<String> names(CommandLine line) {
    return List.copyOf(line.getSubcommands().keySet());
  }

  private static List<String> options(CommandLine line) {
    return line.getCommandSpec().options().stream()
        .flatMap(option -> Arrays.stream(option.names()))
        .toList();
  }

  private static String meant(String word, List<String> known) {
    int equals = word.indexOf('=');
    String nearest = Nearest.of(equals < 0 ? word : word.substring(0, equals), known);
    return nearest == null ? "" : "; did you mean " + nearest + "?";
  }

  /**
   * Complains of what was refused of several things.
   *
   * @return the exit status
   */
  static int report(Map<String, CommandFailure> refused, boolean json, Terminal terminal) {
    int status = Exit.DONE;
    for (CommandFailure failure : refused.values()) {
      Failures.print(failure, json, terminal);
      status = status == Exit.DONE ? failure.exit() : Exit.REFUSED;
    }
    return status;
  }
}
