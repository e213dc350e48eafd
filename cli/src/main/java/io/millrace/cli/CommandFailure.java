package io.millrace.cli;

import org.jspecify.annotations.Nullable;

/**
 * A command that could not do what it was asked to. The message is one sentence for the user: what
 * was refused and why; the hint says what to do.
 */
final class CommandFailure extends RuntimeException {

  private final int exit;
  private final String name;
  private final @Nullable String hint;

  /**
   * @param exit the exit status, one of {@link Exit}
   * @param name for programs: in capitals, Kafka's name of the error where it is one of Kafka's
   */
  CommandFailure(int exit, String name, String message, @Nullable String hint) {
    this(exit, name, message, hint, null);
  }

  CommandFailure(
      int exit, String name, String message, @Nullable String hint, @Nullable Throwable cause) {
    super(message, cause);
    this.exit = exit;
    this.name = name;
    this.hint = hint;
  }

  static CommandFailure refused(String name, String message, @Nullable String hint) {
    return new CommandFailure(Exit.REFUSED, name, message, hint);
  }

  static CommandFailure usage(String message) {
    return new CommandFailure(Exit.USAGE, "USAGE", message, null);
  }

  static CommandFailure environment(String message, @Nullable String hint) {
    return new CommandFailure(Exit.CONFIGURATION, "ENVIRONMENT", message, hint);
  }

  static CommandFailure timedOut(String message, @Nullable String hint) {
    return new CommandFailure(Exit.TIMED_OUT, "TIMED_OUT", message, hint);
  }

  int exit() {
    return exit;
  }

  String name() {
    return name;
  }

  @Nullable String hint() {
    return hint;
  }

  String message() {
    return String.valueOf(getMessage());
  }
}
