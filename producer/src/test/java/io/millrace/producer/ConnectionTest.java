package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.wire.ErrorCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** How brokers are found again: names, addresses, waits, and beginning anew. */
@Execution(ExecutionMode.CONCURRENT)
class ConnectionTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final List<DeliveryReport> reports = new CopyOnWriteArrayList<>();
  private FakeBroker broker;

  @BeforeEach
  void start() throws Exception {
    broker = new FakeBroker().topic("one", 1);
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
  }

  private Producer open(Names names, Object... settings) {
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
        new Surroundings(Clock.SYSTEM, names));
  }

  private static void produce(Producer producer, int count) {
    for (int i = 0; i < count; i++) {
      producer.produce("one", null, ("value " + i).getBytes(StandardCharsets.UTF_8));
    }
  }

  private void deliversAll(Producer producer, int count) throws InterruptedException {
    produce(producer, count);
    assertThat(producer.flush(LONG)).as(String.valueOf(producer.connectionError())).isZero();
    assertThat(reports).hasSize(count).allMatch(DeliveryReport::isDelivered);
  }

  private static InetAddress ip(String text) throws UnknownHostException {
    return InetAddress.getByName(text);
  }

  /** Nobody listens at the first address. */
  private static List<InetAddress> two(String host) throws UnknownHostException {
    return switch (host) {
      case "brokers.test" -> List.of(ip("127.0.0.2"), ip("127.0.0.1"));
      case "nowhere.test" -> throw new UnknownHostException(host);
      default -> Names.SYSTEM.addresses(host);
    };
  }

  private String named(String host) {
    return host + ":" + broker.port();
  }

  @Test
  void everyAddressOfANameIsTried() throws Exception {
    try (Producer producer =
        open(ConnectionTest::two, "bootstrap.servers", named("brokers.test"))) {
      deliversAll(producer, 10);
    }
  }

  @Test
  void onlyTheFirstAddressIsTriedIfThatIsAskedFor() throws Exception {
    try (Producer producer =
        open(
            ConnectionTest::two,
            "bootstrap.servers",
            named("brokers.test"),
            "client.dns.lookup",
            "default",
            "linger.ms",
            null,
            "delivery.timeout.ms",
            500)) {
      produce(producer, 1);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports.get(0).error().message()).contains("_TRANSPORT");
    assertThat(broker.connects).hasValue(0);
  }

  @Test
  void canonicalNamesAndFamiliesAreChosenAsSettingsSay() throws Exception {
    Names names = host -> List.of(ip("::1"), ip("127.0.0.1"));
    assertThat(names.toTry("x", true, Names.Lookup.ALL, Names.Family.ANY)).hasSize(2);
    assertThat(names.toTry("x", true, Names.Lookup.FIRST, Names.Family.V4))
        .containsExactly(new Names.Address("x", ip("127.0.0.1")));
    assertThat(names.toTry("x", true, Names.Lookup.ALL, Names.Family.V6))
        .containsExactly(new Names.Address("x", ip("::1")));
    String canonical = ip("127.0.0.1").getCanonicalHostName();
    Names.Lookup lookup = Names.Lookup.CANONICAL_BOOTSTRAP;
    assertThat(names.toTry("x", true, lookup, Names.Family.V4))
        .containsExactly(new Names.Address(canonical, ip("127.0.0.1")));
    assertThat(names.toTry("x", false, lookup, Names.Family.V4))
        .containsExactly(new Names.Address("x", ip("127.0.0.1")));
    Names onlySix = host -> List.of(ip("::1"));
    assertThatThrownBy(() -> onlySix.toTry("x", true, Names.Lookup.ALL, Names.Family.V4))
        .hasMessageContaining("broker.address.family");
  }

  @Test
  void nameWithoutAddressIsReported() throws Exception {
    try (Producer producer =
        open(
            ConnectionTest::two,
            "bootstrap.servers",
            named("nowhere.test"),
            "linger.ms",
            null,
            "delivery.timeout.ms",
            300)) {
      produce(producer, 1);
      Awaitility.await().atMost(LONG).until(() -> producer.connectionError() != null);
      assertThat(producer.connectionError().code()).isEqualTo(LocalError.RESOLVE.code());
      assertThat(producer.connectionError().message()).contains("nowhere.test");
      assertThat(producer.flush(LONG)).isZero();
    }
  }

  @Test
  void nameThatIsLookedUpForLongHoldsNobodyUp() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    Names names =
        host -> {
          if (host.equals("slow.test")) {
            try {
              never.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
          return List.of(ip("127.0.0.1"));
        };
    try (Producer producer =
        open(names, "bootstrap.servers", named("slow.test") + "," + broker.address())) {
      deliversAll(producer, 10);
    }
    never.countDown();
  }

  @Test
  void brokerThatSaysNothingIsGivenUp() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Producer producer =
            open(
                Names.SYSTEM,
                "bootstrap.servers",
                "127.0.0.1:" + silent.getLocalPort(),
                "socket.connection.setup.timeout.ms",
                1000)) {
      produce(producer, 1);
      Awaitility.await().atMost(LONG).until(() -> producer.connectionError() != null);
      assertThat(producer.connectionError().message())
          .contains("did not say what it serves within 1000 ms")
          .contains("socket.connection.setup.timeout.ms");
      producer.close(Duration.ZERO);
    }
  }

  private static ProducerMessage shortLived(String topic) {
    return ProducerMessage.to(topic).value(new byte[1]).deadline(Duration.ofMillis(300));
  }

  @Test
  void aReportSaysWhatTheTopicWaitedFor() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Producer asking =
            open(Names.SYSTEM, "bootstrap.servers", "127.0.0.1:" + silent.getLocalPort())) {
      asking.produce(shortLived("one"));
      assertThat(asking.flush(LONG)).isZero();
    }
    try (Producer producer = open(Names.SYSTEM)) {
      producer.produce(shortLived("none"));
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports).extracting(report -> report.error().name()).containsOnly("_MSG_TIMED_OUT");
    assertThat(reports.get(0).error().message())
        .contains("topic one did not become known")
        .endsWith(" is connected, and has not answered yet");
    assertThat(reports.get(1).error().message())
        .endsWith("; a broker says: There is no such topic or partition here.");
  }

  @Test
  void aWebServerIsCalledOne() throws Exception {
    try (ServerSocket web = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread serving =
          new Thread(() -> {
            while (!web.isClosed()) {
              try (Socket socket = web.accept()) {
                socket.getInputStream().read();
                socket.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n".getBytes());
              } catch (IOException e) {
                return;
              }
            }
          });
      serving.start();
      try (Producer producer =
          open(Names.SYSTEM, "bootstrap.servers", "127.0.0.1:" + web.getLocalPort())) {
        produce(producer, 1);
        Awaitility.await().atMost(LONG).until(() -> producer.connectionError() != null);
        assertThat(producer.connectionError().message())
            .contains("(\"HTTP\")")
            .endsWith("; a web server answers there, not a broker");
        producer.close(Duration.ZERO);
      }
    }
  }

  @Test
  void aMessageWithoutATopicIsRefusedInWords() {
    assertThatThrownBy(() -> ProducerMessage.to(null)).hasMessage("a message without a topic");
    try (Producer producer = open(Names.SYSTEM)) {
      assertThatThrownBy(() -> producer.produce(null, null, new byte[1]))
          .hasMessage("a message without a topic");
      assertThat(producer.queueLength()).isZero();
    }
  }

  @Test
  void waitsBeforeConnectingDoubleUpToTheLongest() {
    LinkSettings links =
        ProducerTable.read(
                Map.of(
                    "bootstrap.servers",
                    "127.0.0.1:1",
                    "reconnect.backoff.ms",
                    100,
                    "reconnect.backoff.max.ms",
                    1000))
            .links();
    Chance middle =
        new Chance() {
          @Override
          public int below(int bound) {
            return 0;
          }

          @Override
          public double fraction() {
            return 0.5;
          }

          @Override
          public byte[] secret(int count) {
            return new byte[count];
          }
        };
    long[] waits = {100, 200, 400, 800, 1000, 1000};
    for (int i = 0; i < waits.length; i++) {
      assertThat(links.reconnectNanos(i + 1, middle)).isEqualTo(waits[i] * 1_000_000);
    }
  }

  @Test
  void connectionThatIsNotUsedIsClosedAndMadeAgain() throws Exception {
    try (Producer producer = open(Names.SYSTEM, "connections.max.idle.ms", 50)) {
      deliversAll(producer, 1);
      int before = broker.connects.get();
      Awaitility.await().atMost(LONG).until(() -> broker.connected() == 0);
      produce(producer, 1);
      assertThat(producer.flush(LONG)).isZero();
      assertThat(reports).hasSize(2).allMatch(DeliveryReport::isDelivered);
      assertThat(broker.connects.get()).isGreaterThan(before);
    }
  }

  @Test
  void whenEveryKnownBrokerIsGoneItBeginsAnew() throws Exception {
    try (FakeBroker other = new FakeBroker().topic("one", 1);
        Producer producer =
            open(
                Names.SYSTEM,
                "bootstrap.servers",
                broker.address() + "," + other.address(),
                "enable.idempotence",
                false)) {
      deliversAll(producer, 10);
      broker.vanish();
      produce(producer, 10);
      assertThat(producer.flush(LONG)).isZero();
      assertThat(reports).hasSize(20).allMatch(DeliveryReport::isDelivered);
      assertThat(other.log("one", 0)).hasSize(10);
    }
  }

  @Test
  void onlyKnownBrokersAreTriedIfThatIsAskedFor() throws Exception {
    try (FakeBroker other = new FakeBroker().topic("one", 1);
        Producer producer =
            open(
                Names.SYSTEM,
                "bootstrap.servers",
                broker.address() + "," + other.address(),
                "metadata.recovery.strategy",
                "none",
                "linger.ms",
                null,
                "delivery.timeout.ms",
                1000)) {
      deliversAll(producer, 10);
      broker.vanish();
      produce(producer, 10);
      assertThat(producer.flush(LONG)).isZero();
      assertThat(reports.stream().filter(DeliveryReport::isDelivered).count()).isEqualTo(10);
      assertThat(other.connects).hasValue(0);
    }
  }

  @Test
  void brokerCanAskToBeginAnew() throws Exception {
    broker.wholeRefusals.add(ErrorCode.REBOOTSTRAP_REQUIRED);
    try (Producer producer = open(Names.SYSTEM)) {
      deliversAll(producer, 10);
    }
    assertThat(broker.connects.get()).isGreaterThanOrEqualTo(2);
  }

  @Test
  void itBeginsAnewWhenMetadataAreMissingForTooLong() throws Exception {
    for (int i = 0; i < 20_000; i++) {
      broker.wholeRefusals.add(ErrorCode.UNKNOWN_SERVER_ERROR);
    }
    try (Producer producer = open(Names.SYSTEM, "metadata.recovery.rebootstrap.trigger.ms", 0)) {
      produce(producer, 10);
      Awaitility.await().atMost(LONG).until(() -> broker.connects.get() >= 3);
      broker.wholeRefusals.clear();
      assertThat(producer.flush(LONG)).isZero();
      assertThat(reports).hasSize(10).allMatch(DeliveryReport::isDelivered);
    }
  }
}
