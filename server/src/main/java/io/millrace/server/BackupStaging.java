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
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a backup holds on to the files that it copies.
 *
 * <p>Segments and snapshots get second names: hard links in a directory {@code millrace.backup-PID}
 * within the data directory, so that one that is deleted or replaced meanwhile stays as it is for
 * the backup. Where the file system has no hard links, or cannot be written, they keep their one
 * name and the backup looks afterwards whether it was overtaken. A second name would not help a
 * journal file, which is written again in place: journals are copied, to a directory beside the
 * backup.
 *
 * <p>Both directories hold a locked file as long as the backup runs; those of a backup that was
 * killed are removed by the next.
 */
final class BackupStaging implements AutoCloseable {

  private static final String LINKS = "millrace.backup-";
  private static final String COPIES = ".journals-";
  private static final String LOCK = "lock";
  private static final int BUFFER_BYTES = 1 << 20;

  /** A directory of ours. */
  private record Held(Path path, FileChannel lock) implements AutoCloseable {

    static Held make(Path in, String prefix) throws IOException {
      removeAbandoned(in, prefix);
      Path path = Files.createTempDirectory(in, prefix + ProcessHandle.current().pid() + "-");
      FileChannel lock = openLock(path);
      lock.lock();
      return new Held(path, lock);
    }

    @Override
    public void close() throws IOException {
      delete(path);
      lock.close();
    }
  }

  private final Held copies;

  /** Null if there can be no second names. */
  private final @Nullable Held links;

  private int groups;

  private BackupStaging(Held copies, @Nullable Held links) {
    this.copies = copies;
    this.links = links;
  }

  /**
   * @param backup the file that will be written
   */
  static BackupStaging open(Path data, Path backup) throws IOException {
    Path beside = backup.toAbsolutePath().getParent();
    if (beside == null) {
      throw new IllegalArgumentException(backup + " is no file");
    }
    Held copies = Held.make(beside, backup.getFileName() + COPIES);
    try {
      return new BackupStaging(copies, makeLinks(data));
    } catch (IOException | RuntimeException e) {
      copies.close();
      throw e;
    }
  }

  private static @Nullable Held makeLinks(Path data) throws IOException {
    Held links;
    try {
      links = Held.make(data, LINKS);
    } catch (FileSystemException e) {
      return null;
    }
    try {
      Files.createLink(links.path.resolve("probe"), links.path.resolve(LOCK));
      return links;
    } catch (FileSystemException | UnsupportedOperationException e) {
      links.close();
      return null;
    }
  }

  private static FileChannel openLock(Path directory) throws IOException {
    return FileChannel.open(
        directory.resolve(LOCK), StandardOpenOption.WRITE, StandardOpenOption.CREATE);
  }

  private static void removeAbandoned(Path in, String prefix) throws IOException {
    List<Path> found;
    try (Stream<Path> entries = Files.list(in)) {
      found = entries.filter(e -> e.getFileName().toString().startsWith(prefix)).toList();
    }
    for (Path directory : found) {
      try (FileChannel channel = openLock(directory)) {
        FileLock lock = tryLock(channel);
        if (lock != null) {
          delete(directory);
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

  /** Whether segments and snapshots have second names, so that nothing can overtake the backup. */
  boolean isLinked() {
    return links != null;
  }

  /** The name of a directory for files that belong together. */
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
    if (links == null) {
      return file;
    }
    Path directory = Files.createDirectories(links.path.resolve(group));
    return Files.createLink(directory.resolve(file.getFileName().toString()), file);
  }

  /**
   * Copies the first bytes of a file, in the directory of a group.
   *
   * @return where the copy is; it is shorter if the file is
   */
  Path copy(String group, Path file, long bytes) throws IOException {
    Path directory = Files.createDirectories(copies.path.resolve(group));
    Path copy = directory.resolve(file.getFileName().toString());
    try (FileChannel from = FileChannel.open(file, StandardOpenOption.READ);
        FileChannel to =
            FileChannel.open(copy, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      long at = 0;
      for (long copied = 1; at < bytes && copied > 0; at += copied) {
        copied = from.transferTo(at, Math.min(bytes - at, BUFFER_BYTES), to);
      }
    }
    return copy;
  }

  /** Lets go of the copies of a group. */
  void dropCopies(String group) throws IOException {
    Path directory = copies.path.resolve(group);
    if (Files.exists(directory)) {
      delete(directory);
    }
  }

  /** Lets go of everything. */
  @Override
  public void close() throws IOException {
    copies.close();
    if (links != null) {
      links.close();
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
