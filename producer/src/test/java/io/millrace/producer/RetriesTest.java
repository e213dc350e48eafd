package io.millrace.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.producer.FakeBroker.Fate;
import io.millrace.wire.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ServerSocketFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** When a batch is sent again, how often, where, and what is known of it when it is given up. */
@Execution(ExecutionMode.CONCURRENT)
class RetriesTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final MovedClock clock = new MovedClock();
  private final List<DeliveryReport> reports = new CopyOnWriteArrayList<>();
  private final AtomicInteger leader = new AtomicInteger(1);
  private FakeBroker broker;

  @AfterEach
  void stop() throws Exception {
    broker.close();
  }

  private void start(int nodes) throws Exception {
    broker = new FakeBroker(nodes, ServerSocketFactory.getDefault()).topic("one", 1);
    broker.leader = requests -> leader.get();
  }

  private Producer open(Object... settings) {
    Map<String, Object> all = new HashMap<>();
    all.put("bootstrap.servers", broker.address());
    all.put("retry.backoff.ms", 1);
    all.put("retry.backoff.max.ms", 5);
    all.put("reconnect.backoff.ms", 1);
    all.put("reconnect.backoff.max.ms", 5);
    all.put("linger.ms", 0);
    for (int i = 0; i < settings.length; i += 2) {
      all.put((String) settings[i], settings[i + 1]);
    }
    return Producer.open(
        all,
        new ProducerListeners().everyReport(reports::add),
        new Surroundings(clock, Names.SYSTEM));
  }

  private static ProducerMessage message(int number) {
    return ProducerMessage.to("one").value(("value " + number).getBytes(UTF_8)).opaque(number);
  }

  private static void produce(Producer producer, int from, int to) {
    for (int i = from; i < to; i++) {
      producer.produce(message(i));
    }
  }

  private List<String> values() {
    return broker.log("one", 0).stream().map(FakeBroker.Stored::value).toList();
  }

  private static List<String> numbered(int... numbers) {
    List<String> all = new ArrayList<>();
    for (int number : numbers) {
      all.add("value " + number);
    }
    return all;
  }

  private void awaitMetadata(int more) {
    int asked = broker.metadataRequests.get();
    Awaitility.await().atMost(LONG).until(() -> broker.metadataRequests.get() >= asked + more);
  }

  @Test
  void batchIsSentOnceMoreThanItMayBeSentAgainAndAttemptsToConnectDoNotCount() throws Exception {
    start(1);
    broker.plan = (request, what) -> Fate.REFUSE;
    broker.vanish();
    try (Producer producer = open("retries", 2)) {
      produce(producer, 0, 1);
      Awaitility.await().atMost(LONG).until(() -> producer.connectionError() != null);
      broker.comeBack();
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(broker.came).hasSize(3);
    ProducerError error = reports.get(0).error();
    assertThat(error.code()).isEqualTo(ErrorCode.NOT_ENOUGH_REPLICAS.code());
    assertThat(error.persisted()).isEqualTo(ProducerError.Persisted.NOT);
  }

  @Test
  void pausesBetweenAttemptsDoubleUpToTheLongest() throws Exception {
    start(1);
    broker.plan = (request, what) -> request < 5 ? Fate.REFUSE : Fate.STORE;
    try (Producer producer = open("retry.backoff.ms", 20, "retry.backoff.max.ms", 100)) {
      produce(producer, 0, 1);
      assertThat(producer.flush(LONG)).isZero();
    }
    int[] expected = {20, 40, 80, 100, 100};
    for (int i = 0; i < expected.length; i++) {
      double ms = (broker.came.get(i + 1).nanos() - broker.came.get(i).nanos()) / 1e6;
      assertThat(ms).as("pause " + i).isBetween(expected[i] * 0.75, expected[i] * 1.2 + 100);
    }
    assertThat(reports).hasSize(1).allMatch(DeliveryReport::isDelivered);
  }

  @Test
  void messageOfALeaderlessPartitionIsGivenUpWhenItsTimeIsOver() throws Exception {
    start(1);
    leader.set(-1);
    try (Producer producer = open("delivery.timeout.ms", 60_000)) {
      produce(producer, 0, 1);
      awaitMetadata(2);
      clock.move(Duration.ofSeconds(57));
      assertThat(producer.flush(Duration.ofMillis(20))).isEqualTo(1);
      clock.move(Duration.ofSeconds(3));
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports.get(0).error().code()).isEqualTo(LocalError.MSG_TIMED_OUT.code());
    assertThat(reports.get(0).error().persisted()).isEqualTo(ProducerError.Persisted.NOT);
    assertThat(reports.get(0).latency()).isBetween(Duration.ofSeconds(60), Duration.ofSeconds(63));
  }

  /** librdkafka's introduction: of 1, 2, 3, 4, 5 the second and third run out of time. */
  @Test
  void messagesThatRunOutOfTimeInTheirQueueLeaveNoGap() throws Exception {
    start(1);
    try (Producer producer = open("topic.metadata.refresh.interval.ms", 10)) {
      produce(producer, 1, 2);
      assertThat(producer.flush(LONG)).isZero();
      leader.set(-1);
      awaitMetadata(2);
      producer.produce(message(2).deadline(Duration.ofSeconds(5)));
      producer.produce(message(3).deadline(Duration.ofSeconds(5)));
      produce(producer, 4, 6);
      clock.move(Duration.ofSeconds(6));
      Awaitility.await().atMost(LONG).until(() -> reports.size() == 3);
      leader.set(1);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(values()).isEqualTo(numbered(1, 4, 5));
    assertThat(reports).extracting(DeliveryReport::opaque).containsExactly(1, 2, 3, 4, 5);
    assertThat(reports.subList(1, 3))
        .allMatch(r -> r.error().code() == LocalError.MSG_TIMED_OUT.code())
        .allMatch(r -> r.error().persisted() == ProducerError.Persisted.NOT);
    assertThat(reports.get(4).isDelivered()).isTrue();
  }

  @Test
  void messageThatWaitsForItsTopicHasItsOwnDeadlineWhereverItStands() throws Exception {
    start(1);
    broker.forget("one");
    try (Producer producer = open("topic.metadata.propagation.max.ms", 3_600_000)) {
      produce(producer, 0, 2);
      producer.produce(message(2).deadline(Duration.ofSeconds(5)));
      produce(producer, 3, 4);
      awaitMetadata(2);
      assertThat(reports).isEmpty();
      clock.move(Duration.ofSeconds(6));
      Awaitility.await().atMost(LONG).until(() -> reports.size() == 1);
      broker.topic("one", 1);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports.get(0).opaque()).isEqualTo(2);
    assertThat(reports.get(0).error().code()).isEqualTo(LocalError.MSG_TIMED_OUT.code());
    assertThat(values()).isEqualTo(numbered(0, 1, 3));
  }

  @Test
  void messageThatRunsOutOfTimeUnderWayEndsItsConnectionAndTheOthersAreStored() throws Exception {
    start(1);
    broker.plan = (request, what) -> Fate.SILENCE;
    try (Producer producer = open("batch.num.messages", 1)) {
      producer.produce(message(0).deadline(Duration.ofSeconds(5)));
      produce(producer, 1, 3);
      Awaitility.await().atMost(LONG).until(() -> broker.came.size() == 3);
      broker.plan = (request, what) -> Fate.STORE;
      int connects = broker.connects.get();
      clock.move(Duration.ofSeconds(6));
      assertThat(producer.flush(LONG)).isZero();
      assertThat(broker.connects.get()).isGreaterThan(connects);
    }
    DeliveryReport late =
        reports.stream().filter(r -> r.opaque().equals(0)).findFirst().orElseThrow();
    assertThat(late.error().code()).isEqualTo(LocalError.MSG_TIMED_OUT.code());
    assertThat(late.error().persisted()).isEqualTo(ProducerError.Persisted.POSSIBLY);
    assertThat(late.latency()).isLessThan(Duration.ofSeconds(20));
    assertThat(values()).isEqualTo(numbered(1, 2));
    assertThat(reports).hasSize(3);
  }

  /** If its number were used again, the broker would take the next batch for the one it has. */
  @Test
  void numberOfABatchThatMayBeStoredIsNotUsedAgainThoughItIsRefusedLater() throws Exception {
    start(1);
    broker.refusal = ErrorCode.NOT_LEADER_OR_FOLLOWER;
    broker.plan = (request, what) -> request == 0 ? Fate.STORE_AND_HANG_UP : Fate.REFUSE;
    try (Producer producer = open()) {
      producer.produce(message(0).deadline(Duration.ofSeconds(5)));
      Awaitility.await().atMost(LONG).until(() -> broker.came.size() > 2);
      clock.move(Duration.ofSeconds(6));
      assertThat(producer.flush(LONG)).isZero();
      broker.plan = (request, what) -> Fate.STORE;
      produce(producer, 1, 2);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports.get(0).error().persisted()).isEqualTo(ProducerError.Persisted.POSSIBLY);
    assertThat(reports.get(1).isDelivered()).isTrue();
    assertThat(values()).isEqualTo(numbered(0, 1));
  }

  @Test
  void refusalForGoodTakesNoNewEpoch() throws Exception {
    start(1);
    broker.refusal = ErrorCode.INVALID_RECORD;
    broker.plan = (request, what) -> request == 1 ? Fate.REFUSE : Fate.STORE;
    try (Producer producer = open("batch.num.messages", 1)) {
      produce(producer, 0, 10);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(values()).isEqualTo(numbered(0, 2, 3, 4, 5, 6, 7, 8, 9));
    assertThat(broker.idRequests).hasValue(1);
  }

  @Test
  void nothingGoesToANewLeaderBeforeTheOldOneHasAnsweredOrIsGone() throws Exception {
    start(2);
    broker.plan = (request, what) -> Fate.SILENCE;
    try (Producer producer =
        open("batch.num.messages", 1, "topic.metadata.refresh.interval.ms", 5)) {
      produce(producer, 0, 3);
      Awaitility.await().atMost(LONG).until(() -> broker.came.size() == 3);
      leader.set(-1);
      awaitMetadata(3);
      leader.set(2);
      awaitMetadata(3);
      produce(producer, 3, 5);
      awaitMetadata(3);
      assertThat(broker.came).hasSize(3).allMatch(came -> came.node() == 1);
      broker.plan = (request, what) -> Fate.STORE;
      broker.hangUp();
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(broker.came.subList(3, 8)).allMatch(came -> came.node() == 2);
    assertThat(values()).isEqualTo(numbered(0, 1, 2, 3, 4));
    assertThat(reports).hasSize(5).allMatch(DeliveryReport::isDelivered);
  }

  @Test
  void gapThatMustNotBeStopsTheProducer() throws Exception {
    start(1);
    broker.refusal = ErrorCode.INVALID_RECORD;
    broker.plan = (request, what) -> request == 2 ? Fate.REFUSE : Fate.STORE;
    try (Producer producer = open("enable.gapless.guarantee", true, "batch.num.messages", 1)) {
      produce(producer, 0, 20);
      assertThat(producer.flush(LONG)).isZero();
      ProducerError fatal = producer.fatalError();
      assertThat(fatal.code()).isEqualTo(LocalError.GAPLESS_GUARANTEE.code());
      assertThat(fatal.fatal()).isTrue();
      assertThat(fatal.retriable()).isFalse();
      assertThat(fatal.message()).contains("INVALID_RECORD");
      assertThatThrownBy(() -> produce(producer, 20, 21))
          .isInstanceOfSatisfying(
              ProducerException.class,
              e -> {
                assertThat(e.error().code()).isEqualTo(LocalError.FATAL.code());
                assertThat(e.error().fatal()).isTrue();
              });
      assertThat(producer.fatalError()).isSameAs(fatal);
    }
    assertThat(values()).isEqualTo(numbered(0, 1));
    assertThat(reports).hasSize(20);
    assertThat(reports).extracting(DeliveryReport::opaque).doesNotHaveDuplicates();
    assertThat(reports.stream().filter(DeliveryReport::isDelivered)).hasSize(2);
  }

  @Test
  void messagesThatRunOutOfTimeAreNoSuchGap() throws Exception {
    start(1);
    try (Producer producer = open("enable.gapless.guarantee", true)) {
      leader.set(-1);
      producer.produce(message(0).deadline(Duration.ofSeconds(5)));
      awaitMetadata(2);
      clock.move(Duration.ofSeconds(6));
      assertThat(producer.flush(LONG)).isZero();
      leader.set(1);
      produce(producer, 1, 2);
      assertThat(producer.flush(LONG)).isZero();
      assertThat(producer.fatalError()).isNull();
    }
    assertThat(values()).isEqualTo(numbered(1));
  }

  // --- purge ---

  @Test
  void purgeOfWhatIsQueuedLeavesWhatIsUnderWayAndNoGap() throws Exception {
    start(1);
    broker.plan = (request, what) -> Fate.SILENCE;
    try (Producer producer = open("batch.num.messages", 1)) {
      produce(producer, 0, 20);
      Awaitility.await().atMost(LONG).until(() -> broker.came.size() == 5);
      producer.purge(true, false);
      produce(producer, 20, 30);
      broker.plan = (request, what) -> Fate.STORE;
      broker.hangUp();
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(values()).isEqualTo(numbered(0, 1, 2, 3, 4, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29));
    assertThat(reports).hasSize(30);
    assertThat(reports.stream().filter(r -> !r.isDelivered()))
        .hasSize(15)
        .allMatch(r -> r.error().code() == LocalError.PURGE_QUEUE.code())
        .allMatch(r -> r.error().persisted() == ProducerError.Persisted.NOT);
  }

  @Test
  void purgeOfWhatIsUnderWayLeavesWhatIsQueuedAndNoGap() throws Exception {
    start(1);
    broker.plan = (request, what) -> request < 5 ? Fate.SILENCE : Fate.STORE;
    try (Producer producer = open("batch.num.messages", 1)) {
      produce(producer, 0, 20);
      Awaitility.await().atMost(LONG).until(() -> broker.came.size() == 5);
      producer.purge(false, true);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(values()).hasSize(15).startsWith("value 5").endsWith("value 19").isSubsetOf(all(20));
    assertThat(reports).hasSize(20);
    assertThat(reports.stream().filter(r -> !r.isDelivered()))
        .hasSize(5)
        .allMatch(r -> r.error().code() == LocalError.PURGE_INFLIGHT.code())
        .allMatch(r -> r.error().persisted() == ProducerError.Persisted.POSSIBLY);
  }

  private static List<String> all(int count) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add("value " + i);
    }
    return all;
  }

  @Test
  void whatIsProducedAfterAPurgeIsNotPurged() throws Exception {
    start(1);
    try (Producer producer = open("linger.ms", 60_000)) {
      for (int i = 0; i < 200; i += 2) {
        produce(producer, i, i + 1);
        producer.purge(true, false);
        produce(producer, i + 1, i + 2);
        assertThat(producer.queueLength()).as("round " + i).isPositive();
        assertThat(producer.flush(LONG)).isZero();
      }
    }
    assertThat(values()).hasSize(100).allMatch(v -> Integer.parseInt(v.substring(6)) % 2 == 1);
    assertThat(reports).hasSize(200);
  }
}
