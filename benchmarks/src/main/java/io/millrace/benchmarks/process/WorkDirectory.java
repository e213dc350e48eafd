package io.millrace.benchmarks.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where one run keeps its data: a directory of its own, deleted when the run ends, also on Ctrl-C.
 */
public final class WorkDirectory {
  private final Path path;

  private WorkDirectory(Path path) {
    this.path = path;
  }

  /**
   * Creates it below {@code parent}.
   *
   * @param keep leave it behind, with the logs of both sides
   */
  public static WorkDirectory create(Path parent, boolean keep) throws IOException {
    Path base = Files.createDirectories(parent.toAbsolutePath().normalize());
    WorkDirectory work = new WorkDirectory(Files.createTempDirectory(base, "run-"));
    if (!keep) {
      Launched.whenAllEnded(() -> work.delete(work.path));
    }
    return work;
  }

  public Path path() {
    return path;
  }

  /** A directory or file in it. */
  public Path resolve(String name) {
    return path.resolve(name);
  }

  /** Fails if the file system has less room than a run will need. */
  public void requireFree(long bytes) throws IOException {
    long free = Files.getFileStore(path).getUsableSpace();
    if (free < bytes) {
      throw new IllegalStateException(
          "the run needs "
              + (bytes >> 20)
              + " MiB on disk, free are "
              + (free >> 20)
              + ": use --work or fewer bytes");
    }
  }

  /** Deletes a directory of it with everything inside. */
  public void delete(Path directory) {
    if (!directory.startsWith(path)) {
      throw new IllegalArgumentException(directory + " is not in " + path);
    }
    if (Files.exists(directory)
        && Commands.output(List.of("rm", "-rf", "--", directory.toString())).isEmpty()) {
      throw new UncheckedIOException(new IOException("cannot delete " + directory));
    }
  }
}
