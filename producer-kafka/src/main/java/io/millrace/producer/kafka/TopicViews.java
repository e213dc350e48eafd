package io.millrace.producer.kafka;

import io.millrace.producer.Producer;
import io.millrace.producer.ProducerException;
import io.millrace.producer.TopicMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * Topics as Kafka's classes describe them. A view of a topic is kept, and made anew when the
 * producer knows of more partitions or other leaders: the brokers are asked only for what the
 * producer does not know. Any thread.
 */
final class TopicViews {

  /** More topics than that are not remembered: they are asked for again. */
  private static final int TOPICS_MAX = 10_000;

  /**
   * @param leaders by partition, what the producer knew when it was made
   */
  private record View(TopicMetadata metadata, int[] leaders, Cluster cluster) {}

  private final Producer producer;
  private final Duration wait;
  private final ConcurrentHashMap<String, View> views = new ConcurrentHashMap<>();

  /**
   * @param wait how long to wait for a topic to be known
   */
  TopicViews(Producer producer, Duration wait) {
    this.producer = producer;
    this.wait = wait;
  }

  /**
   * The cluster as far as it has to do with a topic. Waits until the topic is known.
   *
   * @throws ProducerException if it does not become known in time
   */
  Cluster cluster(String topic) {
    int[] leaders = producer.leaders(topic);
    View known = views.get(topic);
    if (known != null && leaders.length > 0 && Arrays.equals(leaders, known.leaders)) {
      return known.cluster;
    }
    TopicMetadata metadata = known == null ? null : known.metadata;
    if (metadata == null
        || leaders.length != metadata.partitions().size()
        || !knows(metadata, leaders)) {
      metadata = ask(topic);
      leaders = leaders(metadata);
    }
    View made = new View(metadata, leaders, cluster(metadata, leaders));
    if (views.size() >= TOPICS_MAX) {
      views.clear();
    }
    views.put(topic, made);
    return made.cluster;
  }

  private static boolean knows(TopicMetadata metadata, int[] leaders) {
    Set<Integer> brokers = new java.util.HashSet<>();
    metadata.brokers().forEach(broker -> brokers.add(broker.number()));
    return Arrays.stream(leaders).allMatch(leader -> leader < 0 || brokers.contains(leader));
  }

  private static int[] leaders(TopicMetadata metadata) {
    int[] leaders = new int[metadata.partitions().size()];
    Arrays.setAll(leaders, i -> metadata.partitions().get(i).leader());
    return leaders;
  }

  /**
   * The partitions of a topic, asked for now.
   *
   * @throws ProducerException if it does not become known in time
   */
  List<PartitionInfo> partitions(String topic) {
    TopicMetadata metadata = ask(topic);
    return partitions(metadata, leaders(metadata), nodes(metadata));
  }

  private TopicMetadata ask(String topic) {
    try {
      return producer.awaitTopic(topic, wait);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private static Cluster cluster(TopicMetadata metadata, int[] leaders) {
    Map<Integer, Node> nodes = nodes(metadata);
    return new Cluster(
        metadata.clusterId(),
        nodes.values(),
        partitions(metadata, leaders, nodes),
        Set.of(),
        Set.of());
  }

  private static List<PartitionInfo> partitions(
      TopicMetadata metadata, int[] leaders, Map<Integer, Node> nodes) {
    List<PartitionInfo> all = new ArrayList<>();
    for (TopicMetadata.Partition one : metadata.partitions()) {
      all.add(
          new PartitionInfo(
              metadata.topic(),
              one.number(),
              leader(nodes, leaders[one.number()]),
              nodes(nodes, one.replicas()),
              nodes(nodes, one.inSync()),
              nodes(nodes, one.offline())));
    }
    return all;
  }

  private static Map<Integer, Node> nodes(TopicMetadata metadata) {
    Map<Integer, Node> nodes = new HashMap<>();
    for (TopicMetadata.Broker one : metadata.brokers()) {
      nodes.put(one.number(), new Node(one.number(), one.host(), one.port(), one.rack()));
    }
    return nodes;
  }

  private static @Nullable Node leader(Map<Integer, Node> nodes, int number) {
    return number < 0 ? null : node(nodes, number);
  }

  private static Node[] nodes(Map<Integer, Node> nodes, List<Integer> numbers) {
    return numbers.stream().map(number -> node(nodes, number)).toArray(Node[]::new);
  }

  /** A broker; without an address if it is not there, as in Kafka's metadata. */
  private static Node node(Map<Integer, Node> nodes, int number) {
    Node node = nodes.get(number);
    return node == null ? new Node(number, "", -1) : node;
  }
}
