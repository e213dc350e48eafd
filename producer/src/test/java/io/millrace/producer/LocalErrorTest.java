package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LocalErrorTest {

  @Test
  void everyNumberFromTheFirstToTheLastIsNamedOnce() {
    List<Integer> codes = Arrays.stream(LocalError.values()).map(LocalError::code).toList();
    assertThat(codes).containsExactlyElementsOf(IntStream.rangeClosed(-199, -137).boxed().toList());
  }

  /** From rdkafka.h: some in each stretch, so that none has slipped. */
  @Test
  void namesHaveTheNumbersOfLibrdkafka() {
    Map<String, Integer> some =
        Map.ofEntries(
            Map.entry("_BAD_MSG", -199),
            Map.entry("_TRANSPORT", -195),
            Map.entry("_MSG_TIMED_OUT", -192),
            Map.entry("_UNKNOWN_PARTITION", -190),
            Map.entry("_UNKNOWN_TOPIC", -188),
            Map.entry("_ALL_BROKERS_DOWN", -187),
            Map.entry("_QUEUE_FULL", -184),
            Map.entry("_SSL", -181),
            Map.entry("_PREV_IN_PROGRESS", -177),
            Map.entry("_CONFLICT", -173),
            Map.entry("_STATE", -172),
            Map.entry("_AUTHENTICATION", -169),
            Map.entry("_TIMED_OUT_QUEUE", -166),
            Map.entry("_KEY_SERIALIZATION", -162),
            Map.entry("_READ_ONLY", -157),
            Map.entry("_RETRY", -153),
            Map.entry("_PURGE_QUEUE", -152),
            Map.entry("_PURGE_INFLIGHT", -151),
            Map.entry("_FATAL", -150),
            Map.entry("_GAPLESS_GUARANTEE", -148),
            Map.entry("_MAX_POLL_EXCEEDED", -147),
            Map.entry("_FENCED", -144),
            Map.entry("_APPLICATION", -143),
            Map.entry("_LOG_TRUNCATION", -139));
    for (LocalError error : LocalError.values()) {
      Integer code = some.get(error.label());
      if (code != null) {
        assertThat(error.code()).as(error.label()).isEqualTo(code);
      }
    }
    List<String> labels = Arrays.stream(LocalError.values()).map(LocalError::label).toList();
    assertThat(labels).containsAll(some.keySet());
  }
}
