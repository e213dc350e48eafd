package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.PooledByteBufAllocator;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MillraceTest {

  @TempDir private Path directory;

  @Test
  void brokerInMemoryServesAProducerAndAConsumer() {
    try (Millrace millrace = Millrace.start();
        var producer = Clients.producer(millrace.kafka())) {
      for (int i = 0; i < 10; i++) {
        assertThat(Clients.send(producer, "orders", "order " + i).offset()).isEqualTo(i);
      }
      assertThat(Clients.values(millrace.kafka(), "orders")).hasSize(10).startsWith("order 0");
    }
  }

  @Test
  void brokersInMemoryShareNothing() {
    try (Millrace one = Millrace.start();
        Millrace other = Millrace.start();
        var producer = Clients.producer(one.kafka())) {
      one.createTopic("t", 1);
      other.createTopic("t", 1);
      Clients.send(producer, "t", "only here");
      assertThat(Clients.values(one.kafka(), "t")).containsExactly("only here");
      assertThat(Clients.values(other.kafka(), "t")).isEmpty();
      assertThat(one.clusterId()).isNotEqualTo(other.clusterId());
    }
  }

  @Test
  void recordsInADirectoryAreThereAfterAnotherStart() {
    try (Millrace millrace = Millrace.in(directory).start();
        var producer = Clients.producer(millrace.kafka())) {
      Clients.send(producer, "t", "kept");
    }
    try (Millrace millrace = Millrace.in(directory).start()) {
      assertThat(Clients.values(millrace.kafka(), "t")).containsExactly("kept");
    }
  }

  @Test
  void identityStaysWithTheDirectory() {
    String cluster;
    try (Millrace millrace = Millrace.in(directory).start()) {
      cluster = millrace.clusterId();
    }
    try (Millrace millrace = Millrace.in(directory).start()) {
      assertThat(millrace.clusterId()).isEqualTo(cluster);
      assertThat(millrace.nodeId()).isEqualTo(1);
    }
  }

  @Test
  void topicIsMadeWithItsSettings() {
    try (Millrace millrace = Millrace.start()) {
      millrace.createTopic("compacted", 3, Map.of("cleanup.policy", "compact"));
      assertThatThrownBy(() -> millrace.createTopic("compacted", 3))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("compacted");
      assertThatThrownBy(() -> millrace.createTopic("other", 1, Map.of("cleanup.polcy", "x")))
          .hasMessageContaining("cleanup.policy");
    }
  }

  @Test
  void unknownSettingNamesTheNearest() {
    assertThatThrownBy(() -> Millrace.inMemory().set("num.partition", "3").start())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("num.partitions");
  }

  @Test
  void closingTwiceIsHarmless() {
    Millrace millrace = Millrace.start();
    millrace.close();
    millrace.close();
  }

  @Test
  void brokerInMemoryRefusesWhatDoesNotFitAndGoesOn() {
    try (Millrace millrace = Millrace.inMemory().memoryBytes(48 << 20).start();
        var producer = Clients.producer(millrace.kafka(), Map.of("retries", 0))) {
      millrace.createTopic("t", 1);
      millrace.createTopic("other", 1);
      String large = "x".repeat(500_000);
      int stored = 0;
      Throwable refused = null;
      while (refused == null && stored < 1000) {
        try {
          producer.send(new ProducerRecord<>("t", 0, null, large)).get();
          stored++;
        } catch (ExecutionException e) {
          refused = e.getCause();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
      assertThat(refused).isInstanceOf(KafkaStorageException.class);
      assertThat(stored).isGreaterThan(20);
      assertThat(Clients.values(millrace.kafka(), "t")).hasSize(stored);
      assertThat(millrace.failed()).isNotDone();
    }
  }

  @Test
  void tooLittleMemoryIsRefused() {
    assertThatThrownBy(() -> Millrace.inMemory().memoryBytes(8 << 20))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 16777216");
  }

  @Test
  void hundredStartsAndStopsLeaveNothing() throws Exception {
    cycle(5);
    Set<String> threadsBefore = ourThreads();
    System.gc();
    long directBefore = directBytes();
    Set<String> filesBefore = openFiles();
    cycle(100);
    Awaitility.await().untilAsserted(() -> assertThat(ourThreads()).isSubsetOf(threadsBefore));
    Awaitility.await()
        .untilAsserted(() -> {
          System.gc();
          assertThat(directBytes()).isLessThan(directBefore + (4L << 20));
        });
    assertThat(openFiles()).isSubsetOf(filesBefore);
  }

  private static void cycle(int times) {
    for (int i = 0; i < times; i++) {
      try (Millrace millrace = Millrace.start()) {
        millrace.createTopic("t", 1);
        if (i % 10 == 0) {
          try (var producer = Clients.producer(millrace.kafka())) {
            Clients.send(producer, "t", "x".repeat(100_000));
          }
        }
      }
    }
  }

  private static Set<String> ourThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("millrace") || name.startsWith("globalEvent"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static long directBytes() {
    long bytes = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      bytes += pool.getMemoryUsed();
    }
    return bytes;
  }

  /** What this process has open besides jars and the JDK; nothing where that cannot be seen. */
  private static Set<String> openFiles() throws Exception {
    Path descriptors = Path.of("/proc/self/fd");
    Set<String> open = new TreeSet<>();
    if (Files.isDirectory(descriptors)) {
      try (Stream<Path> files = Files.list(descriptors)) {
        for (Path file : (Iterable<Path>) files::iterator) {
          if (Files.isSymbolicLink(file)) {
            String target = Files.readSymbolicLink(file).toString();
            if (target.startsWith("/") && target.contains("millrace") && !target.endsWith(".jar")) {
              open.add(target);
            }
          }
        }
      } catch (java.nio.file.NoSuchFileException | java.io.UncheckedIOException closedMeanwhile) {
        return openFiles();
      }
    }
    return open;
  }

  @Test
  void directoryInUseIsRefusedAndNamesTheProcess() {
    try (Millrace millrace = Millrace.in(directory).start()) {
      assertThat(millrace.failed()).isNotDone();
      assertThatThrownBy(() -> Millrace.in(directory).start())
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("in use by process " + ProcessHandle.current().pid());
    }
  }

  @Test
  void directoryOfSomethingElseIsLeftAlone() throws Exception {
    Files.writeString(directory.resolve("letter.txt"), "dear");
    assertThatThrownBy(() -> Millrace.in(directory).start())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("letter.txt");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.toList()).containsExactly(directory.resolve("letter.txt"));
    }
  }

  @Test
  void directoryOfANewerVersionIsLeftAlone() throws Exception {
    Millrace.in(directory).start().close();
    Path meta = directory.resolve("millrace.meta");
    String newer = Files.readString(meta).replace("millrace data 1", "millrace data 2");
    Files.writeString(meta, newer);
    assertThatThrownBy(() -> Millrace.in(directory).start())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("format version 2");
    assertThat(Files.readString(meta)).isEqualTo(newer);
  }

  @Test
  void journalElsewhereIsPartOfTheDirectory() {
    Path data = directory.resolve("data");
    Path journals = directory.resolve("journals");
    try (Millrace millrace = Millrace.in(data).journals(journals).start();
        var producer = Clients.producer(millrace.kafka())) {
      Clients.send(producer, "t", "kept");
      assertThatThrownBy(() -> Millrace.in(directory.resolve("other")).journals(journals).start())
          .isInstanceOf(ConfigurationException.class);
    }
    assertThat(journals.resolve("shards")).isDirectory();
    assertThatThrownBy(() -> Millrace.in(data).start())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(journals.toString());
    try (Millrace millrace = Millrace.in(data).journals(journals).start()) {
      assertThat(Clients.values(millrace.kafka(), "t")).containsExactly("kept");
    }
  }

  @Test
  void numberOfShardsIsFixed() {
    Millrace.in(directory).set("num.shards", "2").start().close();
    assertThatThrownBy(() -> Millrace.in(directory).set("num.shards", "3").start())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("num.shards=2");
    try (Millrace millrace = Millrace.in(directory).set("num.shards", "2").start()) {
      assertThat(List.of(millrace.kafka())).isNotEmpty();
    }
  }
}
