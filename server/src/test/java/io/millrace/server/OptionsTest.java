package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OptionsTest {

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    "group.min.session.timeout.ms, 100000, group.max.session.timeout.ms, 10",
    "journal.slow.bytes, 3000000000, journal.max.bytes, 2147483648",
    "journal.checkpoint.bytes, 200000, journal.max.bytes, 100000",
    "message.max.bytes, 100000000, socket.request.max.bytes, 16777216",
  })
  void settingsThatContradictEachOtherAreBothNamed(
      String less, String tooMuch, String more, String tooLittle) {
    Path data = directory.resolve("data");
    assertThatThrownBy(
            () -> Millrace.in(data).set(less, tooMuch).set(more, tooLittle).start().close())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(less + "=" + tooMuch)
        .hasMessageContaining(more + "=" + tooLittle);
    assertThat(data).doesNotExist();
  }

  @Test
  void aLimitMayBeWhatItIsBoundBy() {
    Millrace.inMemory()
        .set("group.min.session.timeout.ms", "1000")
        .set("group.max.session.timeout.ms", "1000")
        .start()
        .close();
  }

  @Test
  void aDirectoryThatCannotBeMadeIsSaidInWords() {
    assertThatThrownBy(() -> Millrace.in(Path.of("/proc/no-such")).start())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("/proc/no-such")
        .hasMessageNotContaining("Exception");
  }
}
