package io.millrace.benchmarks.command;

import io.millrace.benchmarks.figure.Runs;
import io.millrace.benchmarks.load.Load;
import io.millrace.benchmarks.load.ManyLoad;
import io.millrace.benchmarks.load.Turn;
import io.millrace.benchmarks.peer.Peer;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code many}: very many empty partitions, on side A alone unless asked otherwise. */
@Command(
    name = "many",
    mixinStandardHelpOptions = true,
    description =
        "Very many empty partitions: create, heap, restart. Side A alone; --pairs is how often.")
public final class ManyCommand implements Callable<Integer> {
  @Mixin SideOptions sides = new SideOptions();
  @Mixin RunOptions run = new RunOptions();
  @Spec CommandSpec spec = CommandSpec.create();

  @Option(names = "--topics", defaultValue = "100", description = "Default: ${DEFAULT-VALUE}.")
  int topics;

  @Option(
      names = "--partitions",
      defaultValue = "1000",
      description = "Of each topic (default: ${DEFAULT-VALUE}).")
  int partitions;

  @Option(names = "--both", description = "Side B too, in turn.")
  boolean both;

  @Override
  public Integer call() throws Exception {
    Stage stage = new Stage(sides, run, spec.root().commandLine().getParseResult().originalArgs());
    List<Peer> peers = both ? List.of(stage.a(), stage.b()) : List.of(stage.a());
    Load load = new ManyLoad(topics, partitions, stage.bench().payloads());
    Runs runs = new Runs("side");
    for (int i = 0; i < run.pairs; i++) {
      for (Peer peer : peers) {
        Turn turn = new Turn(peer, null, stage.bench().work().resolve("data"), "turn-" + i);
        runs.add(peer.name(), load.run(turn));
        System.err.println("  run " + (i + 1) + ": " + peer.name());
      }
    }
    stage.report("many: " + load.title(), peers, runs.text());
    return 0;
  }
}
