package io.millrace.cli;

import io.millrace.server.Backup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace backup}. */
@Command(
    name = "backup",
    description = {
      "Copies a data directory into one file, whether a broker runs on it or not. Everything that"
          + " was acknowledged before it began is in it.",
      "The file is a zip archive, not compressed, with a checksum of each file."
    })
final class BackupCommand implements Callable<Integer> {

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "The data directory. Default: ./millrace-data")
  private Path data = Path.of("millrace-data");

  @Option(
      names = "--journal",
      paramLabel = "DIR",
      description = "Where the journal is, if the broker was started with this option.")
  private @Nullable Path journal;

  @Option(
      names = "--to",
      paramLabel = "FILE",
      required = true,
      description = "The file to write; it must not exist.")
  private Path to = Path.of("");

  @Option(names = "--json", description = "Answers with JSON, and complains in JSON.")
  private boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this.")
  private boolean help;

  private final Terminal terminal;

  BackupCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    long began = System.nanoTime();
    Backup.Summary summary = Backup.write(data, journal, to);
    report("backed up", data, to, summary, began, json, terminal);
    return Exit.DONE;
  }

  /** Says what was copied. */
  static void report(
      String what,
      Path from,
      Path to,
      Backup.Summary summary,
      long beganNs,
      boolean json,
      Terminal terminal) {
    double seconds = (System.nanoTime() - beganNs) / 1e9;
    if (json) {
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("from", from.toString());
      answer.put("to", to.toString());
      answer.put("files", summary.files());
      answer.put("bytes", summary.bytes());
      answer.put("seconds", seconds);
      terminal.say(Json.text(answer));
    } else {
      terminal.say(
          what
              + " "
              + from
              + " to "
              + to
              + ": "
              + Amounts.count(summary.files(), "file")
              + ", "
              + Amounts.bytes(summary.bytes())
              + ", in "
              + Amounts.decimal(seconds, 1)
              + " s");
    }
  }
}
