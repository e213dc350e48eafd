package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ResetTargetTest {

  private static final ResetTarget SOME = new ResetTarget(10, 20, 15L);
  private static final ResetTarget NONE_COMMITTED = new ResetTarget(10, 20, null);

  private static long of(ResetTarget target, Position position) {
    return target.of(position, -1, "t-0");
  }

  @Test
  void theEndsAreTheLogs() {
    assertThat(of(SOME, new Position.Earliest())).isEqualTo(10);
    assertThat(of(SOME, new Position.Latest())).isEqualTo(20);
  }

  @Test
  void aTimeWithoutRecordsIsTheEnd() {
    assertThat(SOME.of(new Position.Time(5), 12, "t-0")).isEqualTo(12);
    assertThat(SOME.of(new Position.Time(5), -1, "t-0")).isEqualTo(20);
  }

  @Test
  void anOffsetMustBeThere() {
    assertThat(of(SOME, new Position.Offset(10))).isEqualTo(10);
    assertThat(of(SOME, new Position.Offset(20))).isEqualTo(20);
    assertThatThrownBy(() -> of(SOME, new Position.Offset(9)))
        .hasMessage("t-0 has no offset 9: it begins at 10 and ends at 20");
    assertThatThrownBy(() -> of(SOME, new Position.Offset(21))).isInstanceOf(CommandFailure.class);
  }

  @Test
  void aMoveStopsAtTheEnds() {
    assertThat(of(SOME, new Position.By(-2))).isEqualTo(13);
    assertThat(of(SOME, new Position.By(2))).isEqualTo(17);
    assertThat(of(SOME, new Position.By(-6))).isEqualTo(10);
    assertThat(of(SOME, new Position.By(Long.MAX_VALUE))).isEqualTo(20);
    assertThat(of(SOME, new Position.By(Long.MIN_VALUE))).isEqualTo(10);
    assertThat(of(new ResetTarget(10, 20, 3L), new Position.By(0))).isEqualTo(10);
  }

  @Test
  void aMoveNeedsAPlaceToBegin() {
    assertThatThrownBy(() -> of(NONE_COMMITTED, new Position.By(1)))
        .hasMessage("the group has committed nothing in t-0 to go on from");
    assertThat(of(NONE_COMMITTED, new Position.Latest())).isEqualTo(20);
  }
}
