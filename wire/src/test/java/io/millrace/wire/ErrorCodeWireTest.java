package io.millrace.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class ErrorCodeWireTest {

  @Test
  void errorsAreKafkasInNumberNameAndRetriability() {
    assertThat(ErrorCode.values()).hasSize(Errors.values().length);
    for (Errors kafka : Errors.values()) {
      ErrorCode error = ErrorCode.valueOf(kafka.name());
      assertThat(error.code()).as(kafka.name()).isEqualTo(kafka.code());
      assertThat(error.retriable())
          .as(kafka.name())
          .isEqualTo(kafka.exception() instanceof RetriableException);
      assertThat(ErrorCode.forCode(kafka.code())).isSameAs(error);
    }
  }

  @Test
  void codeThatIsNotKnownIsAnUnknownServerError() {
    assertThat(ErrorCode.forCode(-2)).isSameAs(ErrorCode.UNKNOWN_SERVER_ERROR);
    assertThat(ErrorCode.forCode(-1)).isSameAs(ErrorCode.UNKNOWN_SERVER_ERROR);
    assertThat(ErrorCode.forCode(30_000)).isSameAs(ErrorCode.UNKNOWN_SERVER_ERROR);
  }

  @Test
  void everyErrorHasASentenceOfItsOwn() {
    Set<String> messages = new HashSet<>();
    Arrays.stream(ErrorCode.values())
        .forEach(error -> {
          assertThat(error.message()).as(error.name()).matches("[A-Z\\w].*\\.");
          assertThat(messages.add(error.message())).as(error.name()).isTrue();
        });
  }
}
