package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.producer.FakeBroker.Fate;
import io.millrace.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is accepted is reported once; what is reported delivered is stored, once and in order. */
class ProducerTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final List<DeliveryReport> reports = new CopyOnWriteArrayList<>();
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
    all.put("retry.backoff.ms", 1);
    all.put("retry.backoff.max.ms", 5);
    all.put("reconnect.backoff.ms", 1);
    all.put("reconnect.backoff.max.ms", 5);
    for (int i = 0; i < settings.length; i += 2) {
      all.put((String) settings[i], settings[i + 1]);
    }
    return Producer.open(all, reports::add);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private List<String> values(String topic, int partition) {
    return broker.log(topic, partition).stream().map(FakeBroker.Stored::value).toList();
  }

  private static List<String> numbered(int count) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add("value " + i);
    }
    return all;
  }

  private void produce(Producer producer, String topic, int count) {
    for (int i = 0; i < count; i++) {
      producer.produce(topic, bytes("key"), bytes("value " + i));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
  void messagesAreStoredInTheirOrderAndReported(String codec) throws Exception {
    try (Producer producer = open("compression.type", codec)) {
      produce(producer, "one", 1000);
      assertThat(producer.flush(LONG)).isZero();
      assertThat(producer.queueLength()).isZero();
    }
    assertThat(values("one", 0)).isEqualTo(numbered(1000));
    assertThat(reports).hasSize(1000);
    for (int i = 0; i < 1000; i++) {
      assertThat(reports.get(i).isDelivered()).isTrue();
      assertThat(reports.get(i).offset()).isEqualTo(i);
    }
  }

  @Test
  void reportsHaveEverythingOfTheMessage() throws Exception {
    List<String> seen = new CopyOnWriteArrayList<>();
    try (Producer producer = open()) {
      producer.produce(
          ProducerMessage.to("t")
              .partition(2)
              .key(bytes("k"))
              .value(null)
              .header("h", bytes("1"))
              .header("h", null)
              .timestamp(12345)
              .opaque("mine")
              .onDelivery(report -> {
                seen.add(StandardCharsets.UTF_8.decode(report.key()).toString());
                seen.add(String.valueOf(report.value()));
                seen.add(report.headers().size() + " headers");
                reports.add(report);
              }));
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(seen).containsExactly("k", "null", "2 headers");
    DeliveryReport report = reports.get(0);
    assertThat(report.partition()).isEqualTo(2);
    assertThat(report.timestamp()).isEqualTo(12345);
    assertThat(report.opaque()).isEqualTo("mine");
    assertThat(report.latency()).isPositive();
    assertThatThrownBy(report::key).isInstanceOf(IllegalStateException.class);
    assertThat(broker.log("t", 2)).containsExactly(new FakeBroker.Stored("k", null, 12345, 2));
  }

  @ParameterizedTest
  @EnumSource(
      value = Fate.class,
      names = {"STORE_AND_HANG_UP", "HANG_UP", "REFUSE"})
  void messagesAreStoredOnceWhateverHappensToSomeRequests(Fate fate) throws Exception {
    broker.plan = (request, what) -> request % 3 == 1 ? fate : Fate.STORE;
    try (Producer producer = open("batch.num.messages", 10)) {
      produce(producer, "one", 1000);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(values("one", 0)).isEqualTo(numbered(1000));
    assertThat(reports).hasSize(1000).allMatch(DeliveryReport::isDelivered);
  }

  @Test
  void everyAcceptedMessageIsReportedOnceAmidFaultsOfAllKinds() throws Exception {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    System.out.println("ProducerTest: millrace.seed=" + seed);
    Random random = new Random(seed);
    ErrorCode[] refusals = {
      ErrorCode.NOT_ENOUGH_REPLICAS,
      ErrorCode.NOT_LEADER_OR_FOLLOWER,
      ErrorCode.REQUEST_TIMED_OUT,
      ErrorCode.KAFKA_STORAGE_ERROR
    };
    broker.plan =
        (request, what) -> {
          synchronized (random) {
            broker.refusal = refusals[random.nextInt(refusals.length)];
            return switch (random.nextInt(8)) {
              case 0 -> Fate.HANG_UP;
              case 1 -> Fate.STORE_AND_HANG_UP;
              case 2 -> Fate.REFUSE;
              default -> Fate.STORE;
            };
          }
        };
    int count = 20_000;
    int[] reported = new int[count];
    try (Producer producer = open("batch.num.messages", 50, "max.block.ms", 30_000)) {
      for (int i = 0; i < count; i++) {
        int number = i;
        producer.produce(
            "t",
            bytes("key " + i % 7),
            bytes("value " + i),
            report -> {
              reported[number]++;
              if (!report.isDelivered()) {
                reports.add(report);
              }
            });
      }
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports).isEmpty();
    assertThat(reported).containsOnly(1);
    int stored = 0;
    for (int partition = 0; partition < 3; partition++) {
      Map<String, Integer> last = new HashMap<>();
      for (FakeBroker.Stored one : broker.log("t", partition)) {
        int number = Integer.parseInt(one.value().substring(6));
        assertThat(last.getOrDefault(one.key(), -1)).isLessThan(number);
        last.put(one.key(), number);
        stored++;
      }
    }
    assertThat(stored).isEqualTo(count);
  }

  @Test
  void queueTakesExactlyAsManyMessagesAsItMay() throws Exception {
    broker.plan = (request, what) -> Fate.SILENCE;
    try (Producer producer =
        open("queue.buffering.max.messages", 10, "delivery.timeout.ms", 60_000)) {
      produce(producer, "one", 10);
      assertThat(producer.queueLength()).isEqualTo(10);
      assertThatThrownBy(() -> produce(producer, "one", 1))
          .isInstanceOf(QueueFullException.class)
          .hasMessageContaining("queue.buffering.max.messages");
      producer.close(Duration.ZERO);
    }
    assertThat(reports).hasSize(10).noneMatch(DeliveryReport::isDelivered);
  }

  @Test
  void queueTakesAsManyBytesAsItMay() throws Exception {
    broker.plan = (request, what) -> Fate.SILENCE;
    try (Producer producer = open("queue.buffering.max.kbytes", 1)) {
      for (int i = 0; i < 10; i++) {
        producer.produce("one", null, new byte[100]);
      }
      assertThatThrownBy(() -> producer.produce("one", null, new byte[100]))
          .isInstanceOf(QueueFullException.class);
      producer.close(Duration.ZERO);
    }
  }

  @Test
  void messageThatIsNotDeliveredInTimeIsReportedSo() throws Exception {
    broker.refusal = ErrorCode.NOT_ENOUGH_REPLICAS;
    broker.plan = (request, what) -> Fate.REFUSE;
    try (Producer producer = open("delivery.timeout.ms", 300)) {
      produce(producer, "one", 1);
      assertThat(producer.flush(LONG)).isZero();
    }
    ProducerError error = reports.get(0).error();
    assertThat(error.code()).isEqualTo(LocalError.MSG_TIMED_OUT.code());
    assertThat(reports.get(0).latency()).isBetween(Duration.ofMillis(290), LONG);
  }

  @Test
  void messageThatWasNeverSentIsNotPersistedAndOneThatWasMayBe() throws Exception {
    broker.plan = (request, what) -> Fate.SILENCE;
    try (Producer producer = open("delivery.timeout.ms", 300)) {
      produce(producer, "one", 1);
      assertThat(producer.flush(LONG)).isZero();
    }
    broker.close();
    try (Producer producer = open("delivery.timeout.ms", 200)) {
      produce(producer, "one", 1);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports.get(0).error().persisted()).isEqualTo(ProducerError.Persisted.POSSIBLY);
    assertThat(reports.get(1).error().persisted()).isEqualTo(ProducerError.Persisted.NOT);
  }

  @Test
  void refusalForGoodIsReportedAndTheRestGoesOn() throws Exception {
    broker.refusal = ErrorCode.INVALID_RECORD;
    broker.plan = (request, what) -> request == 2 ? Fate.REFUSE : Fate.STORE;
    try (Producer producer = open("batch.num.messages", 10)) {
      produce(producer, "one", 100);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports).hasSize(100);
    assertThat(reports.stream().filter(r -> !r.isDelivered()).toList())
        .hasSize(10)
        .allSatisfy(r -> {
          assertThat(r.error().code()).isEqualTo(ErrorCode.INVALID_RECORD.code());
          assertThat(r.error().persisted()).isEqualTo(ProducerError.Persisted.NOT);
        });
    assertThat(values("one", 0)).hasSize(90).doesNotHaveDuplicates();
  }

  @Test
  void messageAtFaultIsToldFromThoseThatWereRefusedWithIt() throws Exception {
    broker.refusal = ErrorCode.INVALID_RECORD;
    broker.wrongRecord = 3;
    broker.plan = (request, what) -> request == 0 ? Fate.REFUSE : Fate.STORE;
    try (Producer producer = open("linger.ms", 60_000, "batch.num.messages", 5)) {
      produce(producer, "one", 10);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports).hasSize(10);
    List<DeliveryReport> failed = reports.stream().filter(r -> !r.isDelivered()).toList();
    assertThat(failed)
        .extracting(r -> r.error().name())
        .containsExactly(
            "_INVALID_DIFFERENT_RECORD",
            "_INVALID_DIFFERENT_RECORD",
            "_INVALID_DIFFERENT_RECORD",
            "INVALID_RECORD",
            "_INVALID_DIFFERENT_RECORD");
    assertThat(failed.get(3).error().message()).isEqualTo("it is wrong by itself");
    assertThat(failed).allMatch(r -> r.error().persisted() == ProducerError.Persisted.NOT);
    assertThat(values("one", 0)).hasSize(5);
  }

  @Test
  void partitionThatDoesNotExistIsRefusedByName() throws Exception {
    try (Producer producer = open()) {
      producer.produce(ProducerMessage.to("t").partition(99).value(bytes("v")));
      assertThat(producer.flush(LONG)).isZero();
      assertThat(reports.get(0).error().code()).isEqualTo(LocalError.UNKNOWN_PARTITION.code());
      assertThat(reports.get(0).error().message()).contains("t has no partition 99");
      assertThatThrownBy(
              () -> producer.produce(ProducerMessage.to("t").partition(99).value(bytes("v"))))
          .hasMessageContaining("t has no partition 99");
    }
  }

  @Test
  void topicThatNeverComesIsReportedAfterAWhile() throws Exception {
    try (Producer producer = open("topic.metadata.propagation.max.ms", 100)) {
      produce(producer, "nowhere", 3);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports)
        .hasSize(3)
        .allMatch(r -> r.error().code() == LocalError.UNKNOWN_TOPIC.code());
  }

  @Test
  void topicThatIsUnknownForAMomentLosesNothing() throws Exception {
    try (Producer producer = open("linger.ms", 0)) {
      produce(producer, "one", 1);
      assertThat(producer.flush(LONG)).isZero();
      broker.forget("one");
      broker.refusal = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      broker.plan = (request, what) -> Fate.REFUSE;
      int asked = broker.metadataRequests.get();
      produce(producer, "one", 10);
      Awaitility.await().atMost(LONG).until(() -> broker.metadataRequests.get() > asked + 3);
      broker.topic("one", 1);
      broker.plan = (request, what) -> Fate.STORE;
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports).hasSize(11).allMatch(DeliveryReport::isDelivered);
  }

  @Test
  void messagesWaitForTheirTopicToBeMade() throws Exception {
    broker.createsTopics = true;
    try (Producer producer = open()) {
      produce(producer, "new", 100);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(values("new", 0)).isEqualTo(numbered(100));
  }

  @Test
  void lingerWaitsForMoreAndFlushDoesNot() throws Exception {
    try (Producer producer = open("linger.ms", 60_000)) {
      produce(producer, "one", 10);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(broker.came).hasSize(1);
    try (Producer producer = open("linger.ms", 200)) {
      long began = System.nanoTime();
      produce(producer, "one", 1);
      Awaitility.await().atMost(LONG).until(() -> broker.came.size() == 2);
      assertThat(broker.came.get(1).nanos() - began).isGreaterThan(195_000_000L);
    }
  }

  @Test
  void batchEndsWithTheNumberOfItsMessages() throws Exception {
    try (Producer producer = open("linger.ms", 60_000, "batch.num.messages", 10_000)) {
      produce(producer, "one", 25_000);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(broker.came.stream().map(FakeBroker.Came::records))
        .containsExactly(10_000, 10_000, 5_000);
  }

  @Test
  void withoutAcksMessagesCountAsDeliveredWhenTheyAreSent() throws Exception {
    try (Producer producer = open("acks", 0, "enable.idempotence", false)) {
      produce(producer, "one", 100);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports).hasSize(100).allMatch(r -> r.isDelivered() && r.offset() == -1);
    Awaitility.await().atMost(LONG).until(() -> broker.log("one", 0).size() == 100);
  }

  @Test
  void purgedMessagesAreReportedOnce() throws Exception {
    broker.plan = (request, what) -> Fate.SILENCE;
    try (Producer producer = open("linger.ms", 0, "batch.num.messages", 1)) {
      produce(producer, "one", 20);
      Awaitility.await().atMost(LONG).until(() -> broker.came.size() == 5);
      producer.purge(true, true);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports).hasSize(20).noneMatch(DeliveryReport::isDelivered);
    assertThat(
            reports.stream().filter(r -> r.error().code() == LocalError.PURGE_QUEUE.code()).count())
        .isEqualTo(15);
    assertThat(
            reports.stream()
                .filter(r -> r.error().code() == LocalError.PURGE_INFLIGHT.code())
                .count())
        .isEqualTo(5);
  }

  @Test
  void callbackThatThrowsHarmsNobody() throws Exception {
    try (Producer producer = open()) {
      for (int i = 0; i < 10; i++) {
        producer.produce(
            "one",
            null,
            bytes("v"),
            report -> {
              reports.add(report);
              throw new IllegalStateException("thrown on purpose");
            });
      }
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports).hasSize(10);
  }

  @Test
  void futureCompletesWithoutAnyPoll() throws Exception {
    broker.refusal = ErrorCode.INVALID_RECORD;
    broker.plan = (request, what) -> request == 1 ? Fate.REFUSE : Fate.STORE;
    try (Producer producer = open("linger.ms", 0)) {
      Delivery good = producer.send(ProducerMessage.to("one").value(bytes("v")));
      assertThat(good.get(30, TimeUnit.SECONDS).offset()).isZero();
      Delivery bad = producer.send(ProducerMessage.to("one").value(bytes("v")));
      assertThatThrownBy(() -> bad.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(ProducerException.class)
          .hasMessageContaining("INVALID_RECORD");
    }
  }

  @Test
  void messageThatWaitsCanBeCancelledAndTheOthersStayInOrder() throws Exception {
    try (Producer producer = open("linger.ms", 60_000)) {
      produce(producer, "one", 3);
      Delivery mine = producer.send(ProducerMessage.to("one").key(bytes("k")).value(bytes("mine")));
      produce(producer, "one", 3);
      assertThat(producer.cancel(mine)).isTrue();
      assertThat(producer.cancel(mine)).isFalse();
      assertThatThrownBy(() -> mine.get(30, TimeUnit.SECONDS)).hasMessageContaining("_PURGE_QUEUE");
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(values("one", 0))
        .containsExactly("value 0", "value 1", "value 2", "value 0", "value 1", "value 2");
  }

  @Test
  void severalMessagesAreAcceptedEachForItself() throws Exception {
    try (Producer producer = open("message.max.bytes", 2000)) {
      List<ProducerError> outcome =
          producer.produceAll(
              List.of(
                  ProducerMessage.to("one").value(bytes("first")).header("h", bytes("x")),
                  ProducerMessage.to("one").value(new byte[3000]),
                  ProducerMessage.to("one").value(bytes("third"))));
      assertThat(outcome.get(0)).isNull();
      assertThat(outcome.get(1).code()).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE.code());
      assertThat(outcome.get(2)).isNull();
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(values("one", 0)).containsExactly("first", "third");
  }

  @Test
  void reportsAreEventsInAQueueOrAStream() throws Exception {
    BlockingQueue<DeliveryReport> queue = new LinkedBlockingQueue<>();
    List<String> streamed = new CopyOnWriteArrayList<>();
    Map<String, Object> settings = Map.of("bootstrap.servers", broker.address());
    try (Producer producer = Producer.open(settings, ReportPublisher.into(queue))) {
      produce(producer, "one", 5);
      assertThat(producer.flush(LONG)).isZero();
    }
    try (ReportPublisher stream = new ReportPublisher(Runnable::run, 16)) {
      stream.subscribe(
          new java.util.concurrent.Flow.Subscriber<>() {
            @Override
            public void onSubscribe(java.util.concurrent.Flow.Subscription subscription) {
              subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(DeliveryReport report) {
              streamed.add(StandardCharsets.UTF_8.decode(report.value().duplicate()).toString());
            }

            @Override
            public void onError(Throwable thrown) {}

            @Override
            public void onComplete() {}
          });
      try (Producer producer = Producer.open(settings, stream)) {
        produce(producer, "one", 5);
        assertThat(producer.flush(LONG)).isZero();
      }
    }
    assertThat(queue).hasSize(5).allMatch(r -> r.value().remaining() == 7);
    Awaitility.await().atMost(LONG).until(() -> streamed.size() == 5);
    assertThat(streamed).isEqualTo(numbered(5));
  }

  @Test
  void metadataAreAskedOfTheBroker() throws Exception {
    try (Producer producer = open()) {
      TopicMetadata found = producer.metadata("t", LONG);
      assertThat(found.partitions()).hasSize(3).allMatch(p -> p.leader() == 1);
      assertThatThrownBy(() -> producer.metadata("nowhere", LONG))
          .isInstanceOf(ProducerException.class)
          .hasMessageContaining("nowhere");
    }
  }

  @Test
  void closedProducerRefusesAndASecondCloseDoesNothing() {
    Producer producer = open();
    producer.close();
    producer.close();
    assertThatThrownBy(() -> produce(producer, "one", 1))
        .isInstanceOf(ProducerException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void reportsAreServedByWhoeverPollsIfAskedTo() throws Exception {
    try (Producer producer = open("delivery.dispatch", "poll")) {
      produce(producer, "one", 5);
      Awaitility.await().atMost(LONG).until(() -> broker.log("one", 0).size() == 5);
      assertThat(reports).isEmpty();
      int served = 0;
      while (served < 5) {
        served += producer.poll(Duration.ofSeconds(5));
      }
      assertThat(reports).hasSize(5);
      assertThat(producer.queueLength()).isZero();
    }
  }
}
