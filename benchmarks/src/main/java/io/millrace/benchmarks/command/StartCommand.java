package io.millrace.benchmarks.command;

import io.millrace.benchmarks.load.Bench;
import io.millrace.benchmarks.load.Load;
import io.millrace.benchmarks.load.StartLoad;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code start}: from exec to the first ack. */
@Command(
    name = "start",
    mixinStandardHelpOptions = true,
    description = "From exec to the first ack of a warm client that waits.")
public final class StartCommand extends ContestCommand {
  @Override
  List<Load> loads(Bench bench) {
    return List.of(new StartLoad(bench.payloads()));
  }
}
