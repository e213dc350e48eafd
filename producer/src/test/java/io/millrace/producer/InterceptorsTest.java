package io.millrace.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.producer.FakeBroker.Fate;
import io.millrace.wire.ErrorCode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who hears of what: interceptors, callbacks, futures. */
class InterceptorsTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final ProducerListeners listeners = new ProducerListeners();
  private FakeBroker broker;

  @BeforeEach
  void start() throws Exception {
    broker = new FakeBroker().topic("one", 1).topic("other", 1);
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
  }

  private Producer open(Object... settings) {
    Map<String, Object> all = new HashMap<>();
    all.put("bootstrap.servers", broker.address());
    for (int i = 0; i < settings.length; i += 2) {
      all.put((String) settings[i], settings[i + 1]);
    }
    return Producer.open(all, listeners);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** Counts what it sees. */
  private static final class Counting implements ProducerInterceptor {
    final AtomicInteger sent = new AtomicInteger();
    final AtomicInteger delivered = new AtomicInteger();
    final AtomicInteger failed = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();

    @Override
    public ProducerMessage onSend(ProducerMessage message) {
      sent.incrementAndGet();
      return message;
    }

    @Override
    public void onAcknowledgement(DeliveryReport report) {
      (report.isDelivered() ? delivered : failed).incrementAndGet();
    }

    @Override
    public void onRefusal(ProducerMessage message, ProducerError error) {
      refused.incrementAndGet();
    }
  }

  @Test
  void everyMessageIsSeenOnItsWayInAndAtItsEnd() throws Exception {
    broker.refusal = ErrorCode.INVALID_RECORD;
    broker.plan = (request, what) -> request == 1 ? Fate.REFUSE : Fate.STORE;
    Counting counting = new Counting();
    listeners.interceptor(counting);
    try (Producer producer = open("batch.num.messages", 10, "message.max.bytes", 2000)) {
      for (int i = 0; i < 100; i++) {
        producer.produce("one", null, bytes("v"));
      }
      assertThatThrownBy(() -> producer.produce("one", null, new byte[5000]))
          .isInstanceOf(ProducerException.class);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(counting.sent).hasValue(101);
    assertThat(counting.delivered).hasValue(90);
    assertThat(counting.failed).hasValue(10);
    assertThat(counting.refused).hasValue(1);
  }

  @Test
  void interceptorMayChangeTheMessageAndTheNextSeesThat() throws Exception {
    List<String> seen = new CopyOnWriteArrayList<>();
    listeners.interceptor(
        new ProducerInterceptor() {
          @Override
          public ProducerMessage onSend(ProducerMessage message) {
            return ProducerMessage.to("other")
                .key(message.key())
                .value(bytes(new String(message.value(), UTF_8) + " changed"))
                .onDelivery(message.callback());
          }
        });
    listeners.interceptor(
        new ProducerInterceptor() {
          @Override
          public ProducerMessage onSend(ProducerMessage message) {
            seen.add(message.topic() + " " + new String(message.value(), UTF_8));
            return message.header("seen", null);
          }
        });
    List<DeliveryReport> reports = new CopyOnWriteArrayList<>();
    try (Producer producer = open()) {
      producer.produce("one", null, bytes("v"), reports::add);
      Delivery delivery = producer.send(ProducerMessage.to("one").value(bytes("w")));
      assertThat(delivery.get(30, TimeUnit.SECONDS).topic()).isEqualTo("other");
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(seen).containsExactly("other v changed", "other w changed");
    assertThat(reports).extracting(DeliveryReport::topic).containsExactly("other");
    assertThat(broker.log("one", 0)).isEmpty();
    assertThat(broker.log("other", 0))
        .extracting(FakeBroker.Stored::value, FakeBroker.Stored::headers)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("v changed", 1),
            org.assertj.core.groups.Tuple.tuple("w changed", 1));
  }

  @Test
  void whatAnInterceptorThrowsHarmsNobody() throws Exception {
    Counting counting = new Counting();
    listeners.interceptor(
        new ProducerInterceptor() {
          @Override
          public ProducerMessage onSend(ProducerMessage message) {
            throw new IllegalStateException("thrown on purpose");
          }

          @Override
          public void onAcknowledgement(DeliveryReport report) {
            throw new AssertionError("thrown on purpose");
          }
        });
    listeners.interceptor(
        new ProducerInterceptor() {
          @Override
          public ProducerMessage onSend(ProducerMessage message) {
            return null;
          }
        });
    listeners.interceptor(counting);
    List<DeliveryReport> reports = new CopyOnWriteArrayList<>();
    try (Producer producer = open()) {
      for (int i = 0; i < 10; i++) {
        producer.produce("one", null, bytes("v"), reports::add);
      }
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(counting.sent).hasValue(10);
    assertThat(counting.delivered).hasValue(10);
    assertThat(reports).hasSize(10);
  }

  @Test
  void onlyFailuresAreReportedIfThatIsAskedForAndFuturesCompleteAllTheSame() throws Exception {
    broker.refusal = ErrorCode.INVALID_RECORD;
    broker.plan =
        (request, what) -> what.topicData.get(0).name.equals("other") ? Fate.REFUSE : Fate.STORE;
    List<DeliveryReport> reports = new CopyOnWriteArrayList<>();
    List<DeliveryReport> own = new CopyOnWriteArrayList<>();
    Counting counting = new Counting();
    listeners.everyReport(reports::add).interceptor(counting);
    try (Producer producer = open("delivery.report.only.error", true, "max.block.ms", 30_000)) {
      for (int i = 0; i < 100_000; i++) {
        producer.produce("one", null, bytes("v"));
      }
      producer.produce("one", null, bytes("v"), own::add);
      Delivery delivery = producer.send(ProducerMessage.to("one").value(bytes("w")));
      assertThat(delivery.get(30, TimeUnit.SECONDS).offset()).isEqualTo(100_001);
      for (int i = 0; i < 3; i++) {
        producer.produce("other", null, bytes("refused"));
      }
      assertThat(producer.flush(LONG)).isZero();
      assertThat(producer.queueLength()).isZero();
    }
    assertThat(own).isEmpty();
    assertThat(reports).hasSize(3).noneMatch(DeliveryReport::isDelivered);
    assertThat(counting.delivered).hasValue(100_002);
    assertThat(counting.failed).hasValue(3);
  }
}
