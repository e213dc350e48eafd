package io.millrace.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyOffsetsTest {

  private static ByteBuffer key(int i) {
    return ByteBuffer.allocate(4 + i % 3).putInt(0, i);
  }

  @Test
  void theLastOffsetOfEachKeyIsKept() {
    KeyOffsets keys = new KeyOffsets(1 << 20, 5000);
    Map<Integer, Long> model = new HashMap<>();
    Random random = new Random(3);
    for (long offset = 0; offset < 5000; offset++) {
      int key = random.nextInt(2000);
      assertThat(keys.put(key(key), offset)).isTrue();
      model.put(key, offset);
    }
    for (int key = 0; key < 2000; key++) {
      assertThat(keys.get(key(key))).isEqualTo(model.getOrDefault(key, -1L));
    }
  }

  @Test
  void aFullTableTakesKnownKeysOnly() {
    KeyOffsets keys = new KeyOffsets(24 * 64, Integer.MAX_VALUE);
    int held = 0;
    while (keys.put(key(held), held)) {
      held++;
    }
    assertThat(held).isEqualTo(48);
    assertThat(keys.put(key(5), 1000)).isTrue();
    assertThat(keys.get(key(5))).isEqualTo(1000);
    assertThat(keys.get(key(held))).isEqualTo(-1);
  }
}
