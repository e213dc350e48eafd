package io.millrace.benchmarks.figure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * A text that is printed, and appended to a file of figures if asked for. Paths of this machine are
 * shortened.
 */
public final class Report {
  private final Map<String, String> shortened;

  /**
   * A report.
   *
   * @param shortened paths and what stands for them, longest first
   */
  public Report(Map<String, String> shortened) {
    this.shortened = shortened;
  }

  /** Prints it. */
  public void print(String text) {
    System.out.println(shorten(text));
  }

  /** Appends it to a file. */
  public void append(Path file, String text) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(
        file, shorten(text) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private String shorten(String text) {
    String result = text;
    for (Map.Entry<String, String> path : shortened.entrySet()) {
      result = result.replace(path.getKey(), path.getValue());
    }
    return result;
  }
}
