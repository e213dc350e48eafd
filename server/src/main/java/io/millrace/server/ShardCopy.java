package io.millrace.server;

import io.millrace.log.Disk;
import io.millrace.log.LogId;
import io.millrace.log.OpenFiles;
import io.millrace.log.SavedLog;
import io.millrace.shard.JournalCut;
import io.millrace.shard.ShardFiles;
import io.millrace.shard.Snapshot;
import io.millrace.shard.SnapshotLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The files of one shard as of its newest snapshot, held for a backup: see {@link Backup} for why
 * they are a whole.
 */
final class ShardCopy {

  private static final int ATTEMPTS = 100;
  private static final int NAME_DIGITS = 20;

  private final Disk disk;
  private final Path data;
  private final Path journals;
  private final ShardFiles places;
  private final int shard;
  private final BackupStaging staging;
  private final String journalGroup;
  private final List<BackupFile> files = new ArrayList<>();
  private long snapshotIndex;

  private ShardCopy(Disk disk, Path data, Path journals, int shard, BackupStaging staging) {
    this.disk = disk;
    this.data = data;
    this.journals = journals;
    this.places = ShardFiles.in(disk, data, journals, shard, new OpenFiles(1));
    this.shard = shard;
    this.staging = staging;
    this.journalGroup = staging.newGroup();
  }

  /**
   * Takes hold of a shard's files.
   *
   * @throws ConfigurationException if there is no journal
   * @throws IOException if the shard is damaged so that a broker would not start on it
   */
  static ShardCopy take(Disk disk, Path data, Path journals, int shard, BackupStaging staging)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      ShardCopy copy = new ShardCopy(disk, data, journals, shard, staging);
      IOException failure = copy.tryToTake();
      if (failure == null && copy.isCurrent()) {
        return copy;
      }
      staging.dropCopies(copy.journalGroup);
      // What went away did so because a checkpoint no longer needs it; anything else is real.
      boolean real =
          failure != null && copy.isCurrent() && !(failure instanceof NoSuchFileException);
      if (real || attempt == ATTEMPTS) {
        throw failure != null
            ? failure
            : new IOException(
                "shard " + shard + ": a checkpoint finished each of " + ATTEMPTS + " times");
      }
    }
  }

  private @Nullable IOException tryToTake() {
    try {
      take();
      return null;
    } catch (IOException e) {
      return e;
    }
  }

  List<BackupFile> files() {
    return files;
  }

  /** Whether no checkpoint has finished since. */
  boolean isCurrent() throws IOException {
    return snapshotIndex == newestSnapshot();
  }

  private long newestSnapshot() throws IOException {
    List<Long> indexes = Snapshot.indexes(disk, places.snapshots());
    return indexes.isEmpty() ? 0 : indexes.getFirst();
  }

  private void take() throws IOException {
    snapshotIndex = newestSnapshot();
    takeJournal();
    if (snapshotIndex == 0) {
      return;
    }
    Snapshot snapshot = Snapshot.read(disk, places.snapshots(), shard, snapshotIndex);
    takeIfThere(Snapshot.path(places.snapshots(), snapshotIndex));
    takeIfThere(Snapshot.copyPath(places.snapshots(), snapshotIndex));
    for (Snapshot.Part part : snapshot.items()) {
      SnapshotLog log = part.log();
      if (log != null && log.saved().activeBase() >= 0) {
        takeLog(log.id(), log.saved());
      }
    }
  }

  private void takeJournal() throws IOException {
    if (disk.list(places.journal()).stream().noneMatch(name -> name.endsWith(".journal"))) {
      throw new ConfigurationException(
          "there is no journal in "
              + places.journal()
              + ": if the broker keeps it elsewhere, say so as you do to the broker");
    }
    JournalCut cut = JournalCut.find(disk, places.journal(), places.snapshots());
    if (cut.snapshotIndex() != snapshotIndex) {
      return; // A checkpoint has finished: the caller sees it too.
    }
    List<JournalCut.Part> copies = new ArrayList<>();
    for (JournalCut.Part part : cut.parts()) {
      Path held = staging.copy(journalGroup, part.file(), part.bytes());
      files.add(new BackupFile(name(journals, part.file()), held, part.bytes()));
      copies.add(new JournalCut.Part(held, part.bytes()));
    }
    cut.verify(disk, copies);
  }

  private void takeIfThere(Path file) throws IOException {
    if (Files.exists(file)) {
      Path held = staging.link(staging.newGroup(), file);
      files.add(new BackupFile(name(data, file), held, Long.MAX_VALUE));
    }
  }

  /**
   * The segments of a log. A cleaning may replace some while they are taken: then the directory
   * looks different afterwards, and is taken again.
   */
  private void takeLog(LogId id, SavedLog saved) throws IOException {
    Path directory =
        places
            .logs()
            .resolve(LogId.topicDirectory(id.topicId()))
            .resolve(Integer.toString(id.partition()));
    for (int attempt = 1; ; attempt++) {
      Map<String, Object> before = wanted(directory, saved);
      List<BackupFile> held = new ArrayList<>();
      String group = staging.newGroup();
      try {
        for (String file : before.keySet()) {
          Path path = directory.resolve(file);
          long bytesMax = isActive(file, saved) ? saved.activeBytes() : Long.MAX_VALUE;
          held.add(new BackupFile(name(data, path), staging.link(group, path), bytesMax));
        }
      } catch (NoSuchFileException e) {
        if (attempt == ATTEMPTS || !isCurrent()) {
          throw e;
        }
        continue;
      }
      if (before.equals(wanted(directory, saved))) {
        files.addAll(held);
        return;
      }
      if (attempt == ATTEMPTS || !isCurrent()) {
        throw new NoSuchFileException(directory.toString(), null, "its files changed meanwhile");
      }
    }
  }

  /** The names that belong to a log as its snapshot knows it, each with what tells files apart. */
  private Map<String, Object> wanted(Path directory, SavedLog saved) throws IOException {
    Map<String, Object> wanted = new TreeMap<>();
    List<String> names = disk.list(directory);
    for (String name : names) {
      if (isWanted(name, names, saved)) {
        BasicFileAttributes attributes =
            Files.readAttributes(directory.resolve(name), BasicFileAttributes.class);
        wanted.put(
            name, Objects.requireNonNullElse(attributes.fileKey(), attributes.creationTime()));
      }
    }
    return wanted;
  }

  private static boolean isWanted(String name, List<String> names, SavedLog saved) {
    if (name.length() <= NAME_DIGITS || name.charAt(NAME_DIGITS) != '.') {
      return false;
    }
    String stem = name.substring(0, NAME_DIGITS);
    if (!stem.chars().allMatch(Character::isDigit) || Long.parseLong(stem) > saved.activeBase()) {
      return false;
    }
    return switch (name.substring(NAME_DIGITS)) {
      case ".index", ".timeindex" -> false; // made again from their segment
      case ".cleaned" -> names.contains(stem + ".replace"); // else it is not finished
      default -> true;
    };
  }

  private static boolean isActive(String name, SavedLog saved) {
    return name.endsWith(".log")
        && Long.parseLong(name.substring(0, NAME_DIGITS)) == saved.activeBase();
  }

  private static String name(Path root, Path file) {
    return root.relativize(file).toString().replace('\\', '/');
  }
}
