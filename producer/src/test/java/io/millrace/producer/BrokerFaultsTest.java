package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.producer.FakeBroker.Fate;
import io.millrace.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerArray;
import javax.net.ServerSocketFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever a broker answers, or does not: each accepted message gets one report, what is reported
 * delivered is stored once and in order, and nothing hangs.
 */
@Execution(ExecutionMode.CONCURRENT)
class BrokerFaultsTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final int COUNT = 20;

  private final MovedClock clock = new MovedClock();
  private FakeBroker broker;
  private AtomicIntegerArray reported;
  private AtomicIntegerArray delivered;
  private int refusedAtOnce;

  @AfterEach
  void stop() throws Exception {
    broker.close();
  }

  private void start(int nodes) throws Exception {
    broker = new FakeBroker(nodes, ServerSocketFactory.getDefault()).topic("one", 1);
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
    return Producer.open(all, new ProducerListeners(), new Surroundings(clock, Names.SYSTEM));
  }

  private void produce(Producer producer, int from, int to) {
    for (int i = from; i < to; i++) {
      int number = i;
      try {
        producer.produce(
            "one",
            null,
            ("value " + i).getBytes(StandardCharsets.UTF_8),
            report -> {
              reported.incrementAndGet(number);
              if (report.isDelivered()) {
                delivered.incrementAndGet(number);
              }
            });
      } catch (ProducerException e) {
        // Not accepted, for the topic was refused for good by then: there is no report.
        refusedAtOnce++;
        reported.incrementAndGet(number);
      }
    }
  }

  private void count(int count) {
    reported = new AtomicIntegerArray(count);
    delivered = new AtomicIntegerArray(count);
  }

  /** Produces some messages, and waits for their reports. */
  private void run(int count, Object... settings) throws Exception {
    count(count);
    try (Producer producer = open(settings)) {
      produce(producer, 0, count);
      assertThat(producer.flush(LONG)).as(String.valueOf(producer.connectionError())).isZero();
    }
    requireOneReportEach();
  }

  private void requireOneReportEach() {
    List<Integer> stored = new ArrayList<>();
    for (FakeBroker.Stored one : broker.log("one", 0)) {
      stored.add(Integer.parseInt(one.value().substring(6)));
    }
    assertThat(stored).doesNotHaveDuplicates().isSorted();
    for (int i = 0; i < reported.length(); i++) {
      assertThat(reported.get(i)).as("reports of message " + i).isEqualTo(1);
      // A broker that says so without having it cannot be seen through.
      if (delivered.get(i) == 1 && broker.refusal != ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
        assertThat(stored).contains(i);
      }
    }
  }

  private boolean allDelivered() {
    for (int i = 0; i < delivered.length(); i++) {
      if (delivered.get(i) != 1) {
        return false;
      }
    }
    return true;
  }

  // --- each error in turn ---

  @ParameterizedTest
  @EnumSource(value = ErrorCode.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void errorThatPassesEndsInOneReportEach(ErrorCode error) throws Exception {
    start(1);
    broker.refusal = error;
    broker.plan = (request, what) -> request < 2 ? Fate.REFUSE : Fate.STORE;
    run(COUNT, "batch.num.messages", 4);
    if (error.retriable()) {
      assertThat(allDelivered()).isTrue();
    }
    assertThat(broker.log("one", 0).size()).isBetween(COUNT - 8, COUNT);
  }

  @ParameterizedTest
  @EnumSource(value = ErrorCode.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void errorThatStaysEndsInOneReportEach(ErrorCode error) throws Exception {
    start(1);
    broker.refusal = error;
    broker.plan = (request, what) -> Fate.REFUSE;
    run(COUNT, "batch.num.messages", 4, "delivery.timeout.ms", 60, "linger.ms", null);
    boolean counts = error == ErrorCode.DUPLICATE_SEQUENCE_NUMBER;
    for (int i = 0; i < COUNT && !counts; i++) {
      assertThat(delivered.get(i)).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(value = ErrorCode.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void errorOfATopicsMetadataEndsInOneReportEach(ErrorCode error) throws Exception {
    start(1);
    broker.metadataRefusals.addAll(List.of(error, error, error));
    run(COUNT);
    if (error.retriable()) {
      assertThat(allDelivered()).isTrue();
      assertThat(refusedAtOnce).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(value = ErrorCode.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void errorOfAllMetadataIsWaitedOut(ErrorCode error) throws Exception {
    start(1);
    broker.wholeRefusals.addAll(List.of(error, error));
    run(COUNT);
    assertThat(allDelivered()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(value = ErrorCode.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void errorInsteadOfAProducerIdEndsInOneReportEach(ErrorCode error) throws Exception {
    start(1);
    broker.idRefusals.addAll(List.of(error, error));
    run(COUNT);
    if (error.retriable()) {
      assertThat(allDelivered()).isTrue();
    }
  }

  // --- brokers that come, go and are late ---

  @Test
  void answersThatAreLateOrCutAreWaitedForOrAskedForAgain() throws Exception {
    start(1);
    broker.lateMs = 400;
    broker.plan =
        (request, what) ->
            switch (request % 8) {
              case 2, 6 -> Fate.CUT;
              case 4 -> Fate.LATE;
              default -> Fate.STORE;
            };
    run(1000, "batch.num.messages", 25, "request.timeout.ms", 200);
    assertThat(allDelivered()).isTrue();
  }

  /** What was not yet with the operating system when the connection broke. */
  @Test
  void whatABrokenConnectionLeftIsNotWaitedFor() throws Exception {
    start(1);
    broker.lateMs = 3000;
    broker.plan = (request, what) -> request == 0 ? Fate.LATE : Fate.STORE;
    count(60);
    byte[] value = new byte[900_000];
    try (Producer producer = open("acks", 0, "enable.idempotence", false)) {
      for (int i = 0; i < 60; i++) {
        int number = i;
        producer.produce("one", null, value, report -> reported.incrementAndGet(number));
      }
      Awaitility.await().atMost(LONG).until(() -> broker.came.size() == 1);
      assertThat(producer.flush(Duration.ofMillis(500))).isPositive();
      broker.hangUp();
      assertThat(producer.flush(LONG)).isZero();
    }
    for (int i = 0; i < 60; i++) {
      assertThat(reported.get(i)).isEqualTo(1);
    }
  }

  @Test
  void leaderThatChangesWithEveryQuestionDelaysAndDoublesNothing() throws Exception {
    start(2);
    broker.leader = requests -> 1 + requests % 2;
    count(500);
    try (Producer producer = open("batch.num.messages", 5)) {
      for (int i = 0; i < 500; i += 50) {
        produce(producer, i, i + 50);
        // Each question moves the leader.
        producer.metadata("one", LONG);
      }
      assertThat(producer.flush(LONG)).isZero();
    }
    requireOneReportEach();
    assertThat(allDelivered()).isTrue();
    assertThat(broker.metadataRequests.get()).isGreaterThan(10);
  }

  @Test
  void brokersThatVanishAndComeBackTakeEverything() throws Exception {
    start(2);
    count(600);
    try (Producer producer = open("batch.num.messages", 5, "delivery.timeout.ms", 0)) {
      for (int i = 0; i < 600; i += 100) {
        produce(producer, i, i + 50);
        broker.vanish();
        produce(producer, i + 50, i + 100);
        Awaitility.await().atMost(LONG).until(() -> producer.connectionError() != null);
        broker.comeBack();
      }
      assertThat(producer.flush(LONG)).isZero();
    }
    requireOneReportEach();
    assertThat(allDelivered()).isTrue();
  }

  /** A quarter of an hour, by the producer's clock. */
  @Test
  void allBrokersDownForLongAndBackLoseNothing() throws Exception {
    start(1);
    count(200);
    try (Producer producer =
        open(
            "delivery.timeout.ms",
            0,
            "reconnect.backoff.ms",
            100,
            "reconnect.backoff.max.ms",
            10_000)) {
      produce(producer, 0, 100);
      assertThat(producer.flush(LONG)).isZero();
      broker.vanish();
      produce(producer, 100, 200);
      Awaitility.await().atMost(LONG).until(() -> producer.connectionError() != null);
      for (int i = 0; i < 15; i++) {
        clock.move(Duration.ofSeconds(60));
        // Has the loop look at the clock.
        assertThat(producer.flush(Duration.ofMillis(5))).isEqualTo(100);
      }
      broker.comeBack();
      clock.move(Duration.ofSeconds(60));
      assertThat(producer.flush(LONG)).isZero();
    }
    requireOneReportEach();
    assertThat(allDelivered()).isTrue();
  }

  // --- clocks that jump ---

  @Test
  void wallClockThatIsSetChangesTimestampsOnly() throws Exception {
    start(1);
    count(300);
    long before = clock.millis();
    try (Producer producer = open()) {
      produce(producer, 0, 100);
      assertThat(producer.flush(LONG)).isZero();
      clock.set(Duration.ofDays(365));
      clock.move(Duration.ofSeconds(2));
      produce(producer, 100, 200);
      assertThat(producer.flush(LONG)).isZero();
      clock.set(Duration.ofDays(-730));
      clock.move(Duration.ofSeconds(2));
      produce(producer, 200, 300);
      assertThat(producer.flush(LONG)).isZero();
    }
    requireOneReportEach();
    assertThat(allDelivered()).isTrue();
    long year = Duration.ofDays(365).toMillis();
    List<FakeBroker.Stored> log = broker.log("one", 0);
    assertThat(log.get(0).timestamp()).isBetween(before, before + year / 2);
    assertThat(log.get(100).timestamp()).isGreaterThanOrEqualTo(before + year);
    assertThat(log.get(200).timestamp()).isLessThan(before - year / 2);
  }

  @Test
  void timeThatPassesAllAtOnceEndsWhatIsUnderWay() throws Exception {
    start(1);
    broker.plan = (request, what) -> Fate.SILENCE;
    count(100);
    try (Producer producer = open("batch.num.messages", 10)) {
      produce(producer, 0, 100);
      Awaitility.await().atMost(LONG).until(() -> broker.came.size() == 5);
      broker.plan = (request, what) -> Fate.STORE;
      clock.move(Duration.ofHours(1));
      assertThat(producer.flush(LONG)).isZero();
      assertThat(producer.fatalError()).isNull();
    }
    int[] each = new int[100];
    for (int i = 0; i < 100; i++) {
      each[i] = reported.get(i);
    }
    assertThat(Arrays.stream(each).boxed()).containsOnly(1);
    assertThat(allDelivered()).isFalse();
  }
}
