package io.millrace.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace group}: its commands are those below it. */
@Command(
    name = "group",
    description = "Lists, shows, moves and deletes consumer groups.",
    synopsisSubcommandLabel = "COMMAND")
final class GroupCommand {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this.")
  boolean help;
}
