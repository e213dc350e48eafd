package io.millrace.benchmarks.figure;

import io.millrace.benchmarks.machine.DiskSync;
import io.millrace.benchmarks.process.Commands;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/**
 * The head of a report: all that a reader needs to run it again, or to doubt it.
 *
 * @param command the command line of the whole run
 * @param machine what it ran on
 * @param payload where the records' bytes come from
 * @param settings one entry a side or client: its name, and what it was started with
 * @param before the disk before the first run
 * @param after the disk after the last run
 */
public record Provenance(
    String command,
    String machine,
    String payload,
    List<Side> settings,
    DiskSync before,
    DiskSync after) {
  public Provenance {
    settings = List.copyOf(settings);
  }

  /** Somebody who took part, and all that was set for it. */
  public record Side(String name, String version, List<String> settings) {
    public Side {
      settings = List.copyOf(settings);
    }
  }

  /** The head in Markdown, for a run of the repository at {@code root}. */
  public String text(Path root) {
    Table table = new Table(List.of("run", ""));
    table.row(List.of("command", code(command)));
    table.row(
        List.of(
            "date",
            ZonedDateTime.now(ZoneOffset.UTC)
                .format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'"))));
    table.row(List.of("commit", commit(root)));
    table.row(List.of("machine", machine));
    table.row(List.of("payload", payload));
    table.row(
        List.of(
            "disk: write + fdatasync of 4 KiB, p50 / p99",
            before.small() + " before, " + after.small() + " after"));
    table.row(
        List.of(
            "disk: write + fdatasync of 1 MiB, p50 / p99",
            before.large() + " before, " + after.large() + " after"));
    for (Side side : settings) {
      List<String> lines = new ArrayList<>(List.of(side.version()));
      side.settings().forEach(line -> lines.add(code(line)));
      table.row(List.of(side.name(), String.join("<br>", lines)));
    }
    return table.toString();
  }

  private static String code(String text) {
    return "`" + text + "`";
  }

  private static String commit(Path root) {
    String git = root.toString();
    String commit =
        Commands.output(List.of("git", "-C", git, "rev-parse", "--short=12", "HEAD"))
            .orElse("not a git repository");
    boolean changed =
        Commands.output(List.of("git", "-C", git, "status", "--porcelain", "-uno"))
            .map(text -> !text.isEmpty())
            .orElse(false);
    return changed ? commit + " with uncommitted changes" : commit;
  }
}
