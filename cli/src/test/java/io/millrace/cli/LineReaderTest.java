package io.millrace.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineReaderTest {

  private static List<String> lines(String text) throws IOException {
    LineReader reader = new LineReader(new ByteArrayInputStream(text.getBytes(UTF_8)), 1 << 20);
    List<String> lines = new ArrayList<>();
    for (byte[] line; (line = reader.next()) != null; ) {
      lines.add(new String(line, UTF_8));
    }
    assertThat(reader.number()).isEqualTo(lines.size());
    return lines;
  }

  @Test
  void aNewlineEndsALine() throws IOException {
    assertThat(lines("a\nb\n")).containsExactly("a", "b");
    assertThat(lines("a\nb")).containsExactly("a", "b");
    assertThat(lines("")).isEmpty();
  }

  @Test
  void emptyLinesCount() throws IOException {
    assertThat(lines("\n\na\n\n")).containsExactly("", "", "a", "");
  }

  @Test
  void nothingElseIsTakenAway() throws IOException {
    assertThat(lines(" a \r\n\tb\r")).containsExactly(" a \r", "\tb\r");
  }

  @Test
  void aLineMayBeLongerThanABuffer() throws IOException {
    String line = "0123456789".repeat(30_000);
    assertThat(lines(line + "\n" + line)).containsExactly(line, line);
  }

  @Test
  void aLineBeyondTheLimitIsRefused() throws IOException {
    LineReader reader = new LineReader(new ByteArrayInputStream("ab\nabcd".getBytes(UTF_8)), 3);
    assertThat(reader.next()).asString(UTF_8).isEqualTo("ab");
    assertThatThrownBy(reader::next).hasMessage("line 2 is longer than 3 B");
  }
}
