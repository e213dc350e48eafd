package io.millrace.benchmarks.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RacePayloadTest {
  @Test
  void recordsComeInTheirOrderAndThenAgain(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("payload"), "2 3 2\nk1aaak2bbb");
    RacePayload payload = RacePayload.read(file);
    StringBuilder seen = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      int at = payload.next();
      seen.append(text(payload.key(at))).append(text(payload.value(at)));
    }
    assertThat(seen).hasToString("k1aaak2bbbk1aaa");
  }

  @Test
  void aFileThatIsTooShortIsRefused(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("payload"), "2 3 2\nk1aaak2bb");
    assertThatThrownBy(() -> RacePayload.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 3 2");
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.US_ASCII);
  }
}
