package io.millrace.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LocalErrorTest {

  @Test
  void everyNumberFromTheFirstToTheLastIsNamedOnce() {
    List<Integer> codes = Arrays.stream(LocalError.values()).map(LocalError::code).toList();
    assertThat(codes).containsExactlyElementsOf(IntStream.rangeClosed(-199, -137).boxed().toList());
  }

  @Test
  void namesAndNumbersAreThoseOfLibrdkafka() throws IOException {
    try (InputStream in = LocalErrorTest.class.getResourceAsStream("librdkafka-errors.txt")) {
      List<String> theirs =
          new String(in.readAllBytes(), UTF_8)
              .lines()
              .filter(line -> !line.startsWith("#"))
              .toList();
      assertThat(Arrays.stream(LocalError.values()).map(e -> e.label() + " " + e.code()))
          .containsExactlyElementsOf(theirs);
    }
  }
}
