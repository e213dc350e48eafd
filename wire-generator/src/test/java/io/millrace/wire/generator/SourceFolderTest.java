package io.millrace.wire.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceFolderTest {
  private static final FileTime LONG_AGO = FileTime.fromMillis(1_000_000_000L);

  @TempDir Path root;

  @Test
  void unchangedFileKeepsItsTimeStamp() throws IOException {
    SourceFolder first = new SourceFolder(root);
    first.write("a.b", "Same", "class Same {}");
    first.write("a.b", "Other", "class Other {}");
    Path same = root.resolve("a/b/Same.java");
    Path other = root.resolve("a/b/Other.java");
    Files.setLastModifiedTime(same, LONG_AGO);
    Files.setLastModifiedTime(other, LONG_AGO);

    SourceFolder second = new SourceFolder(root);
    second.write("a.b", "Same", "class Same {}");
    second.write("a.b", "Other", "class Other { int x; }");
    assertThat(Files.getLastModifiedTime(same)).isEqualTo(LONG_AGO);
    assertThat(Files.getLastModifiedTime(other)).isNotEqualTo(LONG_AGO);
    assertThat(second.changes()).isEqualTo(1);
  }

  @Test
  void fileThatIsNotWrittenAgainIsRemoved() throws IOException {
    new SourceFolder(root).write("a.b", "Gone", "class Gone {}");
    SourceFolder second = new SourceFolder(root);
    second.write("a.b", "Kept", "class Kept {}");
    second.removeOthers();
    assertThat(root.resolve("a/b/Gone.java")).doesNotExist();
    assertThat(root.resolve("a/b/Kept.java")).exists();
  }

  @Test
  void twoClassesOfOneNameAreRefused() throws IOException {
    SourceFolder folder = new SourceFolder(root);
    folder.write("a", "X", "");
    assertThatThrownBy(() -> folder.write("a", "X", "")).isInstanceOf(SchemaException.class);
  }
}
