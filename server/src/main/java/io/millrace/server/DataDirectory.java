package io.millrace.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory on disk that belongs to one broker: locked while it runs, and marked with what never
 * changes.
 *
 * <pre>
 * millrace.lock   who has it: the process id; locked as long as that process lives
 * millrace.meta   first line "millrace data 1", then name=value: cluster, node, shards
 * shards/N/...    logs, journal, snapshots
 * </pre>
 */
final class DataDirectory implements AutoCloseable {

  private static final String LOCK = "millrace.lock";
  private static final String META = "millrace.meta";
  private static final String MAGIC = "millrace data ";
  private static final int VERSION = 1;
  private static final int META_BYTES_MAX = 64 * 1024;

  private final Path path;
  private final FileChannel lockFile;
  private final FileLock lock;
  private final Map<String, String> meta;

  private DataDirectory(Path path, FileChannel lockFile, FileLock lock, Map<String, String> meta) {
    this.path = path;
    this.lockFile = lockFile;
    this.lock = lock;
    this.meta = meta;
  }

  /**
   * Takes a directory, making and marking it if it is new.
   *
   * @param fresh what to mark a new one with
   * @throws ConfigurationException if it is in use, not ours, or cannot be written
   */
  static DataDirectory open(Path path, Map<String, String> fresh) {
    try {
      makeDirectory(path);
      requireOursOrEmpty(path);
      FileChannel lockFile =
          FileChannel.open(
              path.resolve(LOCK),
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.CREATE);
      FileLock lock = tryLock(lockFile);
      if (lock == null) {
        String holder = readHolder(lockFile);
        lockFile.close();
        throw new ConfigurationException(
            "the data directory "
                + path
                + " is in use by "
                + holder
                + ": stop that first, or use"
                + " another directory");
      }
      try {
        writeHolder(lockFile);
        Map<String, String> meta = readOrWriteMeta(path, fresh);
        return new DataDirectory(path, lockFile, lock, meta);
      } catch (IOException | RuntimeException e) {
        lockFile.close();
        throw e;
      }
    } catch (IOException e) {
      throw new ConfigurationException("the data directory " + path + " cannot be used: " + e, e);
    }
  }

  private static void makeDirectory(Path path) throws IOException {
    try {
      Files.createDirectories(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      throw new ConfigurationException(path + " is a file, not a directory", e);
    }
    if (!Files.isWritable(path)) {
      throw new ConfigurationException(
          "the data directory "
              + path
              + " cannot be written: it, or its file system, is"
              + " read-only for this user");
    }
  }

  private static void requireOursOrEmpty(Path path) throws IOException {
    if (Files.exists(path.resolve(META))) {
      return;
    }
    try (Stream<Path> entries = Files.list(path)) {
      List<String> foreign =
          entries
              .map(entry -> entry.getFileName().toString())
              .filter(name -> !name.startsWith("millrace.") && !name.equals("lost+found"))
              .limit(3)
              .toList();
      if (!foreign.isEmpty()) {
        throw new ConfigurationException(
            "the directory "
                + path
                + " is not empty and not a Millrace data directory (it holds "
                + String.join(", ", foreign)
                + "): nothing was changed; use another");
      }
    }
  }

  private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
    try {
      return file.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static String readHolder(FileChannel file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(200);
    file.read(bytes, 0);
    String text = StandardCharsets.UTF_8.decode(bytes.flip()).toString().trim();
    return text.isEmpty() ? "another process" : text;
  }

  private static void writeHolder(FileChannel file) throws IOException {
    String holder = "process " + ProcessHandle.current().pid() + "\n";
    file.truncate(0);
    file.write(StandardCharsets.UTF_8.encode(holder), 0);
  }

  private static Map<String, String> readOrWriteMeta(Path path, Map<String, String> fresh)
      throws IOException {
    Path file = path.resolve(META);
    if (!Files.exists(file)) {
      StringBuilder text = new StringBuilder(MAGIC).append(VERSION).append('\n');
      new TreeMap<>(fresh).forEach((k, v) -> text.append(k).append('=').append(v).append('\n'));
      Path unfinished = path.resolve(META + ".tmp");
      try (FileChannel out =
          FileChannel.open(
              unfinished,
              StandardOpenOption.WRITE,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        out.write(StandardCharsets.UTF_8.encode(text.toString()));
        out.force(true);
      }
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
        directory.force(true);
      }
    }
    return parseMeta(file);
  }

  static Map<String, String> parseMeta(Path file) throws IOException {
    if (Files.size(file) > META_BYTES_MAX) {
      throw new ConfigurationException(file + " is too large to be what Millrace wrote");
    }
    List<String> lines = List.of(Files.readString(file, StandardCharsets.UTF_8).split("\n"));
    if (!lines.get(0).startsWith(MAGIC)) {
      throw new ConfigurationException(
          file + " is not what Millrace wrote: the directory is not used, and nothing was changed");
    }
    int version = Integer.parseInt(lines.get(0).substring(MAGIC.length()).trim());
    if (version > VERSION) {
      throw new ConfigurationException(
          file
              + " has format version "
              + version
              + "; this version of Millrace reads up to "
              + VERSION
              + ". Nothing was changed: start it with the version that wrote it");
    }
    Map<String, String> meta = new TreeMap<>();
    for (String line : lines.subList(1, lines.size())) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        meta.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    return meta;
  }

  Path path() {
    return path;
  }

  /** What the directory is marked with. */
  String meta(String name) {
    String value = meta.get(name);
    if (value == null) {
      throw new ConfigurationException(path.resolve(META) + " does not say " + name);
    }
    return value;
  }

  @Override
  public void close() {
    try {
      lock.release();
      lockFile.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
