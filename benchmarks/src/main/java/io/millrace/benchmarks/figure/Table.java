package io.millrace.benchmarks.figure;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A Markdown table. */
public final class Table {
  private final List<String> lines = new ArrayList<>();

  public Table(List<String> columns) {
    row(columns);
    lines.add("|" + " --- |".repeat(columns.size()));
  }

  /** Adds a row. */
  public void row(List<String> cells) {
    lines.add(
        "| "
            + String.join(" | ", cells.stream().map(cell -> cell.replace("|", "\\|")).toList())
            + " |");
  }

  /** A number with so many decimals, or a dash if it is none. */
  public static String number(double value, int decimals) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%,." + decimals + "f", value) : "–";
  }

  /** A ratio with its spread, as in {@code 0.85 (0.80 .. 0.91)}. */
  public static String ratio(Spread spread) {
    return Double.isFinite(spread.median())
        ? String.format(
            Locale.ROOT, "%.2f (%.2f .. %.2f)", spread.median(), spread.min(), spread.max())
        : "–";
  }

  @Override
  public String toString() {
    return String.join("\n", lines) + "\n";
  }
}
