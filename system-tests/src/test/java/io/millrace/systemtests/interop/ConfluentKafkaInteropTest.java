package io.millrace.systemtests.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.systemtests.process.BrokerProcess;
import io.millrace.systemtests.process.Tools;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Samples for confluent-kafka, Python's librdkafka, as people copy them: each runs unchanged but
 * for the address, and what it should leave behind is looked for in the broker.
 *
 * @see <a href="../../../../../../../../docs/clients/samples.md">docs/clients/samples.md</a>, a
 *     table of them, with the same in Java
 */
@Tag("interop")
class ConfluentKafkaInteropTest {

  /** Debian's Python, for which Debian's package is. */
  private static final String PYTHON = "/usr/bin/python3";

  private static final int PARTITIONS = 3;

  @TempDir static Path directory;
  private static BrokerProcess broker;

  @BeforeAll
  static void start() throws Exception {
    Tools.require(
        "python3-confluent-kafka is not installed", PYTHON, "-c", "import confluent_kafka");
    broker = BrokerProcess.in(directory).set("num.partitions", PARTITIONS).start();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.kafka()))) {
      NewTopic small =
          new NewTopic("small", PARTITIONS, (short) 1).configs(Map.of("max.message.bytes", "1000"));
      admin.createTopics(List.of(small)).all().get();
    }
  }

  @AfterAll
  static void stop() {
    if (broker != null) {
      broker.close();
    }
  }

  /** Runs a sample; the lines it prints. */
  private static List<String> sample(String name, String... variant) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(PYTHON);
    command.add(Path.of("src/test/python/run_sample.py").toString());
    command.add(broker.kafka());
    command.add(Path.of("src/test/resources/confluent-kafka", name + ".py").toString());
    command.addAll(Arrays.asList(variant));
    return Program.run(command.toArray(String[]::new)).lines();
  }

  private static List<ConsumerRecord<String, String>> stored(String topic) {
    return ReadCommitted.all(broker.kafka(), topic, PARTITIONS);
  }

  private static List<String> values(String topic) {
    return stored(topic).stream().map(ConsumerRecord::value).sorted().toList();
  }

  @Test
  void theBasicProducerIsToldWhereItsMessageIs() throws Exception {
    assertThat(sample("basic"))
        .singleElement()
        .asString()
        .matches("Delivered to events\\[\\d]@\\d+");
    assertThat(stored("events"))
        .filteredOn(one -> "user-123".equals(one.key()))
        .extracting(ConsumerRecord::value)
        .containsExactly("{\"action\": \"login\"}");
  }

  @Test
  void theFutureOfTheAsyncProducerCompletes() throws Exception {
    assertThat(sample("aio")).containsExactly("stored ['offset', 'partition']");
    assertThat(values("aio")).containsExactly("login");
  }

  /** {@code buffer.memory} and {@code max.block.ms} are names of Kafka's Java client. */
  @Test
  void theProductionConfigurationIsRefusedByLibrdkafkaItself() throws Exception {
    assertThat(sample("configuration"))
        .singleElement()
        .asString()
        .startsWith("raised KafkaException")
        .contains("No such configuration property: \"buffer.memory\"");
  }

  @Test
  void atMostOnceArrivesWhereNothingFails() throws Exception {
    assertThat(sample("at_most_once")).containsExactly("left 0");
    assertThat(values("metrics")).containsExactly("cpu 0.7");
  }

  @Test
  void atLeastOnceIsReportedAndStored() throws Exception {
    assertThat(sample("at_least_once")).containsExactly("report orders delivered", "left 0");
    assertThat(values("orders")).contains("order 1");
  }

  @Test
  void exactlyOnceStoresBothMessagesOrNone() throws Exception {
    assertThat(sample("exactly_once", "committed")).isEmpty();
    assertThat(transactionState()).isEqualTo(TransactionState.COMPLETE_COMMIT);
    assertThat(values("orders")).contains("order committed");
    assertThat(values("inventory")).containsExactly("inventory");
    assertThat(sample("exactly_once", "aborted"))
        .singleElement()
        .asString()
        .startsWith("raised TypeError");
    assertThat(transactionState()).isIn(TransactionState.COMPLETE_ABORT, TransactionState.EMPTY);
    assertThat(values("orders")).contains("order committed").doesNotContain("order aborted");
    assertThat(values("inventory")).containsExactly("inventory");
  }

  private static TransactionState transactionState() throws Exception {
    String id = "order-processor-1";
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.kafka()))) {
      return admin.describeTransactions(List.of(id)).description(id).get().state();
    }
  }

  @Test
  void whatIsNotRetriableGoesToTheDeadLetters() throws Exception {
    List<String> lines = sample("retriable");
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0)).matches("Delivered: small\\[\\d]@\\d+");
    assertThat(lines.get(1))
        .startsWith("Fatal error for b'k': KafkaError{code=MSG_SIZE_TOO_LARGE,");
    assertThat(lines.get(2)).isEqualTo("dead letter small MSG_SIZE_TOO_LARGE");
  }

  @Test
  void theReliableProducerWritesItsDeadLettersAsJson() throws Exception {
    sample("reliable");
    assertThat(values("task-events")).contains("{\"title\": \"Buy groceries\"}");
    assertThat(stored("small.dlq"))
        .singleElement()
        .satisfies(letter -> {
          assertThat(letter.key()).isEqualTo("task-123");
          assertThat(letter.value())
              .startsWith("{\"original_topic\": \"small\", \"original_key\": \"task-123\",")
              .endsWith("\"error_code\": 10}");
        });
  }

  @Test
  void aFullBufferIsWaitedFor() throws Exception {
    assertThat(sample("buffer_full"))
        .contains("sent [True, True, True]", "nobody there [True, False]");
    assertThat(values("full")).containsExactly("v0", "v1", "v2");
  }

  @Test
  void eventsOfATaskKeepTheirOrder() throws Exception {
    assertThat(sample("task_lifecycle")).containsExactly("left 0");
    List<ConsumerRecord<String, String>> events =
        stored("task-events").stream().filter(one -> one.key().equals("task-7")).toList();
    assertThat(events)
        .extracting(ConsumerRecord::partition)
        .hasSize(2)
        .containsOnly(events.get(0).partition());
    assertThat(events.get(0).value()).contains("task.created");
    assertThat(events.get(1).value()).contains("task.completed");
  }

  @Test
  void messagesGoByTheirKeyOrToAnyPartitionWithoutOne() throws Exception {
    assertThat(sample("key")).containsExactly("left 0");
    assertThat(stored("user-events"))
        .singleElement()
        .extracting(ConsumerRecord::key)
        .isEqualTo("user-7");
    assertThat(sample("no_key")).containsExactly("left 0");
    assertThat(stored("logs")).singleElement().extracting(ConsumerRecord::key).isNull();
  }

  /** It cuts at the first dash, so that both regions of the US are "us", which is none. */
  @Test
  void thePartitionerThatIsNotGivenToTheProducerKnowsTheEuOnly() throws Exception {
    assertThat(sample("custom_partitioner")).containsExactly("regions [0, 0, 2]");
    assertThat(stored("regions"))
        .singleElement()
        .extracting(ConsumerRecord::key)
        .isEqualTo("eu-user-123");
  }

  @Test
  void headersAndTimeArriveAsTheyWereGiven() throws Exception {
    long before = System.currentTimeMillis();
    assertThat(sample("headers")).containsExactly("left 0");
    ConsumerRecord<String, String> stored =
        stored("events").stream()
            .filter(one -> "order-123".equals(one.key()))
            .findFirst()
            .orElseThrow();
    assertThat(Arrays.stream(stored.headers().toArray()).map(header -> header.key()))
        .containsExactly("correlation_id", "trace_id", "source", "event_type");
    assertThat(new String(stored.headers().lastHeader("trace_id").value(), StandardCharsets.UTF_8))
        .isEqualTo("trace-1");
    assertThat(stored.timestamp()).isBetween(before, System.currentTimeMillis());
  }

  @Test
  void batchesArriveWhole() throws Exception {
    assertThat(sample("batching")).isEmpty();
    assertThat(values("events"))
        .containsAll(IntStream.range(0, 1000).mapToObj(i -> "event " + i).toList());
  }

  /** librdkafka has the batches' sizes with the topic, not with the partition: it prints 0. */
  @Test
  void theStatisticsOfLibrdkafkaHaveNoBatchesOfAPartition() throws Exception {
    List<String> lines = sample("statistics");
    assertThat(lines).contains("statistics[0]:", "  Avg batch size: 0 bytes");
    assertThat(lines).noneMatch(line -> line.matches("  Avg batch size: [1-9].*"));
    assertThat(values("statistics")).hasSize(500);
  }
}
