package io.millrace.benchmarks.command;

import io.millrace.benchmarks.load.Bench;
import io.millrace.benchmarks.load.Load;
import io.millrace.benchmarks.load.ProduceLoad;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code produce}: one producer at full speed, set as one likes. */
@Command(
    name = "produce",
    mixinStandardHelpOptions = true,
    description = "One producer at full speed.")
public final class ProduceCommand extends ContestCommand {
  @Mixin ProduceOptions produce = new ProduceOptions();

  @Override
  List<Load> loads(Bench bench) {
    return List.of(new ProduceLoad(produce.settings(), bench.tools(), bench.payloads()));
  }
}
