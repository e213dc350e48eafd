package io.millrace.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeysTest {

  private static String text(byte[] key) {
    return new String(key, UTF_8);
  }

  private static byte[] bytes(String key) {
    return key.getBytes(UTF_8);
  }

  @Test
  void compoundKeyIsItsPartsWithColons() {
    assertThat(text(Keys.compound("tenant-7", "order-12"))).isEqualTo("tenant-7:order-12");
    assertThat(text(Keys.compound("alone"))).isEqualTo("alone");
    assertThatIllegalArgumentException().isThrownBy(() -> Keys.compound());
  }

  @Test
  void differentPartsMakeDifferentKeysAndComeBack() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Set<List<String>> seen = new HashSet<>();
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < 20_000; i++) {
      String[] parts = new String[1 + random.nextInt(3)];
      for (int j = 0; j < parts.length; j++) {
        StringBuilder part = new StringBuilder();
        for (int n = random.nextInt(4); n > 0; n--) {
          part.append("a:\\é".charAt(random.nextInt(4)));
        }
        parts[j] = part.toString();
      }
      byte[] key = Keys.compound(parts);
      assertThat(Keys.parts(key)).as("seed %s", seed).containsExactly(parts);
      seen.add(Arrays.asList(parts));
      keys.add(text(key));
    }
    assertThat(keys).hasSameSizeAs(seen);
  }

  @Test
  void compoundKeySpreadsAHotTenant() {
    Set<Integer> partitions = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      partitions.add(Keys.partitionOf("murmur2", Keys.compound("hot", "order-" + i), 12));
    }
    assertThat(partitions).hasSize(12);
  }

  @Test
  void saltedKeyIsOneOfSoManyAndComesBack() {
    byte[] key = {1, (byte) 200, '#', '3'};
    Set<String> salted = new HashSet<>();
    for (int i = 0; i < 2000; i++) {
      byte[] one = Keys.salted(key, 12);
      salted.add(Arrays.toString(one));
      assertThat(Keys.unsalted(one)).isEqualTo(key);
    }
    assertThat(salted).hasSize(12);
    assertThat(text(Keys.salted(bytes("user-1"), 4, 7))).isEqualTo("user-1#3");
    assertThat(text(Keys.salted(bytes("user-1"), 4, -1))).isEqualTo("user-1#3");
    assertThat(Keys.unsalted(Keys.salted(new byte[0], 1))).isEmpty();
  }

  @Test
  void whatIsNotSaltedIsRefused() {
    for (String key : List.of("", "user", "user#", "user-12", "12")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Keys.unsalted(bytes(key)))
          .withMessageContaining("not salted");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> Keys.salted(bytes("k"), 0));
    assertThatIllegalArgumentException().isThrownBy(() -> Keys.salted(bytes("k"), 0, 1));
  }

  @Test
  void partitionOfIsRefusedForPartitionersThatIgnoreTheKey() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Keys.partitionOf("round_robin", bytes("k"), 3))
        .withMessageContaining("does not go by the key");
  }
}
