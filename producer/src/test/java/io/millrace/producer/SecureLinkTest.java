package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.millrace.producer.FakeBroker.Fate;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.SaslAuthenticateResponse;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ServerSocketFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages over TLS, to brokers that ask who it is, and what is said when that fails. */
@Execution(ExecutionMode.CONCURRENT)
class SecureLinkTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir static Path directory;
  private static Certificates certificates;

  private final MovedClock clock = new MovedClock();
  private final List<DeliveryReport> reports = new CopyOnWriteArrayList<>();
  private FakeBroker broker;

  @BeforeAll
  static void make() throws Exception {
    certificates =
        new Certificates(directory)
            .make("broker", "EC", "ip:127.0.0.1,dns:localhost")
            .make("elsewhere", "EC", "dns:elsewhere.test")
            .make("client", "RSA", "dns:client");
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
  }

  private void start(ServerSocketFactory sockets) throws Exception {
    broker = new FakeBroker(1, sockets).topic("one", 1);
  }

  private void startTls(String name, String asks) throws Exception {
    start(certificates.sockets(name, asks));
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
    return Producer.open(
        all,
        new ProducerListeners().everyReport(reports::add),
        new Surroundings(clock, Names.SYSTEM));
  }

  private Object[] trusting(String name, Object... more) throws Exception {
    List<Object> all =
        new ArrayList<>(
            List.of(
                "security.protocol",
                "ssl",
                "ssl.ca.location",
                certificates.certificateFile(name).toString()));
    all.addAll(List.of(more));
    return all.toArray();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void produce(Producer producer, int count) {
    for (int i = 0; i < count; i++) {
      producer.produce("one", bytes("key"), bytes("value " + i));
    }
  }

  private void delivers(int count, Object... settings) throws Exception {
    try (Producer producer = open(settings)) {
      produce(producer, count);
      assertThat(producer.flush(LONG)).as(String.valueOf(producer.connectionError())).isZero();
      assertThat(producer.connectionError()).isNull();
    }
    assertThat(reports).hasSize(count).allMatch(DeliveryReport::isDelivered);
    assertThat(broker.log("one", 0)).hasSize(count);
    for (int i = 0; i < count; i++) {
      assertThat(broker.log("one", 0).get(i).value()).isEqualTo("value " + i);
    }
  }

  /** The message is given up in its time, and both it and the producer say why. */
  private String fails(LocalError code, Object... settings) throws Exception {
    List<Object> all = new ArrayList<>(List.of(settings));
    all.addAll(List.of("delivery.timeout.ms", 60_000));
    // Nothing else runs out of time when the clock is moved.
    all.addAll(List.of("socket.connection.setup.timeout.ms", 900_000));
    all.addAll(List.of("socket.timeout.ms", 900_000));
    try (Producer producer = open(all.toArray())) {
      produce(producer, 1);
      Awaitility.await()
          .atMost(LONG)
          .until(() ->
              producer.connectionError() != null
                  && producer.connectionError().code() == code.code());
      String why = producer.connectionError().message();
      clock.move(Duration.ofSeconds(60));
      assertThat(producer.flush(LONG)).isZero();
      assertThat(reports).hasSize(1);
      ProducerError error = reports.get(0).error();
      assertThat(error.code()).isEqualTo(LocalError.MSG_TIMED_OUT.code());
      assertThat(error.persisted()).isEqualTo(ProducerError.Persisted.NOT);
      assertThat(error.message()).contains(code.label());
      assertThat(producer.fatalError()).isNull();
      return why;
    }
  }

  // --- TLS ---

  @Test
  void messagesGoThroughTls() throws Exception {
    startTls("broker", null);
    delivers(20_000, trusting("broker", "compression.type", "none"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void largeBatchesGoThroughEachVersionOfTls(String version) throws Exception {
    startTls("broker", null);
    String value = "x".repeat(900_000);
    try (Producer producer = open(trusting("broker", "ssl.enabled.protocols", version))) {
      for (int i = 0; i < 20; i++) {
        producer.produce("one", null, bytes(i + value));
      }
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(broker.log("one", 0)).hasSize(20);
    for (int i = 0; i < 20; i++) {
      assertThat(broker.log("one", 0).get(i).value()).isEqualTo(i + value);
    }
  }

  @Test
  void faultsOverTlsLoseAndDoubleNothing() throws Exception {
    startTls("broker", null);
    broker.plan =
        (request, what) ->
            switch (request % 6) {
              case 1 -> Fate.HANG_UP;
              case 3 -> Fate.STORE_AND_HANG_UP;
              case 5 -> Fate.CUT;
              default -> Fate.STORE;
            };
    delivers(400, trusting("broker", "batch.num.messages", 20));
  }

  @Test
  void brokerThatNobodyTrustsIsNotSpokenTo() throws Exception {
    startTls("broker", null);
    assertThat(fails(LocalError.SSL, "security.protocol", "SSL"))
        .contains("TLS failed")
        .contains("ssl.ca.location")
        .contains("ssl.truststore.location");
    assertThat(broker.metadataRequests).hasValue(0);
  }

  @Test
  void queryToldWhyItCannotBeAnswered() throws Exception {
    startTls("broker", null);
    try (Producer producer = open("security.protocol", "SSL")) {
      assertThatThrownBy(() -> producer.metadata("one", LONG))
          .isInstanceOfSatisfying(
              ProducerException.class,
              e -> assertThat(e.error().code()).isEqualTo(LocalError.SSL.code()));
    }
  }

  @Test
  void brokerOfAnotherNameIsTakenOnlyIfNamesAreNotChecked() throws Exception {
    startTls("elsewhere", null);
    assertThat(fails(LocalError.SSL, trusting("elsewhere")))
        .contains("another name")
        .contains("ssl.endpoint.identification.algorithm=none");
    reports.clear();
    delivers(10, trusting("elsewhere", "ssl.endpoint.identification.algorithm", "none"));
  }

  @Test
  void anyBrokerIsTakenIfCertificatesAreNotChecked() throws Exception {
    startTls("elsewhere", null);
    delivers(10, "security.protocol", "SSL", "enable.ssl.certificate.verification", false);
  }

  @Test
  void brokerThatWantsACertificateIsShownOne() throws Exception {
    startTls("broker", "client");
    assertThat(fails(LocalError.SSL, trusting("broker")))
        .contains("ssl.keystore.location")
        .contains("ssl.certificate.location");
    reports.clear();
    delivers(
        10,
        trusting(
            "broker",
            "ssl.keystore.location",
            certificates.store("client").toString(),
            "ssl.keystore.password",
            Certificates.PASSWORD));
  }

  @Test
  void certificateAndKeyMayBeText() throws Exception {
    startTls("broker", "client");
    delivers(
        10,
        trusting(
            "broker",
            "ssl.certificate.pem",
            certificates.certificate("client"),
            "ssl.key.pem",
            certificates.encryptedKey("client"),
            "ssl.key.password",
            Certificates.PASSWORD));
  }

  @Test
  void brokerWithoutTlsIsRecognised() throws Exception {
    start(ServerSocketFactory.getDefault());
    assertThat(fails(LocalError.SSL, "security.protocol", "SSL")).contains("security.protocol");
  }

  @Test
  void brokerWithTlsIsRecognised() throws Exception {
    startTls("broker", null);
    try (Producer producer = open("delivery.timeout.ms", 500)) {
      produce(producer, 1);
      Awaitility.await().atMost(LONG).until(() -> producer.connectionError() != null);
      assertThat(producer.connectionError().message()).contains("security.protocol");
      assertThat(producer.flush(LONG)).isZero();
    }
  }

  // --- SASL ---

  private static SaslAuthenticateResponse plain(byte[] said, long lifeMs) {
    SaslAuthenticateResponse response = new SaslAuthenticateResponse();
    if (new String(said, StandardCharsets.UTF_8).equals("\0alice\0secret")) {
      response.sessionLifetimeMs = lifeMs;
    } else {
      response.errorCode = ErrorCode.SASL_AUTHENTICATION_FAILED.code();
      response.errorMessage = "Authentication failed: Invalid username or password";
    }
    return response;
  }

  private static final Object[] ALICE = {
    "security.protocol",
    "sasl_plaintext",
    "sasl.mechanism",
    "PLAIN",
    "sasl.username",
    "alice",
    "sasl.password",
    "secret"
  };

  @Test
  void brokerBelievesTheRightPassword() throws Exception {
    start(ServerSocketFactory.getDefault());
    broker.door = said -> plain(said, 0);
    delivers(1000, ALICE);
  }

  @Test
  void tlsAndPasswordGoTogether() throws Exception {
    startTls("broker", null);
    broker.door = said -> plain(said, 0);
    Object[] both = ALICE.clone();
    both[1] = "sasl_ssl";
    List<Object> all = new ArrayList<>(List.of(both));
    all.addAll(List.of("ssl.ca.pem", certificates.certificate("broker")));
    delivers(1000, all.toArray());
  }

  @Test
  void brokerThatDoesNotBelieveIsReportedWithoutThePassword() throws Exception {
    start(ServerSocketFactory.getDefault());
    broker.door = said -> plain(said, 0);
    Object[] wrong = ALICE.clone();
    wrong[7] = "hunter2";
    assertThat(fails(LocalError.AUTHENTICATION, wrong))
        .contains("not authenticated by PLAIN")
        .contains("Invalid username or password")
        .contains("sasl.password")
        .doesNotContain("hunter2");
  }

  @Test
  void mechanismThatTheBrokerLacksIsReportedWithThoseItHas() throws Exception {
    start(ServerSocketFactory.getDefault());
    broker.door = said -> plain(said, 0);
    broker.mechanism = "SCRAM-SHA-512";
    assertThat(fails(LocalError.AUTHENTICATION, ALICE)).contains("serves SCRAM-SHA-512");
  }

  @Test
  void brokerThatAsksNobodyIsRecognised() throws Exception {
    start(ServerSocketFactory.getDefault());
    assertThat(fails(LocalError.AUTHENTICATION, ALICE)).contains("does not serve SASL");
  }

  @Test
  void brokerThatAsksIsRecognisedByWhoWasNotTold() throws Exception {
    start(ServerSocketFactory.getDefault());
    broker.door = said -> plain(said, 0);
    assertThat(fails(LocalError.TRANSPORT)).contains("security.protocol with SASL");
  }

  @Test
  void whoItIsIsProvedAgainBeforeItsTimeIsOver() throws Exception {
    start(ServerSocketFactory.getDefault());
    broker.door = said -> plain(said, 200);
    List<Object> all = new ArrayList<>(List.of(ALICE));
    all.addAll(List.of("linger.ms", 0));
    int sent = 0;
    try (Producer producer = open(all.toArray())) {
      while (broker.authentications.get() < 6) {
        producer.produce("one", bytes("key"), bytes("value " + sent++));
        if (sent % 100 == 0) {
          assertThat(producer.flush(LONG)).isZero();
        }
      }
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports).hasSize(sent).allMatch(DeliveryReport::isDelivered);
    assertThat(broker.log("one", 0)).hasSize(sent);
    assertThat(broker.connects.get()).isLessThanOrEqualTo(2);
  }

  // --- tokens ---

  private static SaslAuthenticateResponse bearer(byte[] said, String token) {
    SaslAuthenticateResponse response = new SaslAuthenticateResponse();
    String text = new String(said, StandardCharsets.UTF_8);
    if (text.equals("\u0001")) {
      response.errorCode = ErrorCode.SASL_AUTHENTICATION_FAILED.code();
      response.errorMessage = "invalid_token";
    } else if (!text.contains("auth=Bearer " + token + "\u0001")) {
      response.authBytes = ByteBuffer.wrap(bytes("{\"status\":\"invalid_token\"}"));
    }
    return response;
  }

  @Test
  void tokenOfTheApplicationIsAskedForOnceAndAgainWhenItIsRefused() throws Exception {
    start(ServerSocketFactory.getDefault());
    broker.mechanism = "OAUTHBEARER";
    broker.door = said -> bearer(said, "token-3");
    AtomicInteger asked = new AtomicInteger();
    OauthTokenSource source =
        () -> new OauthToken("token-" + asked.incrementAndGet(), Instant.now().plusSeconds(3600));
    delivers(
        10,
        "security.protocol",
        "SASL_PLAINTEXT",
        "sasl.mechanism",
        "OAUTHBEARER",
        "oauthbearer_token_refresh_cb",
        source);
    assertThat(asked).hasValue(3);
    assertThat(broker.authentications.get()).isBetween(1, 2);
  }

  @Test
  void sourceOfTokensThatFailsIsReported() throws Exception {
    start(ServerSocketFactory.getDefault());
    broker.mechanism = "OAUTHBEARER";
    broker.door = said -> bearer(said, "x");
    OauthTokenSource source =
        () -> {
          throw new IllegalStateException("the vault is closed");
        };
    assertThat(
            fails(
                LocalError.AUTHENTICATION,
                "security.protocol",
                "SASL_PLAINTEXT",
                "sasl.mechanism",
                "OAUTHBEARER",
                "oauth_cb",
                source))
        .contains("the vault is closed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http", "https"})
  void tokenOfAProviderIsAskedForByIdAndSecret(String scheme) throws Exception {
    start(ServerSocketFactory.getDefault());
    broker.mechanism = "OAUTHBEARER";
    broker.door = said -> bearer(said, "from-provider");
    List<String> seen = new CopyOnWriteArrayList<>();
    AtomicInteger status = new AtomicInteger(200);
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpServer provider;
    if (scheme.equals("https")) {
      HttpsServer secured = HttpsServer.create(anyPort, 0);
      secured.setHttpsConfigurator(new HttpsConfigurator(certificates.context("broker", null)));
      provider = secured;
    } else {
      provider = HttpServer.create(anyPort, 0);
    }
    provider.createContext(
        "/token",
        exchange -> {
          seen.add(exchange.getRequestHeaders().getFirst("Authorization"));
          seen.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          byte[] answer =
              bytes(
                  status.get() == 200
                      ? "{\"access_token\": \"from-provider\", \"expires_in\": 600,"
                          + " \"more\": [1, {\"a\\u00fc\": null}, true]}"
                      : "{\"error\":\"invalid_client\"}");
          exchange.sendResponseHeaders(status.get(), answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    provider.start();
    try {
      Object[] settings = {
        "security.protocol",
        "SASL_PLAINTEXT",
        "sasl.mechanisms",
        "OAUTHBEARER",
        "sasl.oauthbearer.method",
        "oidc",
        "sasl.oauthbearer.token.endpoint.url",
        scheme + "://127.0.0.1:" + provider.getAddress().getPort() + "/token",
        "sasl.oauthbearer.client.id",
        "me",
        "sasl.oauthbearer.client.secret",
        "hunter2",
        "sasl.oauthbearer.scope",
        "write all",
        "https.ca.location",
        certificates.certificateFile("broker").toString()
      };
      delivers(10, settings);
      assertThat(seen)
          .containsExactly(
              "Basic bWU6aHVudGVyMg==", "grant_type=client_credentials&scope=write+all");
      reports.clear();
      status.set(401);
      assertThat(fails(LocalError.AUTHENTICATION, settings))
          .contains("it answers 401")
          .contains("invalid_client")
          .contains("sasl.oauthbearer.client.id")
          .doesNotContain("hunter2");
    } finally {
      provider.stop(0);
    }
  }

  @Test
  void tokenIsRenewedAfterFourFifthsOfItsTime() throws Exception {
    start(ServerSocketFactory.getDefault());
    MovedClock clock = new MovedClock();
    AtomicInteger asked = new AtomicInteger();
    KnownToken known =
        new KnownToken(
            () ->
                new OauthToken(
                    "t" + asked.incrementAndGet(), Instant.ofEpochMilli(clock.millis() + 100_000)),
            clock);
    assertThat(known.token().value()).isEqualTo("t1");
    clock.move(Duration.ofSeconds(70));
    assertThat(known.token().value()).isEqualTo("t1");
    clock.move(Duration.ofSeconds(15));
    assertThat(known.token().value()).isEqualTo("t2");
    KnownToken late =
        new KnownToken(() -> new OauthToken("t", Instant.ofEpochMilli(clock.millis() - 1)), clock);
    assertThatThrownBy(late::token).hasMessageContaining("clock");
  }
}
