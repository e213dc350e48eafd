package io.millrace.benchmarks.figure;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** An outcome in Markdown: the medians and ratios, and below them every single run. */
public final class OutcomeText {
  private final String a;
  private final String b;

  /** Of two peers, by their names. */
  public OutcomeText(String a, String b) {
    this.a = a;
    this.b = b;
  }

  /**
   * A section with a heading, both tables, and a word about disturbance.
   *
   * @param client what the client was run with
   */
  public String section(Outcome outcome, List<String> client) {
    return String.join(
        "\n",
        "### " + outcome.load() + "\n",
        ratios(outcome).toString(),
        note(outcome) + " Client:\n",
        "```\n" + String.join("\n", client) + "\n```\n",
        runs(outcome).toString());
  }

  /** One row a load: the ratios of some metrics, with the medians of both sides. */
  public String overview(List<Outcome> outcomes, List<Metric> metrics) {
    List<String> columns = new ArrayList<>(List.of("load"));
    metrics.forEach(metric -> columns.add(metric.name() + ": " + a + ", " + b + ", ratio"));
    Table table = new Table(columns);
    for (Outcome outcome : outcomes) {
      List<String> cells = new ArrayList<>(List.of(outcome.load()));
      for (Metric metric : metrics) {
        cells.add(
            String.join(
                ", ",
                Table.number(outcome.a(metric).median(), metric.decimals()),
                Table.number(outcome.b(metric).median(), metric.decimals()),
                Table.ratio(outcome.ratio(metric))));
      }
      table.row(cells);
    }
    return table.toString();
  }

  private Table ratios(Outcome outcome) {
    Table table =
        new Table(List.of("figure", a + ", median", b + ", median", "ratio: median (min .. max)"));
    for (Metric metric : outcome.metrics()) {
      table.row(
          List.of(
              metric.name(),
              Table.number(outcome.a(metric).median(), metric.decimals()),
              Table.number(outcome.b(metric).median(), metric.decimals()),
              Table.ratio(outcome.ratio(metric))));
    }
    return table;
  }

  private static String note(Outcome outcome) {
    int counted = outcome.counted().size();
    String note = counted + " pairs of " + outcome.played().size() + " played.";
    if (outcome.disturbed() > 0) {
      note +=
          String.format(
              Locale.ROOT,
              " **%d of them disturbed: foreign CPU above %.0f %% of the machine. Run again.**",
              outcome.disturbed(),
              outcome.foreignShareMax() * 100);
    }
    return note;
  }

  private Table runs(Outcome outcome) {
    List<String> columns = new ArrayList<>(List.of("pair", "side"));
    outcome.metrics().forEach(metric -> columns.add(metric.name()));
    columns.add("foreign CPU %");
    columns.add("counts");
    Table table = new Table(columns);
    List<Boolean> counted = outcome.counts();
    for (int i = 0; i < outcome.played().size(); i++) {
      Pair pair = outcome.played().get(i);
      String counts = counted.get(i) ? "yes" : "no";
      if (pair.disturbed(outcome.foreignShareMax())) {
        counts += ", disturbed";
      }
      table.row(run(i + 1, a, pair.a(), outcome.metrics(), counts));
      table.row(run(i + 1, b, pair.b(), outcome.metrics(), counts));
    }
    return table;
  }

  private static List<String> run(
      int pair, String side, Sample sample, List<Metric> metrics, String counts) {
    List<String> cells = new ArrayList<>(List.of(Integer.toString(pair), side));
    metrics.forEach(metric -> cells.add(Table.number(sample.get(metric), metric.decimals())));
    cells.add(Table.number(sample.foreignShare() * 100, 0));
    cells.add(counts);
    return cells;
  }
}
