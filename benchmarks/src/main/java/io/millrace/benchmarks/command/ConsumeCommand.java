package io.millrace.benchmarks.command;

import io.millrace.benchmarks.load.Bench;
import io.millrace.benchmarks.load.ConsumeLoad;
import io.millrace.benchmarks.load.Load;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code consume}: one consumer reads a topic that was filled before, from its beginning. */
@Command(
    name = "consume",
    mixinStandardHelpOptions = true,
    description =
        "One consumer reads a topic from its beginning. The options say how the topic is filled.")
public final class ConsumeCommand extends ContestCommand {
  @Mixin ProduceOptions produce = new ProduceOptions();

  @Override
  List<Load> loads(Bench bench) {
    return List.of(new ConsumeLoad(produce.settings(), bench.tools(), bench.payloads()));
  }
}
