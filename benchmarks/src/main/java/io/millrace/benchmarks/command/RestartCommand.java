package io.millrace.benchmarks.command;

import io.millrace.benchmarks.load.Bench;
import io.millrace.benchmarks.load.ByteSize;
import io.millrace.benchmarks.load.Load;
import io.millrace.benchmarks.load.RestartLoad;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code restart}: a broker killed at full load, and how long until it serves again. */
@Command(
    name = "restart",
    mixinStandardHelpOptions = true,
    description =
        "Killed at full load at a random moment: until produce and fetch succeed, and nothing is lost.")
public final class RestartCommand extends ContestCommand {
  @Option(names = "--partitions", defaultValue = "1000", description = "Default: ${DEFAULT-VALUE}.")
  int partitions;

  @Option(
      names = "--record",
      paramLabel = "SIZE",
      defaultValue = "1k",
      description = "Default: ${DEFAULT-VALUE}.")
  String record = "1k";

  @Option(
      names = "--total",
      paramLabel = "SIZE",
      defaultValue = "1g",
      description = "Written before (default: ${DEFAULT-VALUE}).")
  String total = "1g";

  @Option(names = "--clean", description = "End it by SIGTERM instead of SIGKILL.")
  boolean clean;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "Of the random moments (default: ${DEFAULT-VALUE}).")
  long seed;

  @Override
  List<Load> loads(Bench bench) {
    int recordBytes = Math.toIntExact(ByteSize.parse(record));
    return List.of(
        new RestartLoad(
            recordBytes,
            partitions,
            ByteSize.parse(total),
            clean,
            seed,
            bench.tools(),
            bench.payloads()));
  }
}
