package io.millrace.benchmarks.command;

import io.millrace.benchmarks.load.AccessLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where things are: the repository and its benchmarks, as the launcher says. */
final class Repository {
  private Repository() {}

  static Path benchmarks() {
    String home = System.getProperty("millrace.benchmarks.home");
    if (home == null) {
      throw new IllegalStateException("start it by benchmarks/run");
    }
    return Path.of(home);
  }

  static Path root() {
    Path parent = benchmarks().getParent();
    return parent == null ? benchmarks() : parent;
  }

  /**
   * The log named by {@code MILLRACE_ACCESS_LOG}, or the one beside the repository, or a made-up
   * one.
   */
  static AccessLog accessLog() throws IOException {
    String named = System.getenv("MILLRACE_ACCESS_LOG");
    Path file =
        named == null ? root().resolve("../shared/data/access.log").normalize() : Path.of(named);
    if (named == null && !Files.exists(file)) {
      return AccessLog.generate();
    }
    return AccessLog.read(file);
  }
}
