package io.millrace.wire.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VersionsTest {

  @ParameterizedTest
  @ValueSource(strings = {"none", "0", "7", "0-4", "2+"})
  void rangesAreWrittenAsTheyAreRead(String text) {
    assertThat(Versions.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "+", "-", "4-", "-4", "4-2", "a", "1-b", "40000"})
  void whatIsNoRangeIsRefused(String text) {
    assertThatThrownBy(() -> Versions.parse(text)).isInstanceOf(SchemaException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "0+,   4-18, true,                          false",
    "12+,  4-18, version >= 12,                 version < 12",
    "0-12, 4-18, version <= 12,                 version > 12",
    "7-12, 4-18, version >= 7 && version <= 12, (version < 7 || version > 12)",
    "18+,  4-18, version >= 18,                 version < 18",
    "4,    4-18, version == 4,                  version > 4",
    "0-3,  4-18, false,                         true",
    "none, 4-18, false,                         true"
  })
  void testsAreAsShortAsTheOtherVersionsAllow(
      String wanted, String among, String test, String testNot) {
    Versions versions = Versions.parse(wanted);
    assertThat(versions.test(Versions.parse(among))).isEqualTo(test);
    assertThat(versions.testNot(Versions.parse(among))).isEqualTo(testNot);
  }

  @Test
  void rangesOverlapOrDoNot() {
    Versions middle = Versions.parse("3-5");
    assertThat(middle.intersect(Versions.parse("4+"))).isEqualTo(Versions.parse("4-5"));
    assertThat(middle.intersect(Versions.parse("6+"))).isEqualTo(Versions.NONE);
    assertThat(middle.covers(Versions.parse("4"))).isTrue();
    assertThat(middle.covers(Versions.parse("4-6"))).isFalse();
    assertThat(middle.covers(Versions.NONE)).isTrue();
  }
}
