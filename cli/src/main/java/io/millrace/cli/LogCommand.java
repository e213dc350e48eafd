package io.millrace.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace log}: its commands are those below it. */
@Command(
    name = "log",
    description = "Looks into the files of a data directory.",
    synopsisSubcommandLabel = "COMMAND")
final class LogCommand {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this.")
  boolean help;
}
