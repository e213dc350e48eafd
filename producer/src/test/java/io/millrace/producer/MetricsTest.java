package io.millrace.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.producer.FakeBroker.Fate;
import io.millrace.wire.ErrorCode;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Metrics have kafka-clients' names everywhere, and their numbers are true. */
class MetricsTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final MBeanServer BEANS = ManagementFactory.getPlatformMBeanServer();

  private final MovedClock clock = new MovedClock();
  private FakeBroker broker;

  @BeforeEach
  void start() throws Exception {
    broker = new FakeBroker().topic("t", 3).topic("one", 1);
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
  }

  private Producer open(Object... settings) {
    Map<String, Object> all = new HashMap<>();
    all.put("bootstrap.servers", broker.address());
    all.put("client.id", "ours");
    all.put("retry.backoff.ms", 1);
    all.put("retry.backoff.max.ms", 5);
    all.put("reconnect.backoff.ms", 1);
    all.put("reconnect.backoff.max.ms", 5);
    for (int i = 0; i < settings.length; i += 2) {
      all.put((String) settings[i], settings[i + 1]);
    }
    return Producer.open(all, new ProducerListeners(), new Surroundings(clock, Names.SYSTEM));
  }

  private static void produce(Producer producer, String topic, int count) {
    for (int i = 0; i < count; i++) {
      producer.produce(topic, null, "value".getBytes(UTF_8));
    }
  }

  private static double value(Producer producer, String name) {
    return value(producer, name, "");
  }

  /**
   * @param of a topic or a node, or nothing for the producer
   */
  private static double value(Producer producer, String name, String of) {
    List<Metric> found =
        producer.metrics().stream()
            .filter(one -> one.name().equals(name))
            .filter(one -> of.isEmpty() ? one.tags().size() == 1 : one.tags().containsValue(of))
            .toList();
    assertThat(found).as(name + " " + of).hasSize(1);
    return found.get(0).value();
  }

  private Map<String, Object> ofKafka(String clientId) {
    return Map.of(
        "bootstrap.servers",
        broker.address(),
        "client.id",
        clientId,
        "key.serializer",
        ByteArraySerializer.class,
        "value.serializer",
        ByteArraySerializer.class);
  }

  private static Set<String> present(Set<String> theirs) {
    Set<String> present = new TreeSet<>(theirs);
    assertThat(present).containsAll(MetricRows.ABSENT.keySet());
    present.removeAll(MetricRows.ABSENT.keySet());
    return present;
  }

  @Test
  void namesGroupsAndTagsAreThoseOfKafkaClients() throws Exception {
    Set<String> theirs = new TreeSet<>();
    Set<String> theirTags = new TreeSet<>();
    try (KafkaProducer<byte[], byte[]> kafka = new KafkaProducer<>(ofKafka("theirs"))) {
      kafka.send(new ProducerRecord<>("one", "value".getBytes(UTF_8))).get();
      kafka
          .metrics()
          .forEach((name, metric) -> {
            theirs.add(name.group() + " " + name.name());
            if (name.group().startsWith("producer-")) {
              theirTags.add(name.group() + " " + new TreeSet<>(name.tags().keySet()));
            }
          });
    }
    Set<String> ours = new TreeSet<>();
    Set<String> ourTags = new TreeSet<>();
    try (Producer producer = open()) {
      produce(producer, "one", 1);
      assertThat(producer.flush(LONG)).isZero();
      for (Metric one : producer.metrics()) {
        ours.add(one.group() + " " + one.name());
        ourTags.add(one.group() + " " + new TreeSet<>(one.tags().keySet()));
      }
    }
    assertThat(ours).isEqualTo(present(theirs));
    assertThat(ourTags).isEqualTo(theirTags);
  }

  private static Set<ObjectName> beans(String clientId) throws Exception {
    return BEANS.queryNames(new ObjectName("kafka.producer:client-id=" + clientId + ",*"), null);
  }

  /** Every attribute of every bean of a client, and the names of the beans without the client. */
  private static Set<String> attributes(String clientId) throws Exception {
    Set<String> all = new TreeSet<>();
    for (ObjectName name : beans(clientId)) {
      String type = name.getKeyProperty("type");
      Map<String, String> keys = new TreeMap<>(name.getKeyPropertyList());
      keys.remove("client-id");
      // Bootstrap addresses are numbered alike, and the broker too.
      all.add(keys.toString());
      for (MBeanAttributeInfo one : BEANS.getMBeanInfo(name).getAttributes()) {
        all.add(type + " " + one.getName());
        if (type.startsWith("producer-")) {
          assertThat(one.getType()).isEqualTo("double");
          assertThat(BEANS.getAttribute(name, one.getName())).isInstanceOf(Double.class);
        }
      }
    }
    return all;
  }

  @Test
  void beansAreNamedAsThoseOfKafkaClients() throws Exception {
    Set<String> theirs;
    try (KafkaProducer<byte[], byte[]> kafka = new KafkaProducer<>(ofKafka("theirs-in-jmx"))) {
      kafka.send(new ProducerRecord<>("one", "value".getBytes(UTF_8))).get();
      theirs = attributes("theirs-in-jmx");
    }
    theirs.removeAll(MetricRows.ABSENT.keySet());
    theirs.removeIf(one -> one.contains("app-info") || one.contains("kafka-metrics-count"));
    try (Producer producer = open("client.id", "ours-in-jmx")) {
      produce(producer, "one", 5);
      assertThat(producer.flush(LONG)).isZero();
      Awaitility.await()
          .atMost(LONG)
          .untilAsserted(() -> assertThat(attributes("ours-in-jmx")).isEqualTo(theirs));
      ObjectName topic =
          new ObjectName(
              "kafka.producer:type=producer-topic-metrics,client-id=ours-in-jmx,topic=one");
      assertThat(BEANS.getAttribute(topic, "record-send-total")).isEqualTo(5.0);
      assertThat(BEANS.getAttributes(topic, new String[] {"record-send-total", "none"})).hasSize(1);
      assertThatThrownBy(() -> BEANS.getAttribute(topic, "none")).hasMessageContaining("none");
    }
    assertThat(beans("ours-in-jmx")).isEmpty();
  }

  @Test
  void producersOfOneNameAreBothSeenAndGoOneByOne() throws Exception {
    try (Producer first = open("client.id", "twin")) {
      Awaitility.await().atMost(LONG).until(() -> beans("twin").size() > 1);
      try (Producer second = open("client.id", "twin")) {
        Awaitility.await().atMost(LONG).until(() -> beans("twin-2").size() > 1);
        produce(second, "one", 3);
        assertThat(second.flush(LONG)).isZero();
        ObjectName name = new ObjectName("kafka.producer:type=producer-metrics,client-id=twin-2");
        assertThat(BEANS.getAttribute(name, "record-send-total")).isEqualTo(3.0);
        assertThat(first.queueLength()).isZero();
      }
      assertThat(beans("twin-2")).isEmpty();
      assertThat(beans("twin")).isNotEmpty();
    }
    assertThat(beans("twin")).isEmpty();
  }

  @Test
  void namesThatJmxDoesNotTakeAreQuotedAndNothingIsThereIfNothingIsWanted() throws Exception {
    try (Producer quoted = open("client.id", "a,b=\"c\"");
        Producer hidden = open("client.id", "hidden", "auto.include.jmx.reporter", false)) {
      ObjectName name =
          new ObjectName(
              "kafka.producer:type=producer-metrics,client-id=" + ObjectName.quote("a,b=\"c\""));
      Awaitility.await().atMost(LONG).until(() -> BEANS.isRegistered(name));
      produce(hidden, "one", 1);
      assertThat(hidden.flush(LONG)).isZero();
      assertThat(beans("hidden")).isEmpty();
      assertThat(value(hidden, "record-send-total")).isEqualTo(1);
    }
  }

  @Test
  void topicThatIsForgottenLeavesTheMetrics() throws Exception {
    try (Producer producer = open("client.id", "forgets", "metadata.max.idle.ms", 60_000)) {
      produce(producer, "one", 1);
      assertThat(producer.flush(LONG)).isZero();
      ObjectName name =
          new ObjectName("kafka.producer:type=producer-topic-metrics,client-id=forgets,topic=one");
      Awaitility.await().atMost(LONG).until(() -> BEANS.isRegistered(name));
      Awaitility.await()
          .atMost(LONG)
          .until(() -> {
            clock.move(Duration.ofSeconds(61));
            return !BEANS.isRegistered(name);
          });
      assertThat(producer.metrics()).noneMatch(one -> one.tags().containsKey("topic"));
      assertThat(value(producer, "record-send-total")).isEqualTo(1);
    }
  }

  @Test
  void whatIsSentIsCountedByRecordBatchAndRequest() throws Exception {
    try (Producer producer =
        open("linger.ms", 60_000, "batch.num.messages", 10, "compression.type", "gzip")) {
      for (int i = 0; i < 100; i++) {
        producer.produce("one", null, "v".repeat(100 + i).getBytes(UTF_8));
      }
      assertThat(producer.flush(LONG)).isZero();
      int requests = broker.came.size();
      assertThat(value(producer, "record-send-total")).isEqualTo(100);
      assertThat(value(producer, "record-send-total", "one")).isEqualTo(100);
      assertThat(value(producer, "record-send-rate")).isBetween(100 / 60.0, 100 / 30.0);
      assertThat(value(producer, "records-per-request-avg")).isEqualTo(100.0 / requests);
      double bytes = value(producer, "byte-total", "one");
      assertThat(value(producer, "batch-size-avg")).isEqualTo(bytes / 10);
      assertThat(value(producer, "compression-rate-avg")).isBetween(0.01, 0.5);
      assertThat(value(producer, "batch-size-max")).isBetween(bytes / 10, 10 * 250.0);
      // The largest of the last batch has 199 bytes and some around it.
      assertThat(value(producer, "record-size-max")).isBetween(200.0, 215.0);
      assertThat(value(producer, "record-size-avg")).isBetween(150.0, 165.0);
      assertThat(value(producer, "request-total", "node-1")).isGreaterThanOrEqualTo(requests);
      assertThat(value(producer, "response-total")).isEqualTo(value(producer, "request-total"));
      assertThat(value(producer, "outgoing-byte-total"))
          .isGreaterThan(bytes)
          .isEqualTo(
              value(producer, "outgoing-byte-total", "node-1")
                  + value(producer, "outgoing-byte-total", "node--1"));
      assertThat(value(producer, "requests-in-flight")).isZero();
      assertThat(value(producer, "connection-count")).isEqualTo(2);
      assertThat(value(producer, "connection-creation-total")).isEqualTo(2);
      assertThat(value(producer, "metadata-age")).isBetween(0.0, 30.0);
      assertThat(value(producer, "flush-time-ns-total")).isPositive();
      assertThat(value(producer, "io-wait-ratio") + value(producer, "io-ratio"))
          .isBetween(0.0, 1.0);
      broker.hangUp();
      Awaitility.await().atMost(LONG).until(() -> value(producer, "connection-close-total") >= 2);
    }
  }

  @Test
  void recentPastEndsAndTotalsStay() throws Exception {
    try (Producer producer = open("metrics.sample.window.ms", 1000)) {
      produce(producer, "one", 100);
      assertThat(producer.flush(LONG)).isZero();
      assertThat(value(producer, "record-send-rate")).isBetween(1.0, 100.0);
      clock.move(Duration.ofSeconds(3));
      assertThat(value(producer, "record-send-rate")).isZero();
      assertThat(value(producer, "request-latency-avg")).isNaN();
      assertThat(value(producer, "record-send-total")).isEqualTo(100);
    }
  }

  @Test
  void whatIsSentAgainAndWhatIsGivenUpIsCounted() throws Exception {
    broker.plan = (request, what) -> request < 3 ? Fate.REFUSE : Fate.STORE;
    try (Producer producer = open("linger.ms", 60_000)) {
      produce(producer, "one", 7);
      assertThat(producer.flush(LONG)).isZero();
      assertThat(value(producer, "record-retry-total")).isEqualTo(21);
      assertThat(value(producer, "record-retry-total", "one")).isEqualTo(21);
      assertThat(value(producer, "record-error-total")).isZero();
      broker.refusal = ErrorCode.TOPIC_AUTHORIZATION_FAILED;
      broker.refused = Set.of("t");
      produce(producer, "t", 12);
      produce(producer, "one", 12);
      assertThat(producer.flush(LONG)).isZero();
      assertThat(value(producer, "record-error-total")).isEqualTo(12);
      assertThat(value(producer, "record-error-total", "t")).isEqualTo(12);
      assertThat(value(producer, "record-error-total", "one")).isZero();
      assertThat(value(producer, "record-error-rate")).isBetween(12 / 60.0, 12 / 30.0);
    }
  }

  @Test
  void latencyIsWhatTheBrokerTook() throws Exception {
    broker.lateMs = 50;
    broker.plan = (request, what) -> Fate.LATE;
    try (Producer producer = open()) {
      for (int i = 0; i < 4; i++) {
        produce(producer, "one", 1);
        assertThat(producer.flush(LONG)).isZero();
      }
      double mean = value(producer, "request-latency-avg");
      assertThat(mean).isBetween(50.0, 1000.0);
      assertThat(value(producer, "request-latency-max")).isBetween(mean, 5000.0);
      assertThat(value(producer, "request-latency-avg", "node-1")).isEqualTo(mean);
      assertThat(value(producer, "request-latency-avg", "node--1")).isNaN();
      assertThat(value(producer, "record-queue-time-max")).isBetween(0.0, 5000.0);
    }
  }

  @Test
  void roomFallsToNothingIsWaitedForAndComesBack() throws Exception {
    broker.plan = (request, what) -> Fate.SILENCE;
    try (Producer producer = open("buffer.memory", 10_240, "max.block.ms", 60_000)) {
      assertThat(value(producer, "buffer-available-bytes")).isEqualTo(10_240);
      for (int i = 0; i < 10; i++) {
        producer.produce("one", null, new byte[1024]);
      }
      assertThat(value(producer, "buffer-total-bytes")).isEqualTo(10_240);
      assertThat(value(producer, "buffer-available-bytes")).isZero();
      Thread waits = new Thread(() -> producer.produce("one", null, new byte[1024]));
      waits.start();
      Awaitility.await().atMost(LONG).until(() -> value(producer, "waiting-threads") == 1);
      broker.plan = (request, what) -> Fate.STORE;
      broker.hangUp();
      waits.join();
      assertThat(producer.flush(LONG)).isZero();
      assertThat(value(producer, "bufferpool-wait-time-ns-total")).isPositive();
      assertThat(value(producer, "bufferpool-wait-ratio")).isPositive();
      // A batch's bytes are free a moment after its last report.
      Awaitility.await()
          .atMost(LONG)
          .until(() -> value(producer, "buffer-available-bytes") == 10_240);
      assertThat(value(producer, "buffer-exhausted-total")).isZero();
      assertThat(value(producer, "waiting-threads")).isZero();
    }
  }

  @Test
  void refusedMessagesAreCounted() throws Exception {
    broker.plan = (request, what) -> Fate.SILENCE;
    try (Producer producer = open("queue.buffering.max.messages", 5)) {
      produce(producer, "one", 5);
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> produce(producer, "one", 1))
            .isInstanceOf(QueueFullException.class);
      }
      assertThat(value(producer, "buffer-exhausted-total")).isEqualTo(3);
      producer.purge(true, true);
    }
  }

  @Test
  void pageForPrometheusHasTheSameNumbers() throws Exception {
    String odd = "a \"b\"\\\nc";
    try (Producer producer = open("client.id", odd, "auto.include.jmx.reporter", false)) {
      produce(producer, "one", 42);
      assertThat(producer.flush(LONG)).isZero();
      List<String> page = Arrays.asList(producer.prometheus().split("\n", -1));
      assertThat(page)
          .contains(
              "# TYPE kafka_producer_record_send_total counter",
              "# TYPE kafka_producer_topic_byte_rate gauge",
              "kafka_producer_record_send_total{client_id=\"a \\\"b\\\"\\\\\\nc\"} 42",
              "kafka_producer_topic_record_send_total{client_id=\"a \\\"b\\\"\\\\\\nc\",topic=\"one\"}"
                  + " 42");
      assertThat(page.get(page.size() - 1)).isEmpty();
      Pattern sample =
          Pattern.compile("([a-z_]+)\\{(?:[a-z_]+=\"(?:[^\"\\\\\n]|\\\\[\\\\n\"])*\",?)+} (\\S+)");
      Set<String> typed = new TreeSet<>();
      List<String> samples = new ArrayList<>();
      String family = "";
      for (String line : page.subList(0, page.size() - 1)) {
        if (line.startsWith("# TYPE ")) {
          family = line.split(" ")[2];
          assertThat(typed.add(family)).as(line).isTrue();
        } else if (!line.startsWith("# HELP ")) {
          Matcher matcher = sample.matcher(line);
          assertThat(matcher.matches()).as(line).isTrue();
          assertThat(matcher.group(1)).isEqualTo(family);
          assertThat(Double.parseDouble(matcher.group(2)) < 0).as(line).isFalse();
          samples.add(line);
        }
      }
      assertThat(samples).hasSameSizeAs(producer.metrics());
      assertThat(samples).hasSize((int) samples.stream().distinct().count());
    }
  }
}
