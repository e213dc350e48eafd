package io.millrace.systemtests.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.millrace.producer.DeliveryReport;
import io.millrace.producer.OauthToken;
import io.millrace.producer.OauthTokenSource;
import io.millrace.producer.Producer;
import io.millrace.producer.ProducerError;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our producer and Apache Kafka with TLS and SASL, by the names of both other clients. */
@Tag("interop")
class SecuredProducerInteropTest {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int COUNT = 2000;

  @TempDir static Path directory;
  private static SecuredKafka kafka;

  @BeforeAll
  static void start() throws Exception {
    kafka = new SecuredKafka(directory).start();
  }

  @AfterAll
  static void stop() throws Exception {
    if (kafka != null) {
      kafka.close();
    }
  }

  private static Map<String, Object> settings(String bootstrap, Object... settings) {
    Map<String, Object> all = new HashMap<>(Map.of("bootstrap.servers", bootstrap));
    for (int i = 0; i < settings.length; i += 2) {
      Object value = settings[i + 1];
      all.put((String) settings[i], value instanceof Path ? value.toString() : value);
    }
    return all;
  }

  private static void produce(Producer producer, String topic, int from, int to) {
    for (int i = from; i < to; i++) {
      producer.produce(topic, null, ("value " + i).getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Everything is delivered, and everything is in Kafka, in its order. */
  private static void delivers(String topic, Map<String, Object> settings) throws Exception {
    List<DeliveryReport> reports = new CopyOnWriteArrayList<>();
    try (Producer producer = Producer.open(settings, reports::add)) {
      produce(producer, topic, 0, COUNT);
      assertThat(producer.flush(LONG)).as(String.valueOf(producer.connectionError())).isZero();
    }
    assertThat(reports).hasSize(COUNT).allMatch(DeliveryReport::isDelivered);
    requireStored(topic, COUNT);
  }

  private static void requireStored(String topic, int count) {
    List<String> stored = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", kafka.internal()),
            new StringDeserializer(),
            new StringDeserializer())) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<String, String> one : consumer.poll(Duration.ofMillis(200))) {
          stored.add(one.value());
        }
      }
    }
    assertThat(stored).hasSize(count);
    for (int i = 0; i < count; i++) {
      assertThat(stored.get(i)).isEqualTo("value " + i);
    }
  }

  // --- TLS ---

  @Test
  void certificateAndKeyAreGivenAsLibrdkafkaHasThem() throws Exception {
    delivers(
        "tls-pem",
        settings(
            kafka.ssl(),
            "security.protocol",
            "ssl",
            "ssl.ca.location",
            kafka.certificate("broker"),
            "ssl.certificate.location",
            kafka.certificate("client"),
            "ssl.key.location",
            kafka.key("client")));
  }

  @Test
  void storesAreGivenAsKafkasClientHasThem() throws Exception {
    delivers(
        "tls-stores",
        settings(
            kafka.ssl(),
            "security.protocol",
            "SSL",
            "ssl.truststore.location",
            kafka.certificate("broker"),
            "ssl.truststore.type",
            "PEM",
            "ssl.keystore.location",
            kafka.store("client"),
            "ssl.keystore.password",
            SecuredKafka.PASSWORD,
            "ssl.keystore.type",
            "PKCS12",
            "ssl.key.password",
            SecuredKafka.PASSWORD));
  }

  @Test
  void clientWithoutCertificateIsToldToGiveOne() throws Exception {
    ProducerError error =
        refused(
            settings(
                kafka.ssl(),
                "security.protocol",
                "SSL",
                "ssl.ca.location",
                kafka.certificate("broker")));
    assertThat(error.code()).isEqualTo(-181);
    assertThat(error.message()).contains("ssl.keystore.location");
  }

  @Test
  void brokerThatIsNotTrustedIsNotSpokenTo() throws Exception {
    ProducerError error = refused(settings(kafka.ssl(), "security.protocol", "SSL"));
    assertThat(error.code()).isEqualTo(-181);
    assertThat(error.message()).contains("ssl.ca.location");
  }

  // --- SASL ---

  private static Map<String, Object> alice(String protocol, String mechanism) throws Exception {
    boolean tls = protocol.equals("SASL_SSL");
    Map<String, Object> all =
        settings(
            tls ? kafka.saslSsl() : kafka.saslPlaintext(),
            "security.protocol",
            protocol,
            "sasl.mechanisms",
            mechanism,
            "sasl.username",
            SecuredKafka.USER,
            "sasl.password",
            SecuredKafka.USERS_PASSWORD);
    if (tls) {
      all.put("ssl.ca.location", kafka.certificate("broker").toString());
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"})
  void nameAndPasswordAreBelievedOverTlsAndWithout(String mechanism) throws Exception {
    String topic = "sasl-" + mechanism.toLowerCase(java.util.Locale.ROOT);
    delivers(topic + "-tls", alice("SASL_SSL", mechanism));
    delivers(topic, alice("SASL_PLAINTEXT", mechanism));
  }

  @Test
  void loginIsGivenAsKafkasClientHasIt() throws Exception {
    delivers(
        "sasl-jaas",
        settings(
            kafka.saslPlaintext(),
            "security.protocol",
            "SASL_PLAINTEXT",
            "sasl.mechanism",
            "SCRAM-SHA-512",
            "sasl.jaas.config",
            "org.apache.kafka.common.security.scram.ScramLoginModule required username=\""
                + SecuredKafka.USER
                + "\" password=\""
                + SecuredKafka.USERS_PASSWORD
                + "\";"));
  }

  @Test
  void tokenWithoutSignatureIsBelieved() throws Exception {
    delivers(
        "oauth-unsecured",
        settings(
            kafka.saslSsl(),
            "security.protocol",
            "SASL_SSL",
            "ssl.ca.location",
            kafka.certificate("broker"),
            "sasl.mechanisms",
            "OAUTHBEARER",
            "enable.sasl.oauthbearer.unsecure.jwt",
            true,
            "sasl.oauthbearer.config",
            "principal=" + SecuredKafka.USER + " scope=write lifeSeconds=600"));
  }

  private static String token(Instant end) {
    String claims =
        "{\"sub\":\"alice\",\"iat\":"
            + (Instant.now().getEpochSecond() - 1)
            + ",\"exp\":"
            + end.getEpochSecond()
            + "}";
    return part("{\"alg\":\"none\"}") + "." + part(claims) + ".";
  }

  private static String part(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void tokenOfTheApplicationIsBelieved() throws Exception {
    Instant end = Instant.now().plusSeconds(600);
    OauthTokenSource source = () -> new OauthToken(token(end), end);
    delivers(
        "oauth-callback",
        settings(
            kafka.saslPlaintext(),
            "security.protocol",
            "SASL_PLAINTEXT",
            "sasl.mechanism",
            "OAUTHBEARER",
            "oauthbearer_token_refresh_cb",
            source));
  }

  @Test
  void tokenOfAProviderIsBelieved() throws Exception {
    HttpServer provider =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    provider.createContext(
        "/token",
        exchange -> {
          byte[] answer =
              ("{\"access_token\":\""
                      + token(Instant.now().plusSeconds(600))
                      + "\",\"token_type\":\"Bearer\"}")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    provider.start();
    try {
      delivers(
          "oauth-oidc",
          settings(
              kafka.saslPlaintext(),
              "security.protocol",
              "SASL_PLAINTEXT",
              "sasl.mechanism",
              "OAUTHBEARER",
              "sasl.oauthbearer.method",
              "oidc",
              "sasl.oauthbearer.token.endpoint.url",
              "http://127.0.0.1:" + provider.getAddress().getPort() + "/token",
              "sasl.oauthbearer.client.id",
              "me",
              "sasl.oauthbearer.client.secret",
              "mine"));
    } finally {
      provider.stop(0);
    }
  }

  @Test
  void tokenThatHasEndedIsRefused() throws Exception {
    Instant end = Instant.now().minusSeconds(600);
    OauthTokenSource source = () -> new OauthToken(token(end), null);
    ProducerError error =
        refused(
            settings(
                kafka.saslPlaintext(),
                "security.protocol",
                "SASL_PLAINTEXT",
                "sasl.mechanism",
                "OAUTHBEARER",
                "oauth_cb",
                source));
    assertThat(error.code()).isEqualTo(-169);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PLAIN", "SCRAM-SHA-256"})
  void wrongPasswordIsRefusedAndSaidWhere(String mechanism) throws Exception {
    Map<String, Object> settings = alice("SASL_PLAINTEXT", mechanism);
    settings.put("sasl.password", "hunter2");
    ProducerError error = refused(settings);
    assertThat(error.code()).isEqualTo(-169);
    assertThat(error.message())
        .contains("not authenticated by " + mechanism)
        .contains("sasl.password")
        .doesNotContain("hunter2");
  }

  @Test
  void portWithoutSaslIsRecognised() throws Exception {
    Map<String, Object> settings = alice("SASL_PLAINTEXT", "PLAIN");
    settings.put("bootstrap.servers", kafka.internal());
    ProducerError error = refused(settings);
    assertThat(error.code()).isEqualTo(-169);
    assertThat(error.message()).contains("asks for no authentication");
  }

  private static ProducerError refused(Map<String, Object> settings) {
    Producer producer = Producer.open(settings);
    try {
      producer.produce("refused", null, new byte[1]);
      Awaitility.await().atMost(LONG).until(() -> producer.connectionError() != null);
      return producer.connectionError();
    } finally {
      producer.close(Duration.ZERO);
    }
  }

  /** Kafka ends connections that do not authenticate again within two seconds. */
  @ParameterizedTest
  @ValueSource(strings = {"PLAIN", "SCRAM-SHA-512"})
  void connectionsLiveOnByProvingAgainWhoItIs(String mechanism) throws Exception {
    String topic = "again-" + mechanism.toLowerCase(java.util.Locale.ROOT);
    int sent = 0;
    try (Producer producer = Producer.open(alice("SASL_PLAINTEXT", mechanism))) {
      produce(producer, topic, sent, sent + 100);
      sent += 100;
      assertThat(producer.flush(LONG)).isZero();
      double ended = metric(producer, "connection-close-total");
      Instant end = Instant.now().plusSeconds(7);
      while (Instant.now().isBefore(end)) {
        produce(producer, topic, sent, sent + 100);
        sent += 100;
        assertThat(producer.flush(LONG)).isZero();
        Awaitility.await().pollDelay(Duration.ofMillis(50)).until(() -> true);
      }
      assertThat(metric(producer, "connection-close-total")).isEqualTo(ended);
      assertThat(metric(producer, "successful-reauthentication-total")).isGreaterThanOrEqualTo(2);
    }
    requireStored(topic, sent);
  }

  private static double metric(Producer producer, String name) {
    return producer.metrics().stream()
        .filter(one -> one.group().equals("producer-metrics") && one.name().equals(name))
        .findFirst()
        .orElseThrow()
        .value();
  }
}
