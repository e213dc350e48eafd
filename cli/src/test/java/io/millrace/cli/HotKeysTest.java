package io.millrace.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HotKeysTest {

  private static byte[] bytes(String key) {
    return key.getBytes(UTF_8);
  }

  private static String text(HotKeys.Hot hot) {
    return new String(hot.key(), UTF_8);
  }

  @Test
  void countsAreExactAsLongAsKeysFit() {
    HotKeys hot = new HotKeys(3, 100);
    for (String key : "a b c b c c".split(" ")) {
      hot.add(bytes(key));
    }
    assertThat(hot.error()).isZero();
    assertThat(hot.size()).isEqualTo(3);
    List<HotKeys.Hot> top = hot.top(2);
    assertThat(top).extracting(HotKeysTest::text).containsExactly("c", "b");
    assertThat(top).extracting(HotKeys.Hot::count).containsExactly(3L, 2L);
  }

  @Test
  void noCountIsTooLowNorTooHighByMoreThanIsSaid() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    HotKeys hot = new HotKeys(200, 1 << 20);
    Map<String, Long> truth = new HashMap<>();
    int records = 100_000;
    for (int i = 0; i < records; i++) {
      String key = "key " + (int) (10_000 * Math.pow(random.nextDouble(), 4));
      truth.merge(key, 1L, Long::sum);
      hot.add(bytes(key));
    }
    assertThat(hot.size()).isEqualTo(200);
    assertThat(hot.error()).as("seed %s", seed).isPositive().isLessThanOrEqualTo(records / 200);
    List<HotKeys.Hot> top = hot.top(200);
    for (HotKeys.Hot one : top) {
      long really = truth.get(text(one));
      assertThat(one.count()).as("%s, seed %s", text(one), seed).isGreaterThanOrEqualTo(really);
      assertThat(one.count() - one.error()).isLessThanOrEqualTo(really);
      assertThat(one.error()).isLessThanOrEqualTo(hot.error());
    }
    List<String> held = top.stream().map(HotKeysTest::text).toList();
    truth.forEach((key, count) -> {
      if (count > hot.error()) {
        assertThat(held).as("seed %s", seed).contains(key);
      }
    });
  }

  @Test
  void bytesOfKeysAreBoundedToo() {
    HotKeys hot = new HotKeys(1000, 100);
    for (int i = 0; i < 500; i++) {
      hot.add(bytes("a key of some twenty bytes " + i));
      hot.add(bytes("hot"));
    }
    assertThat(hot.size()).isBetween(2, 4);
    assertThat(text(hot.top(1).get(0))).isEqualTo("hot");
    assertThat(hot.top(1).get(0).count()).isEqualTo(500);
    hot.add(new byte[1000]);
    assertThat(hot.size()).isEqualTo(1);
  }

  @Test
  void keysAreAboutAsManyAsTheyAre() {
    for (int keys : new int[] {0, 1, 10_000, 300_000}) {
      DistinctKeys distinct = new DistinctKeys();
      for (int i = 0; i < 2 * keys; i++) {
        distinct.add(bytes("user-" + i % Math.max(1, keys)));
      }
      long error = keys <= 10_000 ? 0 : Math.round(4 * DistinctKeys.ERROR * keys);
      assertThat(distinct.estimate()).isBetween(keys - error, keys + error);
    }
  }
}
