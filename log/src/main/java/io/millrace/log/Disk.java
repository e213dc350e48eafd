package io.millrace.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Every file call of the storage floors, so that a disk in memory or a simulated one can stand in.
 *
 * <p>What is durable, and when, is what a careful reader of POSIX may rely on: bytes after {@link
 * DiskFile#sync()}, names (created, renamed, deleted) after {@link #syncDirectory} of their
 * directory. Methods may be called by any thread.
 */
public interface Disk {

  /** How a file is opened. */
  enum Mode {
    /** For reading; the file must exist. */
    READ,
    /** For reading and writing; the file must exist. */
    WRITE,
    /** For reading and writing; made if it does not exist. */
    CREATE
  }

  /**
   * Opens a file.
   *
   * @throws java.nio.file.NoSuchFileException if it must exist and does not
   */
  DiskFile open(Path file, Mode mode) throws IOException;

  boolean exists(Path path) throws IOException;

  /** Names in a directory, sorted; empty if there is no such directory. */
  List<String> list(Path directory) throws IOException;

  /** Makes a directory and those above it that are missing. */
  void createDirectories(Path directory) throws IOException;

  /** Renames a file, replacing what has the new name, atomically. */
  void rename(Path from, Path to) throws IOException;

  /** Deletes a file or an empty directory; one that does not exist is no error. */
  void delete(Path path) throws IOException;

  /** Makes the names in a directory durable. */
  void syncDirectory(Path directory) throws IOException;

  /**
   * Makes everything written to the file system that holds {@code path} durable, names included, in
   * one call.
   *
   * @return false if this disk cannot; then nothing was done and each file is to be synced by
   *     itself
   */
  boolean syncFileSystem(Path path) throws IOException;

  /** Size of the file system that holds {@code path}, in bytes. */
  long totalBytes(Path path) throws IOException;

  /** Bytes that may still be written to the file system that holds {@code path}. */
  long usableBytes(Path path) throws IOException;
}
