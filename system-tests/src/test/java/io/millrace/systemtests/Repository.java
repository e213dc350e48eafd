package io.millrace.systemtests;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the repository is whose tests these are. */
public final class Repository {

  private Repository() {}

  /** Its root, found upward from where the tests run: in their module. */
  public static Path root() {
    for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
      if (Files.exists(path.resolve("millrace")) && Files.exists(path.resolve("pom.xml"))) {
        return path;
      }
    }
    throw new IllegalStateException("not within the repository: " + Path.of("").toAbsolutePath());
  }
}
