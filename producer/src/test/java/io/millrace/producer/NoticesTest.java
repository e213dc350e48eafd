package io.millrace.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millrace.producer.FakeBroker.Fate;
import io.millrace.wire.ErrorCode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Listeners hear of what concerns the whole producer, and of what debug asks for. */
class NoticesTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final List<LogEvent> lines = new CopyOnWriteArrayList<>();
  private final List<ProducerError> errors = new CopyOnWriteArrayList<>();
  private final List<Throttle> throttles = new CopyOnWriteArrayList<>();
  private final Set<Thread> callers = java.util.concurrent.ConcurrentHashMap.newKeySet();
  private FakeBroker broker;

  @BeforeEach
  void start() throws Exception {
    broker = new FakeBroker().topic("one", 1);
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
  }

  private Map<String, Object> settings(Object... settings) {
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
    return all;
  }

  private Producer open(Object... settings) {
    return Producer.open(
        settings(settings),
        new ProducerListeners()
            .log(line -> {
              callers.add(Thread.currentThread());
              lines.add(line);
            })
            .error(error -> {
              callers.add(Thread.currentThread());
              errors.add(error);
            })
            .throttle(throttle -> {
              callers.add(Thread.currentThread());
              throttles.add(throttle);
            }));
  }

  private void deliver(Producer producer) throws InterruptedException {
    producer.produce("one", null, "value".getBytes(UTF_8));
    assertThat(producer.flush(LONG)).isZero();
  }

  private Set<String> facilities() {
    return lines.stream().map(LogEvent::facility).collect(Collectors.toSet());
  }

  @Test
  void nothingIsSaidWhenAllIsWellAndNothingAsked() throws Exception {
    try (Producer producer = open()) {
      deliver(producer);
    }
    assertThat(lines).isEmpty();
    assertThat(errors).isEmpty();
    assertThat(throttles).isEmpty();
  }

  @Test
  void eachContextSaysItsOwn() throws Exception {
    Map<String, Set<String>> expected =
        Map.of(
            "broker", Set.of("CONNECT", "UP", "DOWN"),
            "topic", Set.of("TOPIC"),
            "metadata", Set.of("METADATA"),
            "msg", Set.of("SEND", "STORED"),
            "protocol", Set.of("REQUEST", "RESPONSE"),
            "queue", Set.of("FLUSH"),
            "eos", Set.of("PID"));
    for (Map.Entry<String, Set<String>> one : expected.entrySet()) {
      lines.clear();
      try (Producer producer = open("debug", one.getKey())) {
        deliver(producer);
      }
      assertThat(facilities()).as(one.getKey()).isEqualTo(one.getValue());
      assertThat(lines).allMatch(line -> line.level() == 7 && !line.text().isBlank());
    }
    lines.clear();
    try (Producer producer = open("debug", "all")) {
      deliver(producer);
    }
    expected.values().forEach(some -> assertThat(facilities()).containsAll(some));
  }

  @Test
  void whatIsSentAgainAndGivenUpIsSaidWithItsReason() throws Exception {
    broker.refusal = ErrorCode.NOT_ENOUGH_REPLICAS;
    broker.plan = (request, what) -> request < 1 ? Fate.REFUSE : Fate.STORE;
    try (Producer producer = open("debug", "msg, consumer")) {
      deliver(producer);
      assertThat(lines)
          .anyMatch(line ->
              line.facility().equals("SEND") && line.text().contains("NOT_ENOUGH_REPLICAS"));
      broker.refusal = ErrorCode.TOPIC_AUTHORIZATION_FAILED;
      broker.refused = Set.of("one");
      deliver(producer);
    }
    assertThat(lines)
        .anyMatch(line ->
            line.facility().equals("FAILED") && line.text().contains("TOPIC_AUTHORIZATION_FAILED"));
  }

  @Test
  void levelKeepsLinesBackAndDebugRaisesIt() throws Exception {
    try (Producer producer = open("debug", "all", "log_level", 4)) {
      deliver(producer);
    }
    assertThat(lines).isEmpty();
  }

  @Test
  void unknownContextIsRefusedWithThoseThereAre() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open("debug", "broker,messages"))
        .withMessageStartingWith(
            "debug cannot be \"messages\": it wants some of all, broker, topic");
  }

  @Test
  void errorsComeOnceUntilItIsWellAgain() throws Exception {
    try (Producer producer = open()) {
      deliver(producer);
      for (int round = 1; round <= 2; round++) {
        broker.vanish();
        producer.produce("one", null, "waits".getBytes(UTF_8));
        int rounds = round;
        Awaitility.await().atMost(LONG).until(() -> count(LocalError.ALL_BROKERS_DOWN) == rounds);
        broker.comeBack();
        assertThat(producer.flush(LONG)).isZero();
      }
    }
    assertThat(count(LocalError.ALL_BROKERS_DOWN)).isEqualTo(2);
    assertThat(count(LocalError.TRANSPORT)).isBetween(2L, 12L);
    assertThat(lines).anyMatch(line -> line.level() == 3 && line.facility().equals("ALLBROKERS"));
    assertThat(callers).hasSize(1);
    assertThat(callers.iterator().next().getName()).startsWith("millrace-reports");
  }

  private long count(LocalError what) {
    return errors.stream().filter(error -> error.code() == what.code()).count();
  }

  @Test
  void fatalErrorIsToldAsOne() throws Exception {
    broker.refusal = ErrorCode.TOPIC_AUTHORIZATION_FAILED;
    broker.plan = (request, what) -> Fate.REFUSE;
    try (Producer producer = open("enable.gapless.guarantee", true)) {
      deliver(producer);
      Awaitility.await().atMost(LONG).until(() -> count(LocalError.GAPLESS_GUARANTEE) == 1);
      assertThat(errors).anyMatch(ProducerError::fatal);
    }
  }

  @Test
  void refusedLoginIsTold() throws Exception {
    broker.door =
        bytes -> {
          var response = new io.millrace.wire.message.SaslAuthenticateResponse();
          response.errorCode = ErrorCode.SASL_AUTHENTICATION_FAILED.code();
          response.errorMessage = "who are you?";
          return response;
        };
    try (Producer producer =
        open(
            "security.protocol",
            "SASL_PLAINTEXT",
            "sasl.mechanism",
            "PLAIN",
            "sasl.username",
            "me",
            "sasl.password",
            "secret",
            "debug",
            "security")) {
      producer.produce("one", null, "value".getBytes(UTF_8));
      Awaitility.await().atMost(LONG).until(() -> count(LocalError.AUTHENTICATION) >= 1);
      Awaitility.await().atMost(LONG).until(() -> facilities().contains("AUTH"));
      assertThat(lines).noneMatch(line -> line.text().contains("secret"));
      producer.close(Duration.ZERO);
    }
  }

  @Test
  void throttlingIsToldAndItsEndToo() throws Exception {
    broker.throttleMs.add(40);
    broker.throttleMs.add(60);
    try (Producer producer = open()) {
      for (int i = 0; i < 5; i++) {
        deliver(producer);
      }
      Awaitility.await().atMost(LONG).until(() -> throttles.size() == 3);
    }
    assertThat(throttles).extracting(Throttle::ms).containsExactly(40, 60, 0);
    assertThat(throttles)
        .allMatch(one -> one.nodeId() == 1 && one.broker().equals(broker.address() + "/1"));
  }

  @Test
  void listenersThatThrowAreCountedAndHarmNobody() throws Exception {
    List<DeliveryReport> reports = new CopyOnWriteArrayList<>();
    try (Producer producer =
        Producer.open(
            settings("debug", "all"),
            new ProducerListeners()
                .everyReport(reports::add)
                .log(line -> {
                  throw new IllegalStateException("thrown on purpose");
                }))) {
      deliver(producer);
      Awaitility.await().atMost(LONG).until(() -> producer.callbacksThrown() > 5);
      deliver(producer);
    }
    assertThat(reports).hasSize(2).allMatch(DeliveryReport::isDelivered);
  }

  @Test
  void whoeverPollsHearsOfThem() throws Exception {
    try (Producer producer = open("debug", "all", "delivery.dispatch", "poll")) {
      producer.produce("one", null, "value".getBytes(UTF_8));
      Awaitility.await().atMost(LONG).until(() -> broker.log("one", 0).size() == 1);
      assertThat(lines).isEmpty();
      Awaitility.await()
          .pollInSameThread()
          .atMost(LONG)
          .until(() -> {
            producer.poll(Duration.ZERO);
            return facilities().contains("STORED");
          });
    }
    assertThat(callers).containsExactly(Thread.currentThread());
  }

  @Test
  void ofWhatNobodyFetchesTheOldestIsDroppedAndCounted() throws Exception {
    List<Integer> called = new java.util.ArrayList<>();
    ReportQueue reports = new ReportQueue(new Room(1, 1), null, false, thrown -> {});
    for (int i = 0; i < ReportQueue.NOTICES_MAX + 5; i++) {
      int number = i;
      reports.notice(() -> called.add(number));
    }
    assertThat(reports.serve(Integer.MAX_VALUE, 0)).isZero();
    assertThat(called).hasSize(ReportQueue.NOTICES_MAX).startsWith(5, 6);
    assertThat(reports.noticesDropped()).isEqualTo(5);
  }
}
