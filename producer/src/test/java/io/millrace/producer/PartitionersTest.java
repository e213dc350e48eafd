package io.millrace.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.record.Header;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PartitionersTest {

  private static final byte[] VALUE = "value".getBytes(UTF_8);
  private static final String LONGER = "this is another string with more length to it perhaps";

  private static PartitionQueue[] queues(int count) {
    TopicQueues topic = new TopicQueues("t", new RandomPartitioning(), System.nanoTime());
    BatchLimits limits = new BatchLimits(10_000, 1_000_000, 1_000_000, 1L << 40);
    BufferPool pool = new BufferPool(1 << 20);
    PartitionQueue[] queues = new PartitionQueue[count];
    for (int i = 0; i < count; i++) {
      queues[i] = new PartitionQueue(topic, i, limits, pool);
      queues[i].leader = 1;
    }
    return queues;
  }

  private static Partitioning partitioning(Object... pairs) {
    Map<String, Object> all = new java.util.HashMap<>(Map.of("bootstrap.servers", "127.0.0.1:1"));
    for (int i = 0; i < pairs.length; i += 2) {
      all.put((String) pairs[i], pairs[i + 1]);
    }
    return ProducerTable.read(all).partitioning().forTopic("t");
  }

  private static int choose(Partitioning by, byte @Nullable [] key, PartitionQueue[] queues) {
    return by.choose(key, VALUE, null, queues, 0);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  // --- hashes ---

  @Test
  void murmurIsThatOfKafkasClientsOnRandomKeys() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    PartitionQueue[] queues = queues(1 + random.nextInt(100));
    Partitioning murmur2 = partitioning("partitioner", "murmur2");
    Partitioning byDefault = partitioning();
    for (int i = 0; i < 10_000; i++) {
      byte[] key = new byte[random.nextInt(200)];
      random.nextBytes(key);
      assertThat(KeyHash.murmur2(key)).as("seed %s", seed).isEqualTo(Utils.murmur2(key));
      int kafkas = BuiltInPartitioner.partitionForKey(key, queues.length);
      assertThat(choose(murmur2, key, queues)).as("seed %s", seed).isEqualTo(kafkas);
      assertThat(choose(byDefault, key, queues)).as("seed %s", seed).isEqualTo(kafkas);
    }
  }

  /** From librdkafka's src/rdfnv1a.c, which has them from Go's hash/fnv. */
  @Test
  void fnv1aIsThatOfLibrdkafka() {
    String unaligned = "PreAmbleWillBeRemoved,ThePrePartThatIs";
    Map<String, Integer> vectors =
        Map.ofEntries(
            Map.entry("kafka", 0xd33c4e1),
            Map.entry("giberish123456789", 0x77a58295),
            Map.entry("1234", 0x23bdd03),
            Map.entry("234", 0x2dea3cd2),
            Map.entry("34", 0x740fa83e),
            Map.entry("4", 0x310ca263),
            Map.entry(unaligned, 0x65cbd69c),
            Map.entry(unaligned.substring(1), 0x6e49c79a),
            Map.entry(unaligned.substring(2), 0x69eed356),
            Map.entry(unaligned.substring(3), 0x6abcc023),
            Map.entry("", 0x7ee3623b));
    vectors.forEach((key, hash) -> assertThat(KeyHash.fnv1a(bytes(key))).as(key).isEqualTo(hash));
  }

  /** From librdkafka's tests/0048-partitioner.c: null, empty and three keys; -1 for any. */
  @Test
  void partitionsAreThoseOfLibrdkafka() {
    Map<String, long[]> vectors =
        Map.of(
            "consistent", new long[] {0, 0, 0xb1b451d7L, 0xb0150df7L, 0xd077037eL},
            "consistent_random", new long[] {-1, -1, 0xb1b451d7L, 0xb0150df7L, 0xd077037eL},
            "murmur2", new long[] {0x106e08d9L, 0x106e08d9L, 0x058d780fL, 0x4f7703daL, 0x5ec19395L},
            "murmur2_random", new long[] {-1, 0x106e08d9L, 0x058d780fL, 0x4f7703daL, 0x5ec19395L},
            "fnv1a", new long[] {0x7ee3623bL, 0x7ee3623bL, 0x27e6f469L, 0x155e3e5fL, 0x17b1e27aL},
            "fnv1a_random", new long[] {-1, 0x7ee3623bL, 0x27e6f469L, 0x155e3e5fL, 0x17b1e27aL},
            "random", new long[] {-1, -1, -1, -1, -1});
    byte[][] keys = {null, {}, bytes("23456"), bytes(LONGER), bytes("hejsan")};
    for (int partitions : new int[] {1, 7, 17, 1000}) {
      PartitionQueue[] queues = queues(partitions);
      vectors.forEach((name, hashes) -> {
        Partitioning by = partitioning("partitioner", name, "sticky.partitioning.linger.ms", 0);
        for (int i = 0; i < keys.length; i++) {
          assertThat(Keys.decides(name, keys[i])).as(name + " " + i).isEqualTo(hashes[i] >= 0);
          if (hashes[i] >= 0) {
            int expected = (int) (hashes[i] % partitions);
            assertThat(choose(by, keys[i], queues)).as(name + " " + i).isEqualTo(expected);
            assertThat(Keys.partitionOf(name, keys[i], partitions)).isEqualTo(expected);
          } else if (partitions == 17) {
            assertThat(countsOf(by, keys[i], queues, 17_000))
                .as(name + " " + i)
                .noneMatch(n -> n == 0);
          }
        }
      });
    }
  }

  private static int[] counts(
      Partitioning by, byte @Nullable [] key, PartitionQueue[] queues, int of) {
    int[] counts = new int[queues.length];
    for (int i = 0; i < of; i++) {
      counts[choose(by, key, queues)]++;
    }
    return counts;
  }

  private static IntStream stream(int[] counts) {
    return Arrays.stream(counts);
  }

  private static List<Integer> countsOf(
      Partitioning by, byte @Nullable [] key, PartitionQueue[] queues, int of) {
    return stream(counts(by, key, queues, of)).boxed().toList();
  }

  // --- without a key ---

  @Test
  void randomIsUniform() {
    Partitioning random = partitioning("partitioner", "random");
    int[] counts = counts(random, bytes("k"), queues(10), 100_000);
    double chiSquare = stream(counts).mapToDouble(n -> Math.pow(n - 10_000, 2) / 10_000).sum();
    // Nine degrees of freedom: more than 50 comes once in ten million runs.
    assertThat(chiSquare).isLessThan(50);
  }

  @Test
  void roundRobinGivesEachTheSameAndStickyGivesRuns() {
    PartitionQueue[] queues = queues(6);
    Partitioning roundRobin = partitioning("partitioner", "round_robin", "linger.ms", 0);
    assertThat(counts(roundRobin, null, queues, 600)).containsOnly(100);
    Partitioning sticky = partitioning("partitioner", "sticky", "linger.ms", 0);
    assertThat(runs(sticky, queues, 600)).hasSize(1);
  }

  private static List<Integer> runs(Partitioning by, PartitionQueue[] queues, int of) {
    List<Integer> runs = new ArrayList<>();
    int last = -1;
    for (int i = 0; i < of; i++) {
      int chosen = choose(by, null, queues);
      if (chosen == last) {
        runs.set(runs.size() - 1, runs.get(runs.size() - 1) + 1);
      } else {
        runs.add(1);
      }
      last = chosen;
    }
    return runs;
  }

  @Test
  void runEndsWithItsTime() {
    PartitionQueue[] queues = queues(50);
    Partitioning sticky = partitioning("sticky.partitioning.linger.ms", 10);
    int first = sticky.choose(null, VALUE, null, queues, 0);
    for (long nanos = 0; nanos < 10_000_000; nanos += 1_000_000) {
      assertThat(sticky.choose(null, VALUE, null, queues, nanos)).isEqualTo(first);
    }
    assertThat(sticky.choose(null, VALUE, null, queues, 10_000_000)).isNotEqualTo(first);
  }

  @Test
  void aMillionWithoutKeySpreadEvenly() {
    PartitionQueue[] queues = queues(12);
    int[] counts = new int[12];
    Partitioning byDefault = partitioning();
    byte[] value = new byte[100];
    for (int i = 0; i < 1_000_000; i++) {
      counts[byDefault.choose(null, value, null, queues, i * 1000L)]++;
    }
    int most = stream(counts).max().orElseThrow();
    int least = stream(counts).min().orElseThrow();
    assertThat(most - least).isLessThan(1_000_000 / 12 / 20);
  }

  @Test
  void partitionWithoutLeaderIsLeftOutWhileOthersHaveOne() {
    PartitionQueue[] queues = queues(4);
    for (String name : List.of("sticky", "round_robin")) {
      Partitioning by = partitioning("partitioner", name);
      queues[2].leader = -1;
      int[] counts = counts(by, null, queues, 100_000);
      assertThat(counts[2]).as(name).isZero();
      assertThat(counts[3]).as(name).isPositive();
      for (PartitionQueue queue : queues) {
        queue.leader = -1;
      }
      assertThat(stream(counts(by, null, queues, 100_000)).allMatch(n -> n > 0)).as(name).isTrue();
      for (PartitionQueue queue : queues) {
        queue.leader = 1;
      }
    }
  }

  @Test
  void runIsLeftWhenItsLeaderGoes() {
    PartitionQueue[] queues = queues(4);
    Partitioning by = partitioning();
    int first = choose(by, null, queues);
    queues[first].leader = -1;
    assertThat(choose(by, null, queues)).isNotEqualTo(first);
  }

  @Test
  void partitionWithALongQueueIsGivenLessIfAdaptive() {
    PartitionQueue[] queues = queues(4);
    byte[] value = new byte[10_000];
    for (int i = 0; i < 200; i++) {
      queues[1].append(0, null, value, null, 10_100, 10_000, null, null, Long.MAX_VALUE, 0);
    }
    assertThat(counts(partitioning(), null, queues, 100_000)[1]).isZero();
    Partitioning equal = partitioning("partitioner.adaptive.partitioning.enable", false);
    assertThat(counts(equal, null, queues, 100_000)[1]).isPositive();
  }

  @Test
  void growingTopicIsUsedWhole() {
    Partitioning by = partitioning();
    counts(by, null, queues(2), 10_000);
    assertThat(stream(counts(by, null, queues(5), 100_000)).allMatch(n -> n > 0)).isTrue();
    assertThat(stream(counts(by, null, queues(2), 10_000)).sum()).isEqualTo(10_000);
  }

  @Test
  void keysAreIgnoredIfSaid() {
    PartitionQueue[] queues = queues(6);
    Partitioning by = partitioning("partitioner.ignore.keys", true);
    int[] counts = counts(by, bytes("one key"), queues, 200_000);
    assertThat(stream(counts).allMatch(n -> n > 0)).isTrue();
  }

  // --- the application's own ---

  /** The region example of the notes. */
  @Test
  void ownPartitionerGetsWholeMessage() {
    Map<String, Integer> regions = Map.of("us-east", 0, "us-west", 1, "eu", 2);
    Partitioner byRegion =
        (topic, key, value, headers, partitions, available) -> {
          assertThat(topic).isEqualTo("t");
          assertThat(value).isEqualTo(VALUE);
          assertThat(headers).hasSize(1);
          assertThat(partitions).isEqualTo(3);
          if (key == null) {
            return IntStream.range(0, partitions).filter(available).findFirst().orElse(0);
          }
          String text = new String(key, UTF_8);
          return regions.getOrDefault(text.substring(0, text.lastIndexOf("-user")), 0);
        };
    Partitioning by = partitioning("partitioner", byRegion);
    PartitionQueue[] queues = queues(3);
    List<Header> headers = List.of(new Header("h", ByteBuffer.wrap(VALUE)));
    assertThat(by.choose(bytes("us-west-user-123"), VALUE, headers, queues, 0)).isEqualTo(1);
    assertThat(by.choose(bytes("eu-user-123"), VALUE, headers, queues, 0)).isEqualTo(2);
    queues[0].leader = -1;
    assertThat(by.choose(null, VALUE, headers, queues, 0)).isEqualTo(1);
  }

  @Test
  void ownPartitionerThatThrowsIsAnErrorOfTheApplication() {
    Partitioner broken =
        (topic, key, value, headers, partitions, available) -> {
          throw new IllegalStateException("no region");
        };
    Partitioning by = partitioning("partitioner", broken);
    assertThatThrownBy(() -> choose(by, null, queues(3)))
        .isInstanceOfSatisfying(
            ProducerException.class,
            e -> assertThat(e.error().code()).isEqualTo(LocalError.APPLICATION.code()))
        .hasMessageContaining("no region")
        .hasRootCauseInstanceOf(IllegalStateException.class);
  }

  @Test
  void partitionerThatDoesNotExistIsRefused() {
    assertThatThrownBy(() -> partitioning("partitioner", "murmur3"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "partitioner cannot be \"murmur3\": it wants one of murmur2_random");
  }
}
