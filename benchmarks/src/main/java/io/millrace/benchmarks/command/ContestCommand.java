package io.millrace.benchmarks.command;

import io.millrace.benchmarks.figure.Metric;
import io.millrace.benchmarks.figure.Outcome;
import io.millrace.benchmarks.figure.OutcomeText;
import io.millrace.benchmarks.load.Bench;
import io.millrace.benchmarks.load.Contest;
import io.millrace.benchmarks.load.Load;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A subcommand that plays loads between two peers and reports the ratios. */
abstract class ContestCommand implements Callable<Integer> {
  @Mixin SideOptions sides = new SideOptions();
  @Mixin RunOptions run = new RunOptions();
  @Spec CommandSpec spec = CommandSpec.create();

  /** What is played, in this order. */
  abstract List<Load> loads(Bench bench);

  /** Metrics of a table over all loads; none where there is only one load. */
  List<Metric> overview() {
    return List.of();
  }

  @Override
  public final Integer call() throws Exception {
    Stage stage = new Stage(sides, run, spec.root().commandLine().getParseResult().originalArgs());
    Contest contest =
        new Contest(
            stage.a(),
            stage.b(),
            new Contest.Rules(
                run.pairs,
                run.repeats,
                Optional.ofNullable(run.warmUps),
                run.foreignPercentMax / 100,
                Duration.ofSeconds(run.quietSecondsMax),
                run.fresh),
            stage.bench().work());
    OutcomeText text = new OutcomeText(stage.a().name(), stage.b().name());
    List<Outcome> outcomes = new ArrayList<>();
    List<String> sections = new ArrayList<>();
    for (Load load : loads(stage.bench())) {
      Outcome outcome = contest.play(load);
      outcomes.add(outcome);
      sections.add(text.section(outcome, load.settings()));
    }
    String overview = overview().isEmpty() ? "" : text.overview(outcomes, overview()) + "\n";
    stage.report(
        spec.name() + ": " + stage.a().name() + " / " + stage.b().name(),
        List.of(stage.a(), stage.b()),
        overview + String.join("\n", sections));
    return 0;
  }
}
