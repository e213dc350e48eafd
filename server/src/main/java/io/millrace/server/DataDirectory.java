package io.millrace.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory on disk that belongs to one broker: locked while it runs, and marked with what never
 * changes.
 *
 * <pre>
 * millrace.lock   who has it: the process id; locked as long as that process lives
 * millrace.meta   first line "millrace data 1", then name=value: cluster, node, shards, and journal
 *                 if that is elsewhere
 * shards/N/...    logs, journal, snapshots
 * </pre>
 *
 * <p>A journal that is elsewhere has a directory of its own, which is locked in the same way. Its
 * place is part of what never changes: without its journal a data directory lacks what was
 * acknowledged last.
 */
final class DataDirectory implements AutoCloseable {

  private static final String LOCK = "millrace.lock";
  private static final String META = "millrace.meta";
  private static final String JOURNAL = "journal";
  private static final String MAGIC = "millrace data ";
  private static final int VERSION = 1;
  private static final int META_BYTES_MAX = 64 * 1024;

  private final Path path;
  private final List<FileChannel> lockFiles;
  private final Map<String, String> meta;

  private DataDirectory(Path path, List<FileChannel> lockFiles, Map<String, String> meta) {
    this.path = path;
    this.lockFiles = lockFiles;
    this.meta = meta;
  }

  /**
   * Takes a directory, making and marking it if it is new.
   *
   * @param journals where the journals are; null for in the directory
   * @param marks what to mark a new one with
   * @throws ConfigurationException if it is in use, not ours, or cannot be written
   */
  static DataDirectory open(
      Path path, @Nullable Path journals, Supplier<Map<String, String>> marks) {
    Path elsewhere = journals == null || journals.equals(path) ? null : journals;
    List<FileChannel> lockFiles = new ArrayList<>();
    try {
      makeDirectory(path);
      requireOursOrEmpty(path);
      lockFiles.add(lock(path));
      boolean isNew = !Files.exists(path.resolve(META));
      if (elsewhere != null) {
        makeDirectory(elsewhere);
        if (isNew) {
          requireEmpty(elsewhere, "is to hold a new journal and is not empty");
        }
        lockFiles.add(lock(elsewhere));
      }
      if (isNew) {
        writeMeta(path, withJournal(marks.get(), elsewhere));
      }
      Map<String, String> meta = parseMeta(path.resolve(META));
      requireSameJournal(path, elsewhere, meta);
      return new DataDirectory(path, lockFiles, meta);
    } catch (IOException e) {
      release(lockFiles, e);
      throw new ConfigurationException(
          "the data directory " + path + " cannot be used: " + reason(e), e);
    } catch (RuntimeException e) {
      release(lockFiles, e);
      throw e;
    }
  }

  private static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException missing -> missing.getFile() + " cannot be made there";
      case AccessDeniedException denied -> "this user may not read or write " + denied.getFile();
      case FileSystemException other when other.getReason() != null ->
          other.getFile() + ": " + other.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }

  /** Marks a directory that was copied from elsewhere with where its journal is now. */
  static void markJournal(Path path, @Nullable Path journals) throws IOException {
    writeMeta(path, withJournal(parseMeta(path.resolve(META)), journals));
  }

  private static Map<String, String> withJournal(
      Map<String, String> marks, @Nullable Path journals) {
    Map<String, String> all = new TreeMap<>(marks);
    if (journals == null) {
      all.remove(JOURNAL);
    } else {
      all.put(JOURNAL, journals.toAbsolutePath().normalize().toString());
    }
    return all;
  }

  private static void release(List<FileChannel> lockFiles, Exception why) {
    for (FileChannel file : lockFiles) {
      try {
        file.close();
      } catch (IOException e) {
        why.addSuppressed(e);
      }
    }
  }

  private static FileChannel lock(Path directory) throws IOException {
    FileChannel file =
        FileChannel.open(
            directory.resolve(LOCK),
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE);
    try {
      if (tryLock(file) == null) {
        throw new ConfigurationException(
            "the data directory "
                + directory
                + " is in use by "
                + readHolder(file)
                + ": stop that first, or use another directory");
      }
      writeHolder(file);
      return file;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static void requireSameJournal(
      Path path, @Nullable Path elsewhere, Map<String, String> meta) {
    String made = meta.get(JOURNAL);
    String asked = elsewhere == null ? null : elsewhere.toAbsolutePath().normalize().toString();
    if (!Objects.equals(made, asked)) {
      throw new ConfigurationException(
          "the data directory "
              + path
              + " has its journal "
              + (made == null ? "inside" : "in " + made)
              + ", not "
              + (asked == null ? "inside" : "in " + asked)
              + ": start it as it was made. To move the journal, stop, move the files, and change"
              + " the line journal= in "
              + path.resolve(META));
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
    requireEmpty(path, "is not a Millrace data directory and not empty");
  }

  private static void requireEmpty(Path path, String otherwise) throws IOException {
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
                + " "
                + otherwise
                + " (it holds "
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

  private static void writeMeta(Path path, Map<String, String> marks) throws IOException {
    StringBuilder text = new StringBuilder(MAGIC).append(VERSION).append('\n');
    marks.forEach((k, v) -> text.append(k).append('=').append(v).append('\n'));
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
    Files.move(unfinished, path.resolve(META), StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
      directory.force(true);
    }
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
      // The locks go with their files.
      for (FileChannel file : lockFiles) {
        file.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
