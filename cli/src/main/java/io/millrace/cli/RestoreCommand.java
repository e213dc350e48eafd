package io.millrace.cli;

import io.millrace.server.Backup;
import io.millrace.server.Restore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace restore}. */
@Command(
    name = "restore",
    description =
        "Makes a data directory from a backup, checking each file. A restore that fails leaves"
            + " nothing behind.")
final class RestoreCommand implements Callable<Integer> {

  @Parameters(paramLabel = "FILE", description = "The backup.")
  private Path file = Path.of("");

  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      description = "The data directory to make; it must be missing or empty.")
  private Path data = Path.of("");

  @Option(
      names = "--journal",
      paramLabel = "DIR",
      description =
          "Where the journal goes instead, missing or empty; the broker must then be started with"
              + " this option too.")
  private @Nullable Path journal;

  @Option(names = "--json", description = "Answers with JSON, and complains in JSON.")
  private boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this.")
  private boolean help;

  private final Terminal terminal;

  RestoreCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Choice.requireFile("the backup", file);
    long began = System.nanoTime();
    Backup.Summary summary = Restore.read(file, data, journal);
    BackupCommand.report("restored", file, data, summary, began, json, terminal);
    return Exit.DONE;
  }
}
