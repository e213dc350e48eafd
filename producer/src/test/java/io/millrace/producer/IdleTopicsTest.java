package io.millrace.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Topics that nothing is sent to are forgotten, and nothing is lost or doubled by that. */
@Execution(ExecutionMode.CONCURRENT)
class IdleTopicsTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final List<DeliveryReport> reports = new CopyOnWriteArrayList<>();
  private FakeBroker broker;

  @BeforeEach
  void start() throws Exception {
    broker = new FakeBroker().topic("one", 1).topic("t", 3);
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
  }

  private Producer open(Object... settings) {
    Map<String, Object> all = new HashMap<>();
    all.put("bootstrap.servers", broker.address());
    all.put("linger.ms", 0);
    for (int i = 0; i < settings.length; i += 2) {
      all.put((String) settings[i], settings[i + 1]);
    }
    return Producer.open(all, reports::add);
  }

  private static void produce(Producer producer, String topic, String value) {
    producer.produce(topic, null, value.getBytes(UTF_8));
  }

  @Test
  void idleTopicLeavesAndItsNumbersGoOnWhenItComesBack() throws Exception {
    try (Producer producer = open("metadata.max.idle.ms", 20)) {
      for (int i = 0; i < 3; i++) {
        produce(producer, "one", "value " + i);
        assertThat(producer.flush(LONG)).isZero();
        Awaitility.await().atMost(LONG).until(() -> producer.topics() == 0);
      }
    }
    assertThat(broker.log("one", 0))
        .extracting(FakeBroker.Stored::value)
        .containsExactly("value 0", "value 1", "value 2");
    assertThat(reports).hasSize(3).allMatch(DeliveryReport::isDelivered);
    assertThat(broker.idRequests).as("epochs").hasValue(1);
  }

  @Test
  void topicThatNobodyHasLeavesToo() throws Exception {
    try (Producer producer =
        open("metadata.max.idle.ms", 20, "topic.metadata.propagation.max.ms", 50)) {
      produce(producer, "nowhere", "v");
      assertThat(producer.flush(LONG)).isZero();
      Awaitility.await().atMost(LONG).until(() -> producer.topics() == 0);
    }
    assertThat(reports).hasSize(1).noneMatch(DeliveryReport::isDelivered);
  }

  @Test
  void topicInUseStays() throws Exception {
    try (Producer producer = open("metadata.max.idle.ms", 400)) {
      long began = System.nanoTime();
      Awaitility.await()
          .atMost(LONG)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> {
            produce(producer, "t", "v");
            assertThat(producer.topics()).isEqualTo(1);
            return System.nanoTime() - began > 1_500_000_000L;
          });
    }
    assertThat(broker.metadataRequests.get()).isLessThan(5);
  }

  @Test
  void distinctTopicsDoNotPileUp() throws Exception {
    broker.createsTopics = true;
    try (Producer producer = open("metadata.max.idle.ms", 10)) {
      for (int i = 0; i < 300; i++) {
        produce(producer, "topic" + i, "v");
      }
      assertThat(producer.flush(LONG)).isZero();
      Awaitility.await().atMost(LONG).until(() -> producer.topics() == 0);
    }
    assertThat(reports).hasSize(300).allMatch(DeliveryReport::isDelivered);
  }

  /** Topics are forgotten all the time while threads send to them now and then. */
  @Test
  void everyMessageIsStoredOnceWhileTopicsAreForgotten() throws Exception {
    Map<String, Integer> wanted = new ConcurrentHashMap<>();
    try (Producer producer = open("metadata.max.idle.ms", 1)) {
      Thread[] threads = new Thread[3];
      for (int t = 0; t < threads.length; t++) {
        int number = t;
        threads[t] =
            new Thread(() -> {
              java.util.Random random = new java.util.Random(number);
              for (int i = 0; i < 400; i++) {
                String value = number + "/" + i;
                wanted.put(value, i);
                produce(producer, "one", value);
                java.util.concurrent.locks.LockSupport.parkNanos(
                    random.nextInt(3) == 0 ? random.nextInt(4_000_000) : 1000);
              }
            });
        threads[t].start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports).hasSize(1200).allMatch(DeliveryReport::isDelivered);
    assertThat(broker.log("one", 0))
        .extracting(FakeBroker.Stored::value)
        .containsExactlyInAnyOrderElementsOf(wanted.keySet());
    assertThat(broker.idRequests).as("epochs").hasValue(1);
  }

  @Test
  void keptNumbersAreBoundedAndANewEpochBegins() throws Exception {
    ConcurrentHashMap<String, TopicQueues> topics = new ConcurrentHashMap<>();
    Identity identity = new Identity(true, false, 1);
    IdleTopics idle = new IdleTopics(topics, identity, 10, 0);
    ProducerSettings settings = ProducerTable.read(Map.of("bootstrap.servers", "127.0.0.1:1"));
    BufferPool pool = new BufferPool(0);
    long now = 0;
    int partitions = 30_000;
    for (int i = 0; i < 3; i++) {
      TopicQueues topic = topic("t" + i, settings, pool, partitions);
      topic.partitions[7].nextSequence = 1000 + i;
      topics.put(topic.name, topic);
      now += 1000;
      idle.work(now);
      now += 1000;
      idle.work(now);
      assertThat(topics).isEmpty();
    }
    assertThat(idle.keptPartitions()).isEqualTo(3 * partitions);
    TopicQueues again = topic("t1", settings, pool, partitions);
    idle.remember(again, again.partitions);
    assertThat(again.partitions[7].nextSequence).isEqualTo(1001);
    assertThat(idle.keptPartitions()).isEqualTo(2 * partitions);
    TopicQueues large = topic("large", settings, pool, IdleTopics.KEPT_MAX - 2 * partitions + 1);
    topics.put("large", large);
    idle.work(now + 1000);
    idle.work(now + 2000);
    assertThat(idle.keptPartitions()).isZero();
    assertThat(identity.dueNanos()).as("a new epoch is wanted").isEqualTo(Long.MIN_VALUE);
  }

  private static TopicQueues topic(
      String name, ProducerSettings settings, BufferPool pool, int partitions) {
    TopicQueues topic = new TopicQueues(name, settings.partitioning().forTopic(name), 0);
    PartitionQueue[] queues = new PartitionQueue[partitions];
    for (int i = 0; i < partitions; i++) {
      queues[i] = new PartitionQueue(topic, i, settings.batchLimits(), pool);
    }
    topic.partitions = queues;
    return topic;
  }
}
