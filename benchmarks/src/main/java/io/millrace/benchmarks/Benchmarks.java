package io.millrace.benchmarks;

import io.millrace.benchmarks.command.ConsumeCommand;
import io.millrace.benchmarks.command.GateCommand;
import io.millrace.benchmarks.command.IdleCommand;
import io.millrace.benchmarks.command.LatencyCommand;
import io.millrace.benchmarks.command.ManyCommand;
import io.millrace.benchmarks.command.OutstandingCommand;
import io.millrace.benchmarks.command.PartitionsCommand;
import io.millrace.benchmarks.command.ProduceCommand;
import io.millrace.benchmarks.command.ProfileCommand;
import io.millrace.benchmarks.command.RaceCommand;
import io.millrace.benchmarks.command.RestartCommand;
import io.millrace.benchmarks.command.StartCommand;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program behind {@code benchmarks/run}. */
@Command(
    name = "benchmarks/run",
    mixinStandardHelpOptions = true,
    description = "Measures Millrace and Apache Kafka side by side. See benchmarks/README.md.",
    subcommands = {
      GateCommand.class,
      ProduceCommand.class,
      ConsumeCommand.class,
      PartitionsCommand.class,
      LatencyCommand.class,
      RaceCommand.class,
      OutstandingCommand.class,
      StartCommand.class,
      IdleCommand.class,
      RestartCommand.class,
      ManyCommand.class,
      ProfileCommand.class
    })
public final class Benchmarks {
  private Benchmarks() {}

  /** Runs one subcommand: 0 if it gave figures, 1 if it failed, 2 if it was called wrongly. */
  public static void main(String[] args) {
    CommandLine line =
        new CommandLine(new Benchmarks())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(Benchmarks::failed);
    System.exit(line.execute(args));
  }

  /** What we say ourselves needs no stack trace. */
  private static int failed(Exception e, CommandLine line, CommandLine.ParseResult result)
      throws Exception {
    if (e instanceof IllegalStateException
        || e instanceof IllegalArgumentException
        || e instanceof UncheckedIOException) {
      System.err.println("benchmarks/run: " + e.getMessage());
      return 1;
    }
    throw e;
  }
}
