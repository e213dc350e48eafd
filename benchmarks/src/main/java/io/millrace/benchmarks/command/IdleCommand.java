package io.millrace.benchmarks.command;

import io.millrace.benchmarks.load.Bench;
import io.millrace.benchmarks.load.IdleLoad;
import io.millrace.benchmarks.load.Load;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code idle}: what a broker takes that nobody uses. */
@Command(
    name = "idle",
    mixinStandardHelpOptions = true,
    description = "Memory and CPU of a broker that nobody uses.")
public final class IdleCommand extends ContestCommand {
  @Option(
      names = "--seconds",
      defaultValue = "30",
      description =
          "After ready until memory is read, and again for CPU (default: ${DEFAULT-VALUE}).")
  int seconds;

  @Override
  List<Load> loads(Bench bench) {
    return List.of(new IdleLoad(seconds));
  }
}
