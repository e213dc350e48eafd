package io.millrace.benchmarks.figure;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A race in Markdown: the medians and ratios, and below them every single run. */
public final class RoundsText {
  /** Stands behind a value that is marked. */
  private static final String MARK = " †";

  private final Rounds rounds;

  public RoundsText(Rounds rounds) {
    this.rounds = rounds;
  }

  /**
   * A section with a heading, both tables, and a word about disturbance.
   *
   * @param settings of the racers, and who did not run
   * @param meaning of a marked value
   */
  public String section(List<String> settings, String meaning) {
    return String.join(
        "\n",
        "### " + rounds.race() + "\n",
        ratios().toString(),
        note(meaning) + "\n",
        "```\n" + String.join("\n", settings) + "\n```\n",
        runs().toString());
  }

  private Table ratios() {
    List<String> racers = rounds.racers();
    List<String> columns = new ArrayList<>(List.of("figure, median"));
    columns.addAll(racers);
    for (int other = 1; other < racers.size(); other++) {
      columns.add(racers.getFirst() + " / " + racers.get(other) + ": median (min .. max)");
    }
    Table table = new Table(columns);
    for (Metric metric : rounds.metrics()) {
      List<String> cells = new ArrayList<>(List.of(metric.name()));
      for (int racer = 0; racer < racers.size(); racer++) {
        cells.add(
            Table.number(rounds.of(racer, metric).median(), metric.decimals())
                + mark(rounds.marked(racer, metric)));
      }
      for (int other = 1; other < racers.size(); other++) {
        boolean marked = rounds.marked(0, metric) || rounds.marked(other, metric);
        cells.add(Table.ratio(rounds.ratio(other, metric)) + mark(marked));
      }
      table.row(cells);
    }
    return table;
  }

  private String note(String meaning) {
    String note = rounds.counted().size() + " rounds of " + rounds.played().size() + " run.";
    if (rounds.disturbed() > 0) {
      note +=
          String.format(
              Locale.ROOT,
              " **%d of them disturbed: foreign CPU above %.0f %% of the machine. Run again.**",
              rounds.disturbed(),
              rounds.foreignShareMax() * 100);
    }
    return anyMark() ? note + MARK + ": " + meaning : note;
  }

  private boolean anyMark() {
    return rounds.played().stream()
        .flatMap(round -> round.samples().stream())
        .anyMatch(sample -> rounds.metrics().stream().anyMatch(sample::marked));
  }

  private Table runs() {
    List<String> columns = new ArrayList<>(List.of("round", "racer"));
    rounds.metrics().forEach(metric -> columns.add(metric.name()));
    columns.add("foreign CPU %");
    columns.add("counts");
    Table table = new Table(columns);
    List<Boolean> counted = rounds.counts();
    for (int i = 0; i < rounds.played().size(); i++) {
      Round round = rounds.played().get(i);
      String counts = counted.get(i) ? "yes" : "no";
      if (round.disturbed(rounds.foreignShareMax())) {
        counts += ", disturbed";
      }
      for (int racer = 0; racer < rounds.racers().size(); racer++) {
        table.row(run(i + 1, racer, round.samples().get(racer), counts));
      }
    }
    return table;
  }

  private List<String> run(int round, int racer, Sample sample, String counts) {
    List<String> cells =
        new ArrayList<>(List.of(Integer.toString(round), rounds.racers().get(racer)));
    for (Metric metric : rounds.metrics()) {
      cells.add(Table.number(sample.get(metric), metric.decimals()) + mark(sample.marked(metric)));
    }
    cells.add(Table.number(sample.foreignShare() * 100, 0));
    cells.add(counts);
    return cells;
  }

  private static String mark(boolean marked) {
    return marked ? MARK : "";
  }
}
