package io.millrace.systemtests.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Commits of a group without members: ever larger offsets for some partitions at once. What was
 * acknowledged never goes back, and the partitions of one commit move together.
 */
final class CommitLoad implements AutoCloseable {

  private static final int PARTITIONS = 3;
  private static final Duration ANSWER = Duration.ofSeconds(3);

  private final Map<String, Object> settings;
  private final List<TopicPartition> partitions;
  private final Thread thread = new Thread(this::run, "commits");
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private volatile long attempted;
  private volatile long acknowledged;
  private volatile boolean stopped;

  CommitLoad(String bootstrap, String group, String topic) {
    this.settings =
        Map.of(
            "bootstrap.servers",
            bootstrap,
            "group.id",
            group,
            "enable.auto.commit",
            "false",
            "reconnect.backoff.max.ms",
            "100");
    this.partitions =
        IntStream.range(0, PARTITIONS).mapToObj(p -> new TopicPartition(topic, p)).toList();
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  long acknowledged() {
    return acknowledged;
  }

  private void run() {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      consumer.assign(partitions);
      while (!stopped) {
        long next = ++attempted;
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        partitions.forEach(
            partition -> offsets.put(partition, new OffsetAndMetadata(next, "commit " + next)));
        try {
          consumer.commitSync(offsets, ANSWER);
          acknowledged = next;
        } catch (RetriableException e) {
          // Not known to be done; the next one is larger anyway.
        }
      }
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    }
  }

  /** What is committed is at least what was acknowledged before this began. */
  void check() {
    if (failure.get() != null) {
      throw new AssertionError("a commit failed", failure.get());
    }
    long least = acknowledged;
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(Set.copyOf(partitions));
      long most = attempted;
      if (least == 0 && committed.values().stream().allMatch(Objects::isNull)) {
        return;
      }
      long offset = committed.get(partitions.get(0)).offset();
      assertThat(offset).as("committed offset").isBetween(least, most);
      assertThat(committed.values())
          .as("offsets of one commit")
          .allMatch(one -> one.offset() == offset && one.metadata().equals("commit " + offset));
    }
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  void finish() throws InterruptedException {
    stopped = true;
    thread.join();
    check();
  }

  @Override
  public void close() {
    stopped = true;
    thread.interrupt();
  }
}
