package io.millrace.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.producer.FakeBroker.Fate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ServerSocketFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What is held back, and who waits: at the caller, in batches, on the way to a broker. */
@Execution(ExecutionMode.CONCURRENT)
class LimitsTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final List<DeliveryReport> reports = new CopyOnWriteArrayList<>();
  private FakeBroker broker;

  @AfterEach
  void stop() throws Exception {
    broker.close();
  }

  private void start(ServerSocketFactory sockets) throws Exception {
    broker = new FakeBroker(1, sockets).topic("one", 1);
  }

  private Producer open(Object... settings) {
    Map<String, Object> all = new HashMap<>();
    all.put("bootstrap.servers", broker.address());
    all.put("linger.ms", 0);
    for (int i = 0; i < settings.length; i += 2) {
      all.put((String) settings[i], settings[i + 1]);
    }
    return Producer.open(all, reports::add);
  }

  private static void produce(Producer producer, int count, int size) {
    for (int i = 0; i < count; i++) {
      producer.produce("one", null, new byte[size]);
    }
  }

  // --- batches ---

  @Test
  void batchIsSentWhenItIsAsLargeAsItMayBe() throws Exception {
    start(ServerSocketFactory.getDefault());
    try (Producer producer = open("linger.ms", 60_000, "batch.size", 1000)) {
      produce(producer, 50, 100);
      Awaitility.await().atMost(LONG).until(() -> broker.log("one", 0).size() >= 40);
      assertThat(broker.log("one", 0)).hasSizeLessThan(50);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(broker.log("one", 0)).hasSize(50);
  }

  @Test
  void messageLargerThanABatchGoesAlone() throws Exception {
    start(ServerSocketFactory.getDefault());
    try (Producer producer = open("linger.ms", 60_000, "batch.size", 1000)) {
      produce(producer, 3, 10);
      produce(producer, 1, 5000);
      produce(producer, 3, 10);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(broker.log("one", 0)).hasSize(7);
    assertThat(broker.log("one", 0).get(3).value()).hasSize(5000);
    assertThat(broker.came).extracting(FakeBroker.Came::records).containsExactly(3, 1, 3);
  }

  @Test
  void everyMessageGoesAloneIfBatchesHaveNoSize() throws Exception {
    start(ServerSocketFactory.getDefault());
    try (Producer producer = open("linger.ms", 60_000, "batch.size", 0)) {
      produce(producer, 10, 10);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(broker.came).hasSize(10);
  }

  // --- on the way to a broker ---

  @Test
  void neverAreMoreRequestsUnansweredThanMayBe() throws Exception {
    start(ServerSocketFactory.getDefault());
    broker.plan = (request, what) -> Fate.SILENCE;
    try (Producer producer =
        open("max.in.flight.requests.per.connection", 2, "batch.num.messages", 1)) {
      produce(producer, 10, 10);
      Awaitility.await().atMost(LONG).until(() -> broker.came.size() == 2);
      assertThat(producer.flush(Duration.ofMillis(100))).isEqualTo(10);
      assertThat(broker.came).hasSize(2);
      broker.plan = (request, what) -> Fate.STORE;
      broker.hangUp();
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(broker.log("one", 0)).hasSize(10);
  }

  /** A broker that does not read for a while, over a connection that holds little. */
  private int requests(int threshold) throws Exception {
    start(
        new ServerSocketFactory() {
          @Override
          public ServerSocket createServerSocket(int port, int backlog, InetAddress at)
              throws IOException {
            ServerSocket socket = new ServerSocket();
            socket.setReceiveBufferSize(4096);
            socket.bind(new java.net.InetSocketAddress(at, port), backlog);
            return socket;
          }

          @Override
          public ServerSocket createServerSocket(int port) {
            throw new UnsupportedOperationException();
          }

          @Override
          public ServerSocket createServerSocket(int port, int backlog) {
            throw new UnsupportedOperationException();
          }
        });
    broker.lateMs = 300;
    broker.plan = (request, what) -> request == 0 ? Fate.LATE : Fate.STORE;
    try (Producer producer =
        open(
            "queue.buffering.backpressure.threshold",
            threshold,
            "enable.idempotence",
            false,
            "max.in.flight.requests.per.connection",
            1000,
            "socket.send.buffer.bytes",
            4096)) {
      produce(producer, 1, 10);
      Awaitility.await().atMost(LONG).until(() -> broker.came.size() == 1);
      for (int i = 0; i < 100; i++) {
        produce(producer, 1, 20_000);
        LockSupport.parkNanos(1_000_000);
      }
      assertThat(producer.flush(LONG)).isZero();
      assertThat(broker.log("one", 0)).hasSize(101);
      return broker.came.size();
    }
  }

  @Test
  void batchesGrowWhileABrokerDoesNotReadUnlessManyRequestsMayWait() throws Exception {
    int one = requests(1);
    broker.close();
    int many = requests(100);
    assertThat(many).isGreaterThan(60);
    assertThat(one).isLessThan(many / 2);
  }

  // --- at the caller ---

  @Test
  void callerWaitsForRoomAsLongAsItMay() throws Exception {
    start(ServerSocketFactory.getDefault());
    broker.plan = (request, what) -> Fate.SILENCE;
    try (Producer producer = open("queue.buffering.max.messages", 1, "max.block.ms", 150)) {
      produce(producer, 1, 10);
      long began = System.nanoTime();
      assertThatThrownBy(() -> produce(producer, 1, 10))
          .isInstanceOfSatisfying(
              QueueFullException.class,
              e -> {
                assertThat(e.error().code()).isEqualTo(-184);
                assertThat(e.error().retriable()).isTrue();
                assertThat(e.error().fatal()).isFalse();
              });
      assertThat(System.nanoTime() - began).isBetween(150_000_000L, 10_000_000_000L);
      producer.close(Duration.ZERO);
    }
  }

  @Test
  void callerWhoWaitsGetsTheRoomThatIsFreed() throws Exception {
    start(ServerSocketFactory.getDefault());
    try (Producer producer = open("queue.buffering.max.messages", 1, "max.block.ms", 30_000)) {
      produce(producer, 100, 10);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports).hasSize(100).allMatch(DeliveryReport::isDelivered);
  }

  @Test
  void callerWhoWaitsIsRefusedWhenTheProducerCloses() throws Exception {
    start(ServerSocketFactory.getDefault());
    broker.plan = (request, what) -> Fate.SILENCE;
    Producer producer = open("queue.buffering.max.messages", 1, "max.block.ms", 600_000);
    produce(producer, 1, 10);
    CompletableFuture<Throwable> refused = new CompletableFuture<>();
    Thread waiting =
        new Thread(() -> {
          try {
            produce(producer, 1, 10);
          } catch (ProducerException e) {
            refused.complete(e);
          }
        });
    waiting.start();
    Awaitility.await().atMost(LONG).until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
    producer.close(Duration.ZERO);
    // It may have got the room of the first, and was reported then.
    waiting.join(LONG.toMillis());
    assertThat(waiting.isAlive()).isFalse();
    assertThat(reports.size() + (refused.isDone() ? 1 : 0)).isEqualTo(2);
  }

  @Test
  void callbackNeverWaitsForRoom() throws Exception {
    start(ServerSocketFactory.getDefault());
    CompletableFuture<Throwable> refused = new CompletableFuture<>();
    CompletableFuture<Throwable> refusedWithBackoff = new CompletableFuture<>();
    try (Producer producer = open("queue.buffering.max.messages", 1, "max.block.ms", 600_000)) {
      producer.produce(
          "one",
          null,
          new byte[10],
          report -> {
            try {
              produce(producer, 1, 10);
            } catch (ProducerException e) {
              refused.complete(e);
            }
            try {
              producer.produceWithBackoff(
                  ProducerMessage.to("one").value(new byte[10]), 10, Duration.ofMinutes(1));
            } catch (ProducerException | InterruptedException e) {
              refusedWithBackoff.complete(e);
            }
          });
      assertThat(refused.get(30, TimeUnit.SECONDS)).isInstanceOf(QueueFullException.class);
      assertThat(refusedWithBackoff.get(30, TimeUnit.SECONDS))
          .isInstanceOf(QueueFullException.class);
      assertThat(producer.flush(LONG)).isZero();
    }
  }

  @Test
  void callbackThatFlushesIsRefusedAndOneThatClosesOrPurgesIsNot() throws Exception {
    start(ServerSocketFactory.getDefault());
    CompletableFuture<Throwable> refused = new CompletableFuture<>();
    CompletableFuture<Boolean> closed = new CompletableFuture<>();
    Producer producer = open();
    producer.produce(
        "one",
        null,
        "v".getBytes(UTF_8),
        report -> {
          try {
            producer.flush(LONG);
          } catch (ProducerException | InterruptedException e) {
            refused.complete(e);
          }
          producer.purge(true, true);
          producer.close();
          closed.complete(true);
        });
    assertThat(refused.get(30, TimeUnit.SECONDS)).hasMessageContaining("_STATE");
    assertThat(closed.get(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void fullQueueIsTriedAgainAfterWaitsThatDouble() throws Exception {
    start(ServerSocketFactory.getDefault());
    broker.plan = (request, what) -> Fate.SILENCE;
    ProducerMessage message = ProducerMessage.to("one").value(new byte[10]);
    try (Producer producer = open("queue.buffering.max.messages", 1)) {
      produce(producer, 1, 10);
      long began = System.nanoTime();
      assertThatThrownBy(() -> producer.produceWithBackoff(message, 3, Duration.ofMillis(30)))
          .isInstanceOf(QueueFullException.class);
      // 30 and 60 ms, give or take a fifth.
      assertThat(System.nanoTime() - began).isBetween(72_000_000L, 10_000_000_000L);
      producer.close(Duration.ZERO);
    }
    Backoff backoff = new Backoff(5, 1000);
    assertThat(List.of(1, 2, 3, 4).stream().map(i -> backoff.nanos(i, Middle.OF)))
        .containsExactly(1000L, 2000L, 4000L, 8000L);
  }

  @Test
  void whoeverPollsHandsReportsOverWhileItBacksOff() throws Exception {
    start(ServerSocketFactory.getDefault());
    ProducerMessage message = ProducerMessage.to("one").value(new byte[10]);
    try (Producer producer = open("queue.buffering.max.messages", 1, "delivery.dispatch", "poll")) {
      for (int i = 0; i < 5; i++) {
        producer.produceWithBackoff(message, 12, Duration.ofMillis(5));
      }
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports).hasSize(5).allMatch(DeliveryReport::isDelivered);
  }

  /** Neither early nor late. */
  private static final class Middle implements Chance {
    static final Middle OF = new Middle();

    @Override
    public int below(int bound) {
      return bound / 2;
    }

    @Override
    public double fraction() {
      return 0.5;
    }

    @Override
    public byte[] secret(int count) {
      return new byte[count];
    }
  }
}
