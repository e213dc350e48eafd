package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PositionTest {

  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  private static Position parse(String text) {
    return Position.parse("--from", Position.FORMS, text, BERLIN);
  }

  @Test
  void theEndsAreWords() {
    assertThat(parse("earliest")).isEqualTo(new Position.Earliest());
    assertThat(parse("latest")).isEqualTo(new Position.Latest());
  }

  @Test
  void anOffsetIsANumber() {
    assertThat(parse("offset:0")).isEqualTo(new Position.Offset(0));
    assertThat(parse("offset:9223372036854775807")).isEqualTo(new Position.Offset(Long.MAX_VALUE));
  }

  @Test
  void aMoveGoesOnOrBack() {
    assertThat(parse("by:5")).isEqualTo(new Position.By(5));
    assertThat(parse("by:+5")).isEqualTo(new Position.By(5));
    assertThat(parse("by:-5")).isEqualTo(new Position.By(-5));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-31T12:00:00Z, 2026-01-31T12:00:00Z",
    "2026-01-31T12:00:00.250Z, 2026-01-31T12:00:00.250Z",
    "2026-01-31T12:00:00+05:00, 2026-01-31T07:00:00Z",
    "2026-01-31T12:00:00, 2026-01-31T11:00:00Z",
    "2026-01-31T12:00, 2026-01-31T11:00:00Z",
    "2026-07-31T12:00, 2026-07-31T10:00:00Z",
    "2026-01-31, 2026-01-30T23:00:00Z",
    "1960-01-01, 1970-01-01T00:00:00Z",
    "1969-12-31T23:59:59.999Z, 1970-01-01T00:00:00Z",
  })
  void aTimeWithoutAZoneIsLocal(String text, Instant expected) {
    assertThat(parse("time:" + text)).isEqualTo(new Position.Time(expected.toEpochMilli()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "first",
        "offset",
        "offset:",
        "offset:-1",
        "offset:x",
        "offset:1e3",
        "by:",
        "by:x",
        "offset:9223372036854775808",
        "time:",
        "time:yesterday",
        "time:2026-13-01",
        "time:2026-01-31T25:00:00Z",
        "EARLIEST",
        "earliest:1",
        "time:2026-01-31T12:00:00+99:00",
      })
  void anythingElseIsRefused(String text) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOfSatisfying(
            CommandFailure.class, failure -> assertThat(failure.exit()).isEqualTo(Exit.USAGE))
        .hasMessageStartingWith("--from ");
  }
}
