package io.millrace.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace perf}: its commands are those below it. */
@Command(
    name = "perf",
    description = "Measures how fast a broker takes records and gives them back.",
    synopsisSubcommandLabel = "COMMAND")
final class PerfCommand {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this.")
  boolean help;
}
