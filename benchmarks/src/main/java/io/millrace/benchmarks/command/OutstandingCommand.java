package io.millrace.benchmarks.command;

import io.millrace.benchmarks.figure.Runs;
import io.millrace.benchmarks.load.OutstandingLoad;
import io.millrace.benchmarks.load.Payloads;
import io.millrace.benchmarks.load.Turn;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code outstanding}: what a producer's full queue holds, and the memory that it takes. */
@Command(
    name = "outstanding",
    mixinStandardHelpOptions = true,
    description =
        "A producer's full queue while its broker is stopped: messages, memory. Side A alone.")
public final class OutstandingCommand implements Callable<Integer> {
  private static final int RECORD_BYTES = 100;

  @Mixin SideOptions sides = new SideOptions();
  @Mixin RunOptions run = new RunOptions();
  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--messages",
      defaultValue = "1000000",
      description = "Default: ${DEFAULT-VALUE}.")
  int messages;

  @Override
  public Integer call() throws Exception {
    Stage stage = new Stage(sides, run, spec.root().commandLine().getParseResult().originalArgs());
    Payloads payloads = stage.bench().payloads();
    // Just room for them, and a tenth of it: one limit is reached, then the other.
    int kibibytes = messages / 1024 * 115 + 200;
    List<OutstandingLoad> loads =
        List.of(
            new OutstandingLoad(true, messages, kibibytes, RECORD_BYTES, payloads),
            new OutstandingLoad(false, messages, kibibytes, RECORD_BYTES, payloads),
            new OutstandingLoad(true, messages, kibibytes / 10, RECORD_BYTES, payloads),
            new OutstandingLoad(false, messages, kibibytes / 10, RECORD_BYTES, payloads));
    Path data = stage.bench().work().resolve("data");
    Runs runs = new Runs("limits");
    List<String> settings = new ArrayList<>(loads.getFirst().settings());
    stage.a().startFresh(data);
    try {
      for (OutstandingLoad load : loads) {
        String name = "outstanding-" + loads.indexOf(load);
        runs.add(load.title(), load.run(new Turn(stage.a(), null, data, name)));
        System.err.println("  " + load.title());
      }
    } finally {
      stage.a().stop();
    }
    stage.report(
        "outstanding: a full queue of messages of " + RECORD_BYTES + " B",
        List.of(stage.a()),
        "```\n" + String.join("\n", settings) + "\n```\n\n" + runs.text());
    return 0;
  }
}
