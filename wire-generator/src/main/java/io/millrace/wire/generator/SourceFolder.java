package io.millrace.wire.generator;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folder of generated sources. A file whose text is unchanged keeps its time stamp, so that the
 * compiler sees nothing to do; a file that was not written this time is removed.
 */
final class SourceFolder {
  private final Path root;
  private final Set<Path> kept = new HashSet<>();
  private int changes;

  SourceFolder(Path root) {
    this.root = root;
  }

  void write(String packageName, String className, String text) throws IOException {
    Path file = root.resolve(packageName.replace('.', '/')).resolve(className + ".java");
    if (!kept.add(file)) {
      throw new SchemaException("two classes named " + className);
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (Files.exists(file) && Arrays.equals(Files.readAllBytes(file), bytes)) {
      return;
    }
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
    changes++;
  }

  void removeOthers() throws IOException {
    if (Files.notExists(root)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> paths = Files.walk(root)) {
      files = paths.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      if (!kept.contains(file)) {
        Files.delete(file);
        changes++;
      }
    }
  }

  int files() {
    return kept.size();
  }

  int changes() {
    return changes;
  }
}
