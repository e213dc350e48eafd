package io.millrace.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.producer.FakeBroker.Fate;
import io.millrace.producer.Finding.Rule;
import io.millrace.wire.ErrorCode;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each rule speaks when a load makes it true, with its numbers, and is silent otherwise. */
class DoctorTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final MovedClock clock = new MovedClock();
  private FakeBroker broker;

  @BeforeEach
  void start() throws Exception {
    broker = new FakeBroker().topic("t", 4).topic("one", 1);
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
  }

  /** Short samples: a load need not last for half a minute. */
  private Producer open(Object... settings) {
    Map<String, Object> all = new HashMap<>();
    all.put("bootstrap.servers", broker.address());
    all.put("metrics.sample.window.ms", 5000);
    all.put("auto.include.jmx.reporter", false);
    for (int i = 0; i < settings.length; i += 2) {
      all.put((String) settings[i], settings[i + 1]);
    }
    return Producer.open(all, new ProducerListeners(), new Surroundings(clock, Names.SYSTEM));
  }

  private static void produce(Producer producer, String topic, int count, int size) {
    for (int i = 0; i < count; i++) {
      producer.produce(topic, null, new byte[size]);
    }
  }

  private static void deliver(Producer producer, String topic, int count, int size)
      throws InterruptedException {
    produce(producer, topic, count, size);
    assertThat(producer.flush(LONG)).isZero();
  }

  /** A second goes by, and the producer has noticed. */
  private void second(Producer producer) throws InterruptedException {
    clock.move(SECOND);
    int before = producer.seconds();
    // Any errand wakes the loop.
    producer.metadata("one", LONG);
    Awaitility.await()
        .atMost(LONG)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> producer.seconds() > before || before == 60);
  }

  private static Finding only(Diagnosis diagnosis, Rule rule) {
    assertThat(diagnosis.findings()).extracting(Finding::rule).containsExactly(rule);
    assertThat(diagnosis.isHealthy()).isFalse();
    assertThat(diagnosis.toString()).contains(rule + ": ").contains("One thing to look at");
    return diagnosis.findings().get(0);
  }

  private static Finding found(Diagnosis diagnosis, Rule rule) {
    assertThat(diagnosis.has(rule)).as(diagnosis.toString()).isTrue();
    return diagnosis.findings().stream().filter(one -> one.rule() == rule).findAny().orElseThrow();
  }

  // --- the three diagnoses of the statistics ---

  @Test
  void smallBatchesWantALongerLinger() throws Exception {
    try (Producer producer = open("linger.ms", 0)) {
      for (int i = 0; i < 300; i++) {
        deliver(producer, "one", 1, 20);
      }
      Finding found = only(producer.doctor(), Rule.SMALL_BATCHES);
      assertThat(found.sentence()).contains("raise linger.ms from 0 to ");
      assertThat(found.numbers().get("messages-per-batch")).isEqualTo(1);
      assertThat(found.numbers().get("batches-per-second")).isBetween(20.0, 300.0);
      assertThat(found.numbers().get("proposed")).isBetween(20.0, 1000.0);
    }
  }

  @Test
  void growingBacklogWantsLargerBatchesOrMoreProducers() throws Exception {
    broker.plan = (request, what) -> Fate.SILENCE;
    try (Producer producer = open("batch.size", 16_384)) {
      for (int i = 0; i < 12; i++) {
        produce(producer, "one", 1000, 100);
        second(producer);
      }
      Finding found = found(producer.doctor(), Rule.BACKLOG_GROWS);
      assertThat(found.sentence())
          .contains("raise batch.size from 16384 to 65536")
          .contains("more producers");
      assertThat(found.numbers().get("held-now")).isEqualTo(12_000);
      assertThat(found.numbers().get("growth-per-second")).isBetween(900.0, 1001.0);
      producer.purge(true, true);
    }
  }

  @Test
  void backlogOfReportsWantsThemToBeServed() throws Exception {
    try (Producer producer = open("delivery.dispatch", "poll")) {
      for (int i = 0; i < 8; i++) {
        produce(producer, "one", 1000, 100);
        int sent = 1000 * (i + 1);
        Awaitility.await().atMost(LONG).until(() -> broker.log("one", 0).size() == sent);
        second(producer);
      }
      assertThat(found(producer.doctor(), Rule.BACKLOG_GROWS).sentence()).contains("call poll()");
      assertThat(producer.flush(LONG)).isZero();
    }
  }

  @Test
  void keysThatGoToOnePartitionAreFound() throws Exception {
    try (Producer producer = open("linger.ms", 60_000)) {
      for (int batch = 0; batch < 50; batch++) {
        for (int i = 0; i < 100; i++) {
          String key = i < 85 ? "the big one" : "customer " + (batch * 100 + i);
          producer.produce("t", key.getBytes(UTF_8), new byte[500]);
        }
        assertThat(producer.flush(LONG)).isZero();
      }
      Finding found = only(producer.doctor(), Rule.KEY_SKEW);
      assertThat(found.sentence()).contains("of t got 8").contains("Keys.salted");
      assertThat(found.numbers().get("share")).isBetween(0.86, 0.92);
      assertThat(found.numbers().get("fair-share")).isEqualTo(0.25);
      assertThat(found.numbers().get("messages")).isBetween(1000.0, 5000.0);
    }
  }

  @Test
  void keysThatDivideWellAreNotFound() throws Exception {
    try (Producer producer = open("linger.ms", 60_000)) {
      for (int batch = 0; batch < 50; batch++) {
        for (int i = 0; i < 100; i++) {
          producer.produce("t", ("customer " + i).getBytes(UTF_8), new byte[300]);
        }
        assertThat(producer.flush(LONG)).isZero();
      }
      Diagnosis diagnosis = producer.doctor();
      assertThat(diagnosis.has(Rule.KEY_SKEW)).as(diagnosis.toString()).isFalse();
    }
  }

  // --- the five metrics to monitor ---

  @Test
  void sendRateThatLeapsIsFound() throws Exception {
    try (Producer producer = open()) {
      for (int i = 0; i < 14; i++) {
        deliver(producer, "one", i % 2 == 0 ? 1000 : 10, 100);
        second(producer);
      }
      Finding found = only(producer.doctor(), Rule.SEND_RATE_UNSTABLE);
      assertThat(found.sentence()).contains("the application gave them so");
      assertThat(found.numbers().get("least-per-second")).isBetween(1.0, 11.0);
      assertThat(found.numbers().get("most-per-second")).isBetween(500.0, 1000.0);
    }
  }

  @Test
  void longLingerIsBlamedForLeaps() throws Exception {
    try (Producer producer = open("linger.ms", 60_000, "delivery.timeout.ms", 0)) {
      for (int i = 0; i < 14; i++) {
        produce(producer, "one", 100, 100);
        if (i % 7 == 6) {
          assertThat(producer.flush(LONG)).isZero();
        }
        second(producer);
      }
      Finding found = only(producer.doctor(), Rule.SEND_RATE_UNSTABLE);
      assertThat(found.sentence()).contains("lower linger.ms from 60000");
    }
  }

  @Test
  void errorsAreFoundWithTheLast() throws Exception {
    broker.refusal = ErrorCode.TOPIC_AUTHORIZATION_FAILED;
    broker.plan = (request, what) -> request % 4 == 3 ? Fate.REFUSE : Fate.STORE;
    try (Producer producer = open("enable.idempotence", false, "linger.ms", 60_000)) {
      for (int i = 0; i < 8; i++) {
        deliver(producer, "one", 50, 100);
      }
      Finding found = only(producer.doctor(), Rule.ERRORS);
      assertThat(found.sentence()).contains("TOPIC_AUTHORIZATION_FAILED").contains("dead_letter");
      assertThat(found.numbers().get("share")).isBetween(0.2, 0.3);
    }
  }

  @Test
  void slowRequestsAreFound() throws Exception {
    broker.lateMs = 120;
    broker.plan = (request, what) -> Fate.LATE;
    try (Producer producer = open()) {
      for (int i = 0; i < 3; i++) {
        deliver(producer, "one", 50, 100);
      }
      Finding found = only(producer.doctor(), Rule.SLOW_REQUESTS);
      assertThat(found.sentence()).contains("acks=1 in place of acks=all");
      assertThat(found.numbers().get("request-latency-avg")).isBetween(120.0, 5000.0);
    }
  }

  @Test
  void littleRoomIsFoundByWhicheverLimitIsNearer() throws Exception {
    broker.plan = (request, what) -> Fate.SILENCE;
    try (Producer bytes = open("queue.buffering.max.kbytes", 100);
        Producer messages = open("queue.buffering.max.messages", 100)) {
      produce(bytes, "one", 60, 1024);
      produce(messages, "one", 70, 10);
      Finding ofBytes = only(bytes.doctor(), Rule.LITTLE_ROOM);
      assertThat(ofBytes.sentence()).contains("raise queue.buffering.max.kbytes from 100 to 200");
      assertThat(ofBytes.numbers().get("free-share")).isBetween(0.39, 0.41);
      Finding ofMessages = only(messages.doctor(), Rule.LITTLE_ROOM);
      assertThat(ofMessages.sentence())
          .contains("70 %")
          .contains("raise queue.buffering.max.messages from 100 to 200");
      bytes.purge(true, true);
      messages.purge(true, true);
    }
  }

  @Test
  void batchesFarFromTheirSizeAreFound() throws Exception {
    try (Producer producer = open("linger.ms", 1, "batch.size", 131_072)) {
      for (int i = 0; i < 150; i++) {
        deliver(producer, "one", 30, 100);
      }
      Finding found = only(producer.doctor(), Rule.BATCHES_NOT_FILLED);
      assertThat(found.sentence()).contains("of 131072").contains("raise linger.ms from 1 to ");
      assertThat(found.numbers().get("batch-size-avg")).isBetween(3000.0, 3600.0);
    }
  }

  // --- nothing ---

  @Test
  void healthyProducerIsToldSoInOneSentence() throws Exception {
    try (Producer producer = open("batch.size", 16_384)) {
      assertThat(producer.doctor().toString())
          .isEqualTo("Nothing was sent over the last 5 s: there is nothing to say.");
      for (int i = 0; i < 12; i++) {
        deliver(producer, "t", 4000, 100);
        second(producer);
      }
      Diagnosis diagnosis = producer.doctor();
      assertThat(diagnosis.findings()).isEmpty();
      assertThat(diagnosis.isHealthy()).isTrue();
      assertThat(diagnosis.toString())
          .startsWith("Healthy, nothing to change: ")
          .contains(" messages a second in batches of ")
          .doesNotContain("\n");
    }
  }
}
