package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class FaultsTest {

  private static final Map<String, Object> QUICK_RETRIES = Map.of("retry.backoff.ms", 10);
  private static final Map<String, Object> NOT_IDEMPOTENT =
      Map.of("retry.backoff.ms", 10, "enable.idempotence", false, "retries", 0);

  private Millrace millrace;

  @BeforeEach
  void start() {
    millrace = Millrace.start();
    millrace.createTopic("t", 1);
    millrace.createTopic("other", 1);
  }

  @AfterEach
  void stop() {
    millrace.close();
  }

  @Test
  void idempotentProducerIsNotFooledByALostAnswer() {
    try (var producer = Clients.producer(millrace.kafka(), QUICK_RETRIES)) {
      Clients.send(producer, "t", "first");
      try (Faults faults = millrace.faults(Fault.dropAnswer(ApiKey.PRODUCE).times(3))) {
        assertThat(Clients.send(producer, "t", "second").offset()).isEqualTo(1);
        assertThat(faults.happened()).isEqualTo(3);
      }
    }
    assertThat(Clients.values(millrace.kafka(), "t")).containsExactly("first", "second");
  }

  @Test
  void lostRequestIsSentAgain() {
    try (var producer = Clients.producer(millrace.kafka(), QUICK_RETRIES);
        Faults faults = millrace.faults(Fault.dropRequest(ApiKey.PRODUCE).times(2))) {
      assertThat(Clients.send(producer, "t", "once").offset()).isZero();
      assertThat(faults.happened()).isEqualTo(2);
    }
    assertThat(Clients.values(millrace.kafka(), "t")).containsExactly("once");
  }

  @Test
  void failedProduceIsRetried() {
    try (var producer = Clients.producer(millrace.kafka(), QUICK_RETRIES);
        Faults faults =
            millrace.faults(Fault.fail(ApiKey.PRODUCE, ErrorCode.NOT_ENOUGH_REPLICAS).times(3))) {
      assertThat(Clients.send(producer, "t", "at last").offset()).isZero();
      assertThat(faults.happened()).isEqualTo(3);
    }
    assertThat(Clients.values(millrace.kafka(), "t")).containsExactly("at last");
  }

  @Test
  void producerThatDoesNotRetryIsToldTheError() {
    try (var producer = Clients.producer(millrace.kafka(), NOT_IDEMPOTENT);
        Faults faults =
            millrace.faults(
                Fault.fail(ApiKey.PRODUCE, ErrorCode.NOT_ENOUGH_REPLICAS).ofTopic("t"))) {
      Clients.send(producer, "other", "not concerned");
      assertThatThrownBy(() -> producer.send(new ProducerRecord<>("t", 0, null, "x")).get())
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(NotEnoughReplicasException.class);
      assertThat(faults.happened()).isEqualTo(1);
    }
    assertThat(Clients.values(millrace.kafka(), "t")).isEmpty();
  }

  @Test
  void duplicateRequestIsStoredTwiceUnlessTheProducerIsIdempotent() {
    try (var careless = Clients.producer(millrace.kafka(), NOT_IDEMPOTENT);
        var careful = Clients.producer(millrace.kafka());
        Faults faults = millrace.faults(Fault.duplicate(ApiKey.PRODUCE))) {
      assertThat(Clients.send(careless, "t", "twice").offset()).isZero();
      Clients.send(careful, "other", "once");
      assertThat(faults.happened()).isEqualTo(2);
    }
    assertThat(Clients.values(millrace.kafka(), "t")).containsExactly("twice", "twice");
    assertThat(Clients.values(millrace.kafka(), "other")).containsExactly("once");
  }

  @Test
  void delayedFetchArrivesLate() {
    try (var producer = Clients.producer(millrace.kafka())) {
      Clients.send(producer, "t", "late");
    }
    long began = System.nanoTime();
    try (Faults faults =
        millrace.faults(Fault.delay(ApiKey.FETCH, Duration.ofMillis(700)).ofTopic("t").times(1))) {
      assertThat(Clients.values(millrace.kafka(), "t")).containsExactly("late");
      assertThat(faults.happened()).isEqualTo(1);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(700));
  }

  @Test
  void delayedProduceKeepsTheOrder() {
    try (var producer = Clients.producer(millrace.kafka());
        Faults faults =
            millrace.faults(Fault.delay(ApiKey.PRODUCE, Duration.ofMillis(50)).times(4))) {
      var sent =
          IntStream.range(0, 20)
              .mapToObj(i -> {
                var future = producer.send(new ProducerRecord<>("t", 0, null, "" + i));
                producer.flush();
                return future;
              })
              .toList();
      sent.forEach(Clients::await);
      assertThat(faults.happened()).isEqualTo(4);
    }
    assertThat(Clients.values(millrace.kafka(), "t"))
        .containsExactly(IntStream.range(0, 20).mapToObj(i -> "" + i).toArray(String[]::new));
  }

  @Test
  void afterLeavesTheFirstRequestsAlone() {
    try (var producer = Clients.producer(millrace.kafka(), QUICK_RETRIES);
        Faults faults =
            millrace.faults(
                Fault.fail(ApiKey.PRODUCE, ErrorCode.NOT_ENOUGH_REPLICAS).after(2).times(1))) {
      Clients.send(producer, "t", "1");
      Clients.send(producer, "t", "2");
      assertThat(faults.happened()).isZero();
      Clients.send(producer, "t", "3");
      assertThat(faults.happened(0)).isEqualTo(1);
    }
  }

  @Test
  void sameSeedMeetsTheSameRequests() {
    assertThat(failures(7)).isEqualTo(failures(7)).hasSizeBetween(1, 39);
  }

  private java.util.List<Integer> failures(long seed) {
    java.util.List<Integer> failed = new java.util.ArrayList<>();
    try (var producer = Clients.producer(millrace.kafka(), NOT_IDEMPOTENT);
        Faults faults =
            millrace.faults(
                Fault.fail(ApiKey.PRODUCE, ErrorCode.NOT_ENOUGH_REPLICAS)
                    .withProbability(0.3, seed))) {
      for (int i = 0; i < 40; i++) {
        try {
          producer.send(new ProducerRecord<>("t", 0, null, "x")).get();
        } catch (ExecutionException e) {
          failed.add(i);
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
      assertThat(faults.happened()).isEqualTo(failed.size());
    }
    return failed;
  }

  @Test
  void everyApiThatCanFailDoes() {
    for (ApiKey api : io.millrace.kafka.FailedAnswer.APIS) {
      assertThat(Fault.fail(api, ErrorCode.UNKNOWN_SERVER_ERROR).api()).isEqualTo(api);
    }
    assertThatThrownBy(() -> Fault.fail(ApiKey.API_VERSIONS, ErrorCode.UNKNOWN_SERVER_ERROR))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("PRODUCE");
  }

  @Test
  void faultsEndWhenTheyAreClosed() {
    try (var producer = Clients.producer(millrace.kafka(), NOT_IDEMPOTENT)) {
      millrace.faults(Fault.fail(ApiKey.PRODUCE, ErrorCode.NOT_ENOUGH_REPLICAS)).close();
      Clients.send(producer, "t", "fine");
    }
  }
}
