package io.millrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that talks to a broker. */
abstract class BrokerCommand implements Callable<Integer> {

  @Mixin final Connection connection = new Connection();

  @Option(names = "--json", description = "Answers with JSON, and complains in JSON.")
  boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this.")
  boolean help;

  final Terminal terminal;

  BrokerCommand(Terminal terminal) {
    this.terminal = terminal;
  }
}
