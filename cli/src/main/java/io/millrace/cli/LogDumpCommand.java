package io.millrace.cli;

import io.millrace.log.Disk;
import io.millrace.log.LocalDisk;
import io.millrace.shard.JournalCut;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace log dump}. */
@Command(
    name = "dump",
    description = {
      "Shows what is in segments, indexes, journal files and snapshots, and names what is damaged;"
          + " then the exit status is 1.",
      "Reads only, without a broker; one that runs may go on."
    })
final class LogDumpCommand implements Callable<Integer> {

  private static final String ENDINGS =
      "Millrace's files end in .log, .index, .timeindex, .journal, .snapshot or .snapshot-copy";

  @Parameters(
      paramLabel = "PATH",
      arity = "1..*",
      description =
          "A file, or a directory with all that is in it: a partition or a data directory.")
  private List<Path> paths = new ArrayList<>();

  @Option(
      names = {"-r", "--records"},
      description = "Shows the records of each batch too.")
  private boolean records;

  @Option(names = "--json", description = "A JSON document a line.")
  private boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this.")
  private boolean help;

  private final Terminal terminal;
  private final Disk disk = new LocalDisk();

  LogDumpCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Dump dump = new Dump(terminal, json, records);
    for (Path path : paths) {
      if (!Files.exists(path)) {
        throw CommandFailure.environment("there is no file or directory " + path, null);
      }
      if (Files.isDirectory(path)) {
        if (!directory(path, dump)) {
          throw CommandFailure.environment("nothing in " + path + " is ours", ENDINGS);
        }
      } else if (!file(path, dump)) {
        throw CommandFailure.environment(path + " is none of ours", ENDINGS);
      }
    }
    if (dump.damagedPlaces() > 0) {
      terminal.complain("millrace: " + Amounts.count(dump.damagedPlaces(), "damaged place"));
      return Exit.REFUSED;
    }
    return Exit.DONE;
  }

  /** Shows what is in a directory; false if nothing is ours. */
  private boolean directory(Path directory, Dump dump) throws IOException {
    boolean ours = false;
    List<Path> entries;
    try (Stream<Path> list = Files.list(directory)) {
      entries = list.sorted().toList();
    }
    for (Path entry : entries) {
      if (Files.isDirectory(entry)) {
        ours |= directory(entry, dump);
      } else {
        ours |= file(entry, dump);
      }
    }
    if (entries.stream().anyMatch(entry -> entry.toString().endsWith(".journal"))) {
      journal(directory, dump);
    }
    return ours;
  }

  /** Whether the journal as a whole could be replayed. */
  private void journal(Path directory, Dump dump) {
    Path snapshots = directory.resolveSibling("snapshots");
    try {
      JournalCut cut = JournalCut.find(disk, directory, snapshots);
      dump.line(0, "replay")
          .with("journal", directory.toString())
          .with("after", cut.snapshotIndex())
          .with("last", cut.lastIndex())
          .show();
    } catch (IOException e) {
      dump.damaged(directory, 0, Failures.text(e));
    }
  }

  /** Shows a file; false if it is of no kind that there is. */
  private boolean file(Path path, Dump dump) throws IOException {
    String name = path.getFileName().toString();
    try {
      switch (name.substring(name.lastIndexOf('.') + 1)) {
        case "log" -> SegmentDump.of(disk, path, dump);
        case "index", "timeindex" -> IndexDump.of(disk, path, dump);
        case "journal" -> JournalDump.of(disk, path, dump);
        case "snapshot", "snapshot-copy" -> SnapshotDump.of(disk, path, dump);
        default -> {
          return false;
        }
      }
    } catch (NoSuchFileException e) {
      dump.line(0, "gone").with("file", path.toString()).show(); // by the broker that runs
    } catch (IOException | IllegalStateException e) {
      dump.damaged(path, 0, "it cannot be read: " + Failures.text(e));
    }
    return true;
  }
}
