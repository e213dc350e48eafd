package io.millrace.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace topic}: its commands are those below it. */
@Command(
    name = "topic",
    description = "Makes, lists, shows, changes and deletes topics.",
    synopsisSubcommandLabel = "COMMAND")
final class TopicCommand {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this.")
  boolean help;
}
