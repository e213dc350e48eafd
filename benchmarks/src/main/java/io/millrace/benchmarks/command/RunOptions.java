package io.millrace.benchmarks.command;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How often, where, and where to. */
final class RunOptions {
  @Option(
      names = "--pairs",
      defaultValue = "5",
      description = "Undisturbed pairs wanted (default: ${DEFAULT-VALUE}).")
  int pairs;

  @Option(
      names = "--repeats",
      defaultValue = "3",
      description =
          "Further pairs that may be played for disturbed ones (default: ${DEFAULT-VALUE}).")
  int repeats;

  @Option(
      names = "--warm-ups",
      paramLabel = "RUNS",
      description =
          "Before the counted ones, on each side (default: 2; 1 where the load starts the broker; idle 0).")
  @Nullable Integer warmUps;

  @Option(
      names = "--quiet",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description =
          "Wait at most so long before a run for others to leave the machine (default: ${DEFAULT-VALUE}).")
  int quietSecondsMax;

  @Option(
      names = "--foreign",
      paramLabel = "PERCENT",
      defaultValue = "15",
      description =
          "A pair is disturbed above this share of foreign CPU (default: ${DEFAULT-VALUE}).")
  double foreignPercentMax;

  @Option(
      names = "--fresh",
      description =
          "A new broker with empty data for every run, the other one down. Otherwise both stay up.")
  boolean fresh;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description = "Where data is kept meanwhile (default: benchmarks/target/work).")
  @Nullable Path work;

  @Option(names = "--keep", description = "Leave data and logs behind.")
  boolean keep;

  @Option(
      names = "--save",
      paramLabel = "NAME",
      description = "Append the report to benchmarks/figures/NAME.md.")
  @Nullable String save;

  @Option(
      names = "--timeout",
      paramLabel = "MINUTES",
      defaultValue = "20",
      description = "A client that takes longer fails the run (default: ${DEFAULT-VALUE}).")
  int timeoutMinutes;
}
