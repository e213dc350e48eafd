package io.millrace.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.producer.FakeBroker.Fate;
import io.millrace.wire.ErrorCode;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One report for each accepted message, in whichever way it is asked for; and none for others. */
class ReportingTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private FakeBroker broker;

  @BeforeEach
  void start() throws Exception {
    broker = new FakeBroker().topic("one", 1).topic("other", 1);
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
  }

  private Producer open(DeliveryCallback everyReport, Object... settings) {
    Map<String, Object> all = new HashMap<>();
    all.put("bootstrap.servers", broker.address());
    all.put("linger.ms", 0);
    for (int i = 0; i < settings.length; i += 2) {
      all.put((String) settings[i], settings[i + 1]);
    }
    return Producer.open(all, everyReport);
  }

  private static ProducerMessage message(int number) {
    return ProducerMessage.to(number % 10 == 3 ? "other" : "one")
        .value(("value " + number).getBytes(UTF_8));
  }

  /** Sends a hundred messages of which ten are refused. */
  private void sendTo(DeliveryCallback everyReport) throws InterruptedException {
    try (Producer producer = open(everyReport)) {
      for (int i = 0; i < 100; i++) {
        producer.produce(message(i));
      }
      assertThat(producer.flush(LONG)).isZero();
    }
  }

  private static List<String> outcomes(Iterable<DeliveryReport> reports) {
    List<String> all = new ArrayList<>();
    for (DeliveryReport report : reports) {
      ProducerError error = report.error();
      all.add(report.topic() + (error == null ? "" : " " + error.name()));
    }
    all.sort(null);
    return all;
  }

  @Test
  void everyWayOfReportingTellsTheSame() throws Exception {
    broker.refused = java.util.Set.of("other");
    broker.refusal = ErrorCode.INVALID_RECORD;
    List<DeliveryReport> called = new CopyOnWriteArrayList<>();
    sendTo(called::add);
    LinkedBlockingQueue<DeliveryReport> queue = new LinkedBlockingQueue<>();
    sendTo(ReportPublisher.into(queue));
    List<DeliveryReport> streamed = new CopyOnWriteArrayList<>();
    try (ReportPublisher stream = new ReportPublisher(Runnable::run, 256)) {
      stream.subscribe(new Collecting(streamed));
      sendTo(stream);
    }
    List<DeliveryReport> polled = new ArrayList<>();
    try (Producer producer = open(polled::add, "delivery.dispatch", "poll")) {
      for (int i = 0; i < 100; i++) {
        producer.produce(message(i));
      }
      while (polled.size() < 100) {
        producer.poll(Duration.ofSeconds(1));
      }
    }
    List<String> futures = new ArrayList<>();
    try (Producer producer = open(null)) {
      List<Delivery> deliveries = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        deliveries.add(producer.send(message(i)));
      }
      for (Delivery delivery : deliveries) {
        delivery
            .handle((report, thrown) ->
                futures.add(
                    thrown == null
                        ? report.topic()
                        : "other " + ((ProducerException) thrown).error().name()))
            .toCompletableFuture()
            .get();
      }
    }
    futures.sort(null);
    Awaitility.await().atMost(LONG).until(() -> streamed.size() == 100);
    List<String> expected = outcomes(called);
    assertThat(expected).hasSize(100).contains("one", "other INVALID_RECORD");
    assertThat(expected.stream().filter(o -> o.contains("INVALID"))).hasSize(10);
    assertThat(outcomes(queue)).isEqualTo(expected);
    assertThat(outcomes(streamed)).isEqualTo(expected);
    assertThat(outcomes(polled)).isEqualTo(expected);
    assertThat(futures).isEqualTo(expected);
  }

  private record Collecting(List<DeliveryReport> into) implements Flow.Subscriber<DeliveryReport> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(DeliveryReport report) {
      into.add(report);
    }

    @Override
    public void onError(Throwable thrown) {
      throw new AssertionError(thrown);
    }

    @Override
    public void onComplete() {}
  }

  @Test
  void messagesOwnCallbackTakesThePlaceOfTheProducers() throws Exception {
    List<DeliveryReport> every = new CopyOnWriteArrayList<>();
    List<DeliveryReport> own = new CopyOnWriteArrayList<>();
    try (Producer producer = open(every::add)) {
      producer.produce(message(0).opaque("own").onDelivery(own::add));
      producer.produce(message(1).opaque("every"));
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(own).extracting(DeliveryReport::opaque).containsExactly("own");
    assertThat(every).extracting(DeliveryReport::opaque).containsExactly("every");
  }

  /** All but those that come for a moment, for names, keys and beans. */
  private static List<String> threads(String client) {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.endsWith("-" + client) && !name.startsWith("millrace-aside"))
        .toList();
  }

  @Test
  void aHundredThousandFuturesWaitOnTwoThreadsAndCloseLeavesNone() throws Exception {
    broker.plan = (request, what) -> request < 5 ? Fate.SILENCE : Fate.STORE;
    List<Delivery> deliveries = new ArrayList<>();
    try (Producer producer = open(null, "client.id", "crowd")) {
      for (int i = 0; i < 100_000; i++) {
        deliveries.add(producer.send(ProducerMessage.to("one").value(new byte[10])));
      }
      assertThat(producer.queueLength()).isEqualTo(100_000);
      assertThat(threads("crowd"))
          .containsExactlyInAnyOrder("millrace-producer-crowd", "millrace-reports-crowd");
      Awaitility.await().atMost(LONG).until(() -> !broker.came.isEmpty());
      broker.plan = (request, what) -> Fate.STORE;
      broker.hangUp();
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(deliveries).allMatch(d -> d.isDone() && !d.isCompletedExceptionally());
    assertThat(threads("crowd")).isEmpty();
    Awaitility.await().atMost(LONG).until(() -> broker.connected() == 0);
    assertThat(broker.clients).containsExactly("crowd");
  }

  /** What is accepted while another thread closes is reported; the rest is refused. */
  @Test
  void nothingIsLostBetweenProduceAndClose() throws Exception {
    for (int round = 0; round < 20; round++) {
      AtomicInteger accepted = new AtomicInteger();
      AtomicInteger reported = new AtomicInteger();
      Producer producer =
          open(
              report -> reported.incrementAndGet(),
              "queue.buffering.max.messages",
              2000,
              "max.block.ms",
              60_000);
      Thread[] threads = new Thread[3];
      for (int i = 0; i < threads.length; i++) {
        String topic = i == 2 ? "nowhere" : "one";
        threads[i] =
            new Thread(() -> {
              try {
                while (true) {
                  producer.produce(topic, null, new byte[10]);
                  accepted.incrementAndGet();
                }
              } catch (ProducerException e) {
                assertThat(e.error().code()).isEqualTo(LocalError.STATE.code());
              }
            });
        threads[i].start();
      }
      Awaitility.await()
          .atMost(LONG)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> accepted.get() > 1000);
      producer.close(Duration.ZERO);
      for (Thread thread : threads) {
        thread.join(LONG.toMillis());
        assertThat(thread.isAlive()).isFalse();
      }
      assertThat(reported.get()).as("round " + round).isEqualTo(accepted.get());
      assertThat(producer.queueLength()).isZero();
    }
  }

  @Test
  void closedProducerAnswersNoQuestions() {
    Producer producer = open(null);
    producer.close();
    assertThatThrownBy(() -> producer.metadata("one", LONG)).hasMessageContaining("closed");
    assertThatThrownBy(() -> producer.awaitTopic("one", LONG)).hasMessageContaining("closed");
    assertThatThrownBy(() -> producer.watermarks("one", 0, LONG)).hasMessageContaining("closed");
    producer.purge(true, true);
  }

  @Test
  void questionThatIsUnderWayEndsWithTheProducer() throws Exception {
    broker.vanish();
    Producer producer = open(null);
    Thread closing =
        new Thread(() -> {
          Awaitility.await().atMost(LONG).until(() -> producer.connectionError() != null);
          producer.close();
        });
    closing.start();
    assertThatThrownBy(() -> producer.metadata("one", Duration.ofMinutes(10)))
        .isInstanceOf(ProducerException.class)
        .hasMessageContaining("closed");
    closing.join();
  }

  @Test
  void firstAddressMayBeDead() throws Exception {
    int dead;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      dead = socket.getLocalPort();
    }
    List<DeliveryReport> reports = new CopyOnWriteArrayList<>();
    try (Producer producer =
        open(reports::add, "bootstrap.servers", "127.0.0.1:" + dead + "," + broker.address())) {
      producer.produce(message(0));
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports).hasSize(1).allMatch(DeliveryReport::isDelivered);
  }

  @Test
  @SuppressWarnings({"unchecked", "rawtypes"})
  void wrongSerializerIsNamedAndNothingIsAccepted() {
    try (Producer producer = open(null)) {
      TypedProducer typed = new TypedProducer(producer, Serializer.TEXT, Serializer.TEXT);
      assertThatThrownBy(() -> typed.produce("one", "key", 42, null))
          .isInstanceOf(ProducerException.class)
          .hasCauseInstanceOf(ClassCastException.class)
          .hasMessageContaining("_VALUE_SERIALIZATION (-161)")
          .hasMessageContaining("java.lang.Integer");
      assertThatThrownBy(() -> typed.send("one", 42L, "value"))
          .hasMessageContaining("_KEY_SERIALIZATION (-162)")
          .hasMessageContaining("the key of a message for one");
      assertThat(producer.queueLength()).isZero();
    }
  }
}
