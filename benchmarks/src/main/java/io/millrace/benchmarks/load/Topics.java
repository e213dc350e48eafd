package io.millrace.benchmarks.load;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * Topics of a broker, through an administrative client of this JVM. Every call waits for its end.
 */
final class Topics implements AutoCloseable {
  private static final int TIMEOUT_MS = 600_000;
  private static final int BACKOFF_MS = 20;

  private final Admin admin;

  Topics(String bootstrap) {
    admin =
        Admin.create(
            Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MS,
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MS,
                AdminClientConfig.RETRY_BACKOFF_MS_CONFIG, BACKOFF_MS,
                AdminClientConfig.RETRY_BACKOFF_MAX_MS_CONFIG, BACKOFF_MS,
                AdminClientConfig.RECONNECT_BACKOFF_MS_CONFIG, BACKOFF_MS,
                AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, BACKOFF_MS));
  }

  /**
   * Creates a topic on a broker, and waits until each partition answers.
   *
   * <p>That it has a leader is not enough: Kafka names the leaders seconds before the last of many
   * logs exists. A producer that begins then may have a first batch refused and the one behind it
   * accepted, whose sequence a new log takes as it comes; the first is then out of order for good,
   * and expires after two minutes.
   */
  static void create(String bootstrap, String topic, int partitions) {
    try (Topics topics = new Topics(bootstrap)) {
      topics.create(topic, partitions);
      topics.awaitLeaders(topic, partitions);
      topics.endOffsets(topic, partitions);
    }
  }

  /** Deletes a topic of a broker. Its files may stay for a while. */
  static void delete(String bootstrap, String topic) {
    try (Topics topics = new Topics(bootstrap)) {
      get(topics.admin.deleteTopics(List.of(topic)).all());
    }
  }

  void create(String topic, int partitions) {
    get(admin.createTopics(Set.of(new NewTopic(topic, partitions, (short) 1))).all());
  }

  void awaitLeaders(String topic, int partitions) {
    while (!hasLeaders(topic, partitions)) {
      pause();
    }
  }

  /** The end offset of each partition. */
  Map<TopicPartition, Long> endOffsets(String topic, int partitions) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    for (int i = 0; i < partitions; i++) {
      asked.put(new TopicPartition(topic, i), OffsetSpec.latest());
    }
    Map<TopicPartition, Long> ends = new HashMap<>();
    get(admin.listOffsets(asked).all())
        .forEach((partition, end) -> ends.put(partition, end.offset()));
    return ends;
  }

  @Override
  public void close() {
    admin.close();
  }

  static void pause() {
    try {
      Thread.sleep(BACKOFF_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private boolean hasLeaders(String topic, int partitions) {
    try {
      TopicDescription description =
          admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
      return description != null
          && description.partitions().size() == partitions
          && description.partitions().stream().allMatch(partition -> partition.leader() != null);
    } catch (ExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static <T> T get(KafkaFuture<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the broker refused: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
