package io.millrace.systemtests.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Makes topics, writes a record into each partition, and deletes most of them again. A topic that
 * was acknowledged is there with its partitions, a deletion that was acknowledged is not undone.
 */
final class TopicLoad implements AutoCloseable {

  private static final String PREFIX = "made-";
  private static final int PARTITIONS_MAX = 5;
  private static final int KEPT_ONE_IN = 3;

  private final Map<String, Object> settings;
  private final Random random;
  private final Thread thread = new Thread(this::run, "topics");
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  // Guarded by this.
  private final Map<String, State> topics = new TreeMap<>();

  private volatile boolean stopped;

  /**
   * What is known of a topic.
   *
   * @param mayBeThere whether it may exist
   * @param mustBeThere whether it must
   */
  private record State(int partitions, boolean mayBeThere, boolean mustBeThere) {}

  TopicLoad(String bootstrap, Random random) {
    this.random = random;
    this.settings =
        Map.of(
            "bootstrap.servers",
            bootstrap,
            "reconnect.backoff.max.ms",
            "100",
            "default.api.timeout.ms",
            "4000",
            "request.timeout.ms",
            "2000");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  synchronized int made() {
    return topics.size();
  }

  private void run() {
    try (Admin admin = Admin.create(settings);
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                Map.of(
                    "bootstrap.servers",
                    settings.get("bootstrap.servers"),
                    "reconnect.backoff.max.ms",
                    "100",
                    "max.block.ms",
                    "2000",
                    "request.timeout.ms",
                    "2000",
                    // What was sent to a topic that is gone is given up soon.
                    "delivery.timeout.ms",
                    "3000",
                    "linger.ms",
                    "0"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      for (int i = 0; !stopped; i++) {
        String name = PREFIX + i;
        int partitions = 1 + random.nextInt(PARTITIONS_MAX);
        know(name, new State(partitions, true, false));
        if (!create(admin, name, partitions)) {
          continue;
        }
        know(name, new State(partitions, true, true));
        for (int p = 0; p < partitions; p++) {
          producer.send(new ProducerRecord<>(name, p, null, new byte[random.nextInt(3000)]));
        }
        if (random.nextInt(KEPT_ONE_IN) > 0) {
          know(name, new State(partitions, true, false));
          if (delete(admin, name)) {
            know(name, new State(partitions, false, false));
          }
        }
      }
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    }
  }

  private synchronized void know(String name, State state) {
    topics.put(name, state);
  }

  private static boolean create(Admin admin, String name, int partitions)
      throws InterruptedException, ExecutionException {
    try {
      admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1))).all().get();
      return true;
    } catch (ExecutionException e) {
      // Asked again after a lost answer, the broker says that the topic is there already.
      if (e.getCause() instanceof TopicExistsException) {
        return true;
      }
      if (e.getCause() instanceof RetriableException) {
        return false;
      }
      throw e;
    }
  }

  private static boolean delete(Admin admin, String name)
      throws InterruptedException, ExecutionException {
    try {
      admin.deleteTopics(List.of(name)).all().get();
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return true;
      }
      if (e.getCause() instanceof RetriableException) {
        return false;
      }
      throw e;
    }
  }

  /** Compares what was known before this began with what the broker has. */
  void check() throws ExecutionException, InterruptedException {
    if (failure.get() != null) {
      throw new AssertionError("a topic could not be made or deleted", failure.get());
    }
    Map<String, State> before;
    synchronized (this) {
      before = new TreeMap<>(topics);
    }
    try (Admin admin = Admin.create(settings)) {
      List<String> there =
          admin.listTopics().names().get().stream().filter(n -> n.startsWith(PREFIX)).toList();
      Map<String, State> after;
      synchronized (this) {
        after = new TreeMap<>(topics);
      }
      before.forEach((name, state) -> {
        boolean still = state.mustBeThere && after.get(name).mustBeThere;
        if (still) {
          assertThat(there).as("topics").contains(name);
        } else if (!state.mayBeThere) {
          assertThat(there).as("topics").doesNotContain(name);
        }
      });
      assertThat(after.keySet()).as("topics that were asked for").containsAll(there);
      List<String> sure = there.stream().filter(n -> after.get(n).mustBeThere).toList();
      for (var described : admin.describeTopics(sure).topicNameValues().entrySet()) {
        checkPartitions(described.getKey(), described.getValue());
      }
    }
  }

  private void checkPartitions(String name, KafkaFuture<TopicDescription> description)
      throws ExecutionException, InterruptedException {
    try {
      List<TopicPartitionInfo> partitions = description.get().partitions();
      assertThat(partitions).as("partitions of %s", name).hasSize(stateOf(name).partitions);
    } catch (ExecutionException e) {
      // It may have been deleted since it was listed.
      boolean gone = e.getCause() instanceof UnknownTopicOrPartitionException;
      if (!gone || stateOf(name).mustBeThere) {
        throw e;
      }
    }
  }

  private synchronized State stateOf(String name) {
    return topics.get(name);
  }

  void finish() throws InterruptedException, ExecutionException {
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
