package io.millrace.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FrameMemoryTest {

  private final FrameMemory memory = new FrameMemory(100);

  @Test
  void roomIsTakenUntilThereIsNone() {
    assertThat(memory.take(60)).isTrue();
    assertThat(memory.take(41)).isFalse();
    assertThat(memory.take(40)).isTrue();
    assertThat(memory.take(1)).isFalse();
    memory.giveBack(60);
    assertThat(memory.take(60)).isTrue();
    assertThat(memory.taken()).isEqualTo(100);
  }

  @Test
  void oneFrameAlwaysFindsRoom() {
    assertThat(memory.take(1000)).isTrue();
    assertThat(memory.take(1)).isFalse();
  }

  @Test
  void thoseWhoWaitTryAgainInOrder() {
    List<String> tried = new ArrayList<>();
    assertThat(memory.take(100)).isTrue();
    memory.whenRoom(10, () -> tried.add("first"));
    memory.whenRoom(10, () -> tried.add("second"));
    assertThat(tried).isEmpty();
    memory.giveBack(50);
    assertThat(tried).containsExactly("first", "second");
    memory.giveBack(50);
    assertThat(tried).hasSize(2);
  }

  @Test
  void roomGivenBackJustBeforeIsNotMissed() {
    List<String> tried = new ArrayList<>();
    memory.whenRoom(10, () -> tried.add("at once"));
    assertThat(tried).containsExactly("at once");
  }

  @Test
  void oneThatIsRefusedAgainWaitsOn() {
    List<String> tried = new ArrayList<>();
    assertThat(memory.take(100)).isTrue();
    Runnable large =
        new Runnable() {
          @Override
          public void run() {
            tried.add("large");
            if (!memory.take(80)) {
              memory.whenRoom(80, this);
            }
          }
        };
    memory.whenRoom(80, large);
    memory.giveBack(50);
    assertThat(tried).hasSize(1);
    memory.giveBack(50);
    assertThat(tried).hasSize(2);
    assertThat(memory.taken()).isEqualTo(80);
  }
}
