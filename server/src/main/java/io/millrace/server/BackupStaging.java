package io.millrace.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Second names for the files that a backup copies: hard links in a directory {@code
 * millrace.backup-PID} within the data directory, so that a file that is deleted or replaced
 * meanwhile stays as it is for the backup. Where the file system has no hard links, or cannot be
 * written, the files keep their one name and the backup looks afterwards whether it was overtaken.
 *
 * <p>The directory holds a locked file as long as its backup runs; one that a backup left behind
 * which was killed is removed by the next.
 */
final class BackupStaging implements AutoCloseable {

  private static final String PREFIX = "millrace.backup-";
  private static final String LOCK = "lock";

  private final List<Root> roots = new ArrayList<>();
  private boolean linked = true;
  private int groups;

  /** One file system: the data directory's, or that of the journals. */
  private record Root(Path path, Path staging, FileChannel lock) {}

  private BackupStaging() {}

  static BackupStaging open(Path data, Path journals) throws IOException {
    BackupStaging staging = new BackupStaging();
    try {
      staging.add(data);
      if (!journals.equals(data)) {
        staging.add(journals);
      }
      for (Root root : staging.roots) {
        Files.createLink(root.staging.resolve("probe"), root.staging.resolve(LOCK));
      }
    } catch (NoSuchFileException e) {
      staging.close();
      throw new ConfigurationException("there is no directory " + e.getFile(), e);
    } catch (FileSystemException | UnsupportedOperationException e) {
      staging.linked = false;
    }
    return staging;
  }

  private void add(Path path) throws IOException {
    removeAbandoned(path);
    Path staging = Files.createTempDirectory(path, PREFIX + ProcessHandle.current().pid() + "-");
    FileChannel lock = openLock(staging);
    lock.lock();
    roots.add(new Root(path, staging, lock));
  }

  private static FileChannel openLock(Path staging) throws IOException {
    return FileChannel.open(
        staging.resolve(LOCK), StandardOpenOption.WRITE, StandardOpenOption.CREATE);
  }

  private static void removeAbandoned(Path path) throws IOException {
    List<Path> found;
    try (Stream<Path> entries = Files.list(path)) {
      found = entries.filter(e -> e.getFileName().toString().startsWith(PREFIX)).toList();
    }
    for (Path staging : found) {
      try (FileChannel channel = openLock(staging)) {
        FileLock lock = tryLock(channel);
        if (lock != null) {
          delete(staging);
        }
      }
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /** Whether files have a second name, which nobody but the backup knows. */
  boolean isLinked() {
    return linked;
  }

  /** The name of a directory for second names that no other has. */
  String newGroup() {
    return Integer.toString(groups++);
  }

  /**
   * Gives a file a second name, in the directory of a group.
   *
   * @return where to read it: the second name, or the first where there can be no second
   * @throws NoSuchFileException if the file is gone
   */
  Path link(String group, Path file) throws IOException {
    if (!linked) {
      return file;
    }
    Path directory = root(file).staging.resolve(group);
    Files.createDirectories(directory);
    return Files.createLink(directory.resolve(file.getFileName().toString()), file);
  }

  private Root root(Path file) {
    for (Root root : roots.reversed()) {
      if (file.startsWith(root.path)) {
        return root;
      }
    }
    throw new IllegalArgumentException(file + " is in no directory of the backup");
  }

  /** Takes the second names away again. */
  @Override
  public void close() throws IOException {
    for (Root root : roots) {
      delete(root.staging);
      root.lock.close();
    }
  }

  /** Deletes a directory with all that is in it. */
  static void delete(Path directory) throws IOException {
    try (Stream<Path> entries = Files.walk(directory)) {
      entries
          .sorted(Comparator.reverseOrder())
          .forEach(entry -> {
            try {
              Files.deleteIfExists(entry);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
