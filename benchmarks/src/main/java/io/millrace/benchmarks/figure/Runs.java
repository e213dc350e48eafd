package io.millrace.benchmarks.figure;

import java.util.ArrayList;
import java.util.List;

/** Runs that are told one by one, without a peer to compare with. */
public final class Runs {
  private final String what;
  private final List<String> labels = new ArrayList<>();
  private final List<Sample> samples = new ArrayList<>();

  /**
   * None yet.
   *
   * @param what a label says, for the table's head
   */
  public Runs(String what) {
    this.what = what;
  }

  /** Adds one; all have the same metrics. */
  public void add(String label, Sample sample) {
    labels.add(label);
    samples.add(sample);
  }

  /** All in Markdown. */
  public String text() {
    List<Metric> metrics = new ArrayList<>();
    samples.getFirst().metrics().forEach(metrics::add);
    List<String> columns = new ArrayList<>(List.of(what));
    metrics.forEach(metric -> columns.add(metric.name()));
    columns.add("foreign CPU %");
    Table table = new Table(columns);
    for (int i = 0; i < samples.size(); i++) {
      Sample sample = samples.get(i);
      List<String> cells = new ArrayList<>(List.of(labels.get(i)));
      metrics.forEach(metric -> cells.add(Table.number(sample.get(metric), metric.decimals())));
      cells.add(Table.number(sample.foreignShare() * 100, 0));
      table.row(cells);
    }
    return table.toString();
  }
}
