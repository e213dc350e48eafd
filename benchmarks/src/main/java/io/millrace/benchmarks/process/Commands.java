package io.millrace.benchmarks.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Small commands of the system and of the JDK. */
public final class Commands {
  private Commands() {}

  /** The program of that name in the JDK that we run on. */
  public static String jdk(String program) {
    return Path.of(System.getProperty("java.home"), "bin", program).toString();
  }

  /**
   * Runs a command to its end; its output, or nothing if it failed, could not be started or took
   * over ten minutes.
   */
  public static Optional<String> output(List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(10, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        return Optional.empty();
      }
      return process.exitValue() == 0 ? Optional.of(text.strip()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** Bytes that a directory takes on disk: blocks in use, not the sizes of files with holes. */
  public static long bytesOnDisk(Path directory) {
    return output(List.of("du", "-s", "-B1", directory.toString()))
        .map(text -> Long.parseLong(text.substring(0, text.indexOf('\t'))))
        .orElseThrow(() -> new IllegalStateException("du failed on " + directory));
  }

  /** Writes everything of a file system that is still only in memory to its disk. */
  public static void syncFileSystem(Path directory) {
    output(List.of("sync", "-f", directory.toString()));
  }
}
