package io.millrace.benchmarks.command;

import io.millrace.benchmarks.load.Bench;
import io.millrace.benchmarks.load.ProduceLoad;
import io.millrace.benchmarks.load.Profile;
import io.millrace.benchmarks.load.Turn;
import io.millrace.benchmarks.peer.Peer;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code profile}: where side A's processor time goes under one produce load. */
@Command(
    name = "profile",
    mixinStandardHelpOptions = true,
    description =
        "Side A under a produce load: top frames by JFR, and by perf where the machine lets it.")
public final class ProfileCommand implements Callable<Integer> {
  @Mixin SideOptions sides = new SideOptions();
  @Mixin RunOptions run = new RunOptions();
  @Mixin ProduceOptions produce = new ProduceOptions();
  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--top",
      defaultValue = "25",
      description = "Frames to show (default: ${DEFAULT-VALUE}).")
  int top;

  @Override
  public Integer call() throws Exception {
    Stage stage = new Stage(sides, run, spec.root().commandLine().getParseResult().originalArgs());
    Bench bench = stage.bench();
    Peer peer = stage.a();
    ProduceLoad load = new ProduceLoad(produce.settings(), bench.tools(), bench.payloads());
    Turn warmUp = new Turn(peer, null, bench.work().resolve("data"), "warm-up");
    peer.startFresh(warmUp.data());
    int warmUps = run.warmUps == null ? load.warmUps() : run.warmUps;
    for (int i = 0; i < warmUps; i++) {
      load.run(new Turn(peer, null, warmUp.data(), "warm-up-" + i));
    }
    Profile profile = Profile.begin(peer.jvmPid(), bench.work());
    load.run(new Turn(peer, null, warmUp.data(), "profiled"));
    String text = profile.end(top);
    peer.stop();
    stage.report("profile: " + peer.name() + ", " + load.title(), List.of(peer), text);
    return 0;
  }
}
