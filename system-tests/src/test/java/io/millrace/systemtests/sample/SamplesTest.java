package io.millrace.systemtests.sample;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millrace.producer.DeliveryReport;
import io.millrace.producer.Keys;
import io.millrace.producer.Producer;
import io.millrace.producer.ProducerMessage;
import io.millrace.server.Millrace;
import io.millrace.systemtests.interop.ReadCommitted;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Each sample does what it says, by a broker in memory. */
class SamplesTest {

  private static final int PARTITIONS = 3;

  private static Millrace millrace;
  private static String servers;

  @TempDir Path directory;

  @BeforeAll
  static void start() throws Exception {
    millrace = Millrace.inMemory().set("num.partitions", "" + PARTITIONS).start();
    servers = millrace.kafka();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      NewTopic small =
          new NewTopic("small", PARTITIONS, (short) 1).configs(Map.of("max.message.bytes", "1000"));
      admin.createTopics(List.of(small)).all().get();
    }
  }

  @AfterAll
  static void stop() {
    millrace.close();
  }

  private static List<ConsumerRecord<String, String>> stored(String topic) {
    return ReadCommitted.all(servers, topic, PARTITIONS);
  }

  private static List<String> values(String topic) {
    return stored(topic).stream().map(ConsumerRecord::value).toList();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static Producer open() {
    return Producer.open(Map.of("bootstrap.servers", servers));
  }

  // --- first steps ---

  @Test
  void theFirstMessageIsDelivered() throws Exception {
    FirstSteps.basic(servers);
    assertThat(stored("events"))
        .filteredOn(one -> "user-123".equals(one.key()))
        .extracting(ConsumerRecord::value)
        .containsExactly("{\"action\":\"login\"}");
  }

  @Test
  void aFutureCompletesWithoutAnyPoll() throws Exception {
    try (Producer producer = open()) {
      assertThat(FirstSteps.login(producer, "ann").toCompletableFuture().get(30, TimeUnit.SECONDS))
          .isEqualTo("ann is at offset 0");
    }
  }

  // --- configurations ---

  @Test
  void theProductionConfigurationIsTakenAsItIs() throws Exception {
    try (Producer producer = Configurations.production(servers)) {
      assertThat(producer.send(ProducerMessage.to("events").value(bytes("v"))).get().isDelivered())
          .isTrue();
      assertThat(inForce(producer))
          .containsEntry("queue.buffering.max.kbytes", "32768")
          .containsEntry("max.block.ms", "60000");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Producer.open(Map.of("bootstrap.servers", servers, "buffer.memroy", 1)))
        .withMessageContaining("buffer.memory");
  }

  private static Map<String, String> inForce(Producer producer) {
    return producer.describeSettings().stream()
        .collect(Collectors.toMap(one -> one.name(), one -> one.value()));
  }

  @Test
  void whatIsSetBesideAProfileWins() {
    try (Producer producer = Configurations.durable(servers)) {
      assertThat(inForce(producer))
          .containsEntry("linger.ms", "0")
          .containsEntry("compression.type", "lz4");
    }
  }

  @Test
  void batchesArriveWhole() {
    List<String> events = IntStream.range(0, 1000).mapToObj(i -> "event " + i).toList();
    Configurations.batching(servers, events);
    assertThat(values("events")).containsAll(events);
  }

  /** The loop of the sample for librdkafka, which has no batches with its partitions. */
  @Test
  void theStatisticsHaveTheBatchesOfEachPartition() {
    List<String> documents = new CopyOnWriteArrayList<>();
    try (Producer producer = Configurations.watched(servers, 100, documents::add)) {
      for (int i = 0; i < 500; i++) {
        producer.produce("statistics", bytes("key " + i), bytes("x".repeat(100)));
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> documents.stream().anyMatch(one -> averages(one).size() == PARTITIONS));
    }
  }

  /** Average sizes of batches, of partitions that had some. */
  private static List<Double> averages(String document) {
    List<Double> averages = new ArrayList<>();
    JsonNode statistics = new ObjectMapper().readTree(document);
    for (JsonNode topic : statistics.get("topics")) {
      for (JsonNode partition : topic.get("partitions")) {
        double average = partition.path("batchsize").path("avg").asDouble(0);
        if (average > 100) {
          averages.add(average);
        }
      }
    }
    return averages;
  }

  // --- guarantees ---

  @Test
  void atMostOnceArrivesWhereNothingFails() {
    Guarantees.atMostOnce(servers, bytes("cpu 0.7"));
    Awaitility.await().until(() -> values("metrics").equals(List.of("cpu 0.7")));
  }

  @Test
  void atLeastOnceIsReported() throws Exception {
    List<DeliveryReport> reports = new CopyOnWriteArrayList<>();
    Guarantees.atLeastOnce(servers, bytes("order 1"), reports::add);
    assertThat(reports).singleElement().matches(DeliveryReport::isDelivered);
    assertThat(values("orders")).contains("order 1");
  }

  // --- failures ---

  @Test
  void aReportSaysWhetherItIsWorthAnotherMessage() throws Exception {
    List<DeliveryReport> again = new CopyOnWriteArrayList<>();
    List<DeliveryReport> reports = new CopyOnWriteArrayList<>();
    try (Producer producer =
        Producer.open(
            Map.of("bootstrap.servers", servers),
            report -> {
              reports.add(report.keep());
              Failures.onReport(report, again::add);
            })) {
      producer.produce("small", null, bytes("fits"));
      producer.flush(Duration.ofSeconds(30));
      producer.produce("small", null, bytes("x".repeat(5000)));
      producer.flush(Duration.ofSeconds(30));
    }
    assertThat(reports).hasSize(2);
    assertThat(reports.get(1).error().name()).isEqualTo("MESSAGE_TOO_LARGE");
    assertThat(reports.get(1).error().retriable()).isFalse();
    assertThat(again).isEmpty();
  }

  @Test
  void aFullBufferIsWaitedFor() {
    try (Producer producer = Failures.patient(servers, 1)) {
      for (int i = 0; i < 20; i++) {
        ProducerMessage message = ProducerMessage.to("full").partition(0).value(bytes("v" + i));
        assertThat(Failures.safeProduce(producer, message)).isTrue();
      }
    }
    assertThat(values("full")).isEqualTo(IntStream.range(0, 20).mapToObj(i -> "v" + i).toList());
  }

  @Test
  void theReliableProducerKeepsWhatItCannotDeliver() {
    // Not to be compressed below what the topic takes.
    String large =
        new Random(7)
            .ints(5000, 'a', 'z')
            .mapToObj(Character::toString)
            .collect(Collectors.joining());
    try (Failures.ReliableProducer producer =
        new Failures.ReliableProducer(
            servers, "task-service", directory.resolve("dead-letters.spill").toString())) {
      producer.send("tasks", "task-123", "Buy groceries");
      producer.send("small", "task-124", large);
    }
    assertThat(values("tasks")).containsExactly("Buy groceries");
    ConsumerRecord<String, String> letter = stored("small.dlq").get(0);
    assertThat(letter.key()).isEqualTo("task-124");
    assertThat(letter.value()).isEqualTo(large);
    assertThat(header(letter, "x-error-topic")).isEqualTo("small");
    assertThat(header(letter, "x-error-name")).isEqualTo("MESSAGE_TOO_LARGE");
    assertThat(directory.resolve("dead-letters.spill")).doesNotExist();
  }

  private static String header(ConsumerRecord<String, String> record, String name) {
    return new String(record.headers().lastHeader(name).value(), UTF_8);
  }

  // --- keys and partitions ---

  @Test
  void eventsOfATaskKeepTheirOrder() {
    try (Producer producer = open()) {
      for (int task = 0; task < 20; task++) {
        KeysAndPartitions.taskLifecycle(producer, task);
      }
    }
    Map<String, List<String>> byTask =
        stored("task-events").stream()
            .collect(
                Collectors.groupingBy(
                    ConsumerRecord::key,
                    Collectors.mapping(ConsumerRecord::value, Collectors.toList())));
    assertThat(byTask).hasSize(20);
    assertThat(byTask.values())
        .allMatch(List.of("task.created", "task.updated", "task.completed")::equals);
  }

  @Test
  void compoundAndSaltedKeysAreWhatTheySay() {
    try (Producer producer = open()) {
      KeysAndPartitions.compound(producer, "tenant-7", "order-12", bytes("compound"));
      for (int i = 0; i < 8; i++) {
        KeysAndPartitions.salted(producer, "user-1", i, bytes("click"));
      }
    }
    assertThat(stored("orders")).extracting(ConsumerRecord::key).contains("tenant-7:order-12");
    assertThat(stored("clicks"))
        .hasSize(8)
        .allSatisfy(click -> {
          long number = Long.parseLong(header(click, "number"));
          assertThat(click.key()).isEqualTo("user-1#" + number % 4);
          assertThat(new String(Keys.unsalted(bytes(click.key())), UTF_8)).isEqualTo("user-1");
        });
  }

  @Test
  void regionsGoToTheirPartitions() {
    List<String> users = List.of("us-east-user-123", "us-west-user-123", "eu-user-123");
    try (Producer producer = KeysAndPartitions.byRegion(servers)) {
      users.forEach(user -> producer.produce("by-region", bytes(user), bytes(user)));
      producer.produce("by-region", bytes("nowhere"), bytes("nowhere"));
      producer.produce("by-region", null, bytes("no key"));
    }
    List<ConsumerRecord<String, String>> stored = stored("by-region");
    assertThat(stored).hasSize(5);
    for (int region = 0; region < 3; region++) {
      int partition = region;
      assertThat(stored)
          .filteredOn(one -> one.value().equals(users.get(partition)))
          .extracting(ConsumerRecord::partition)
          .containsExactly(region);
    }
  }

  @Test
  void roundRobinIsEvenToTheMessage() {
    try (Producer producer = KeysAndPartitions.roundRobin(servers)) {
      for (int i = 0; i < 600; i++) {
        producer.produce("logs", null, bytes("line " + i));
      }
    }
    Map<Integer, Long> counts =
        stored("logs").stream()
            .collect(Collectors.groupingBy(ConsumerRecord::partition, Collectors.counting()));
    assertThat(counts).isEqualTo(Map.of(0, 200L, 1, 200L, 2, 200L));
  }

  @Test
  void headersAndTimeArriveAsTheyWereGiven() {
    long time = System.currentTimeMillis() - 60_000;
    try (Producer producer = open()) {
      KeysAndPartitions.headers(producer, bytes("order"), time);
    }
    ConsumerRecord<String, String> stored = stored("orders-with-headers").get(0);
    assertThat(stored.timestamp()).isEqualTo(time);
    List<String> names = new ArrayList<>();
    stored.headers().forEach(header -> names.add(header.key()));
    assertThat(names).containsExactly("correlation_id", "source", "event_type");
    assertThat(header(stored, "event_type")).isEqualTo("order.created");
  }

  // --- exactly once ---

  @Test
  void transactionsShowWhole() throws Exception {
    ExactlyOnce.inTransaction(servers, bytes("order 7"), bytes("entry 7"));
    assertThat(values("orders")).contains("order 7");
    assertThat(values("ledger")).containsExactly("entry 7");
    Map<String, Object> settings =
        Map.of("bootstrap.servers", servers, "transactional.id", "billing-2");
    try (Producer producer = Producer.open(settings)) {
      producer.initTransactions(Duration.ofSeconds(20));
      ExactlyOnce.byHand(producer, bytes("order 8"));
    }
    assertThat(values("orders")).contains("order 8");
  }

  @Test
  void everyRecordIsCopiedOnce() throws Exception {
    try (Producer producer = Producer.open(Map.of("bootstrap.servers", servers))) {
      for (int i = 0; i < 100; i++) {
        producer.produce("in", bytes("key " + i), bytes("" + i));
      }
    }
    ExactlyOnce.copy(servers, value -> bytes("seen " + new String(value, UTF_8)), 100);
    assertThat(values("out"))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, 100).mapToObj(i -> "seen " + i).toList());
  }
}
