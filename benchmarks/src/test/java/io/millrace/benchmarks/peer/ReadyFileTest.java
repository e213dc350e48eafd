package io.millrace.benchmarks.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ReadyFileTest {
  @Test
  void addressAndProcessAreFound() {
    assertThat(
            ReadyFile.parse(
                "{\"version\":1,\"pid\":4242,\"node\":1,\"data\":\"d\",\"kafka\":\"127.0.0.1:9092\",\"amqp\":null}"))
        .isEqualTo(new ReadyFile("127.0.0.1:9092", 4242));
  }

  @Test
  void aListenerThatIsOffIsRefused() {
    assertThatThrownBy(() -> ReadyFile.parse("{\"pid\":1,\"kafka\":null}"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
