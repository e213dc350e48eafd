package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.junit.jupiter.api.Test;

class ProducerTableTest {

  private static ProducerSettings read(Object... pairs) {
    return ProducerTable.read(settings(pairs));
  }

  private static Map<String, Object> settings(Object... pairs) {
    Map<String, Object> all = new HashMap<>(Map.of("bootstrap.servers", "127.0.0.1:9092"));
    for (int i = 0; i < pairs.length; i += 2) {
      all.put((String) pairs[i], pairs[i + 1]);
    }
    return all;
  }

  private static void refused(String message, Object... pairs) {
    assertThatIllegalArgumentException().isThrownBy(() -> read(pairs)).withMessage(message);
  }

  @Test
  void misspeltNameIsRefusedNamingTheNearest() {
    refused("there is no setting \"linger.sm\"; did you mean linger.ms?", "linger.sm", 5);
    refused(
        "there is no setting \"bufer.memory\"; did you mean buffer.memory?", "bufer.memory", 1024);
    refused(
        "there is no setting \"enable.idempotance\"; did you mean enable.idempotence?",
        "enable.idempotance",
        true);
    refused("there is no setting \"zzzzzzzzzzzzzzzz\"", "zzzzzzzzzzzzzzzz", 1);
    refused("there is no setting \"" + "x".repeat(80) + "...\"", "x".repeat(5000), 1);
  }

  @Test
  void valueOutOfRangeIsToldWhatWouldDo() {
    refused(
        "linger.ms cannot be \"-1\": it wants a number of ms from 0 to 900000", "linger.ms", -1);
    refused(
        "retries cannot be \"many\": it wants a whole number of attempts from 0 to 2147483647",
        "retries",
        "many");
    refused("acks cannot be \"2\": it wants one of all, 0, 1, -1 (all)", "acks", 2);
    refused(
        "request.required.acks cannot be \"x\": it wants one of all, 0, 1, -1 (all)",
        "request.required.acks",
        "x");
  }

  @Test
  void rangeIsToldInTheUnitOfTheNameThatWasGiven() {
    refused(
        "buffer.memory cannot be \"100\": it wants a whole number of bytes from 1024 to"
            + " 2199023254528",
        "buffer.memory",
        100);
    refused(
        "queue.buffering.max.kbytes cannot be \"0\": it wants a number of kbytes (1024 bytes) from"
            + " 1 to 2147483647",
        "queue.buffering.max.kbytes",
        0);
  }

  @Test
  void numbersThatAreNoneAreRefused() {
    for (String bad : List.of("", "NaN", "Infinity", "0x10", "1e999999999", "5 ms", "1,5")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> read("linger.ms", bad))
          .withMessageStartingWith("linger.ms cannot be");
    }
    for (String bad : List.of("", "1.5", "99999999999999999999", "1e3")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> read("retries", bad))
          .withMessageStartingWith("retries cannot be");
    }
    refused(
        "enable.idempotence cannot be \"yes\": it wants one of true, false",
        "enable.idempotence",
        "yes");
  }

  @Test
  void valuesOfAnyTypeAndCaseAreRead() {
    ProducerSettings settings =
        read(
            "linger.ms",
            0.5,
            "enable.idempotence",
            "True",
            "compression.type",
            "GZIP",
            "acks",
            "-1",
            "bootstrap.servers",
            List.of("10.0.0.1:1", "10.0.0.2:2"),
            "max.block.ms",
            " 7 ",
            "client.rack",
            null);
    assertThat(settings.send().lingerNanos()).isEqualTo(500_000);
    assertThat(settings.idempotent()).isTrue();
    assertThat(settings.send().acks()).isEqualTo((short) -1);
    assertThat(settings.cluster().bootstrap())
        .containsExactly(new HostPort("10.0.0.1", 1), new HostPort("10.0.0.2", 2));
    assertThat(settings.blockNanosMax()).isEqualTo(7_000_000);
  }

  @Test
  void everyAliasSetsWhatItsRowSets() {
    for (ProducerSetting row : ProducerTable.ALL.rows().values()) {
      for (ProducerSetting.Alias alias : row.aliases()) {
        assertThat(ProducerTable.ALL.find(alias.name())).as(alias.name()).isSameAs(row);
      }
    }
    assertThat(read("buffer.memory", 33_554_432L).bytesMax()).isEqualTo(33_554_432L);
    assertThat(read("buffer.memory", 1025).bytesMax()).isEqualTo(1025);
    assertThat(read("queue.buffering.max.kbytes", 1).bytesMax()).isEqualTo(1024);
    assertThat(read("queue.buffering.max.ms", 7).send().lingerNanos()).isEqualTo(7_000_000);
    assertThat(read("message.send.max.retries", 3).send().retries()).isEqualTo(3);
    assertThat(read("request.required.acks", 1).send().acks()).isEqualTo((short) 1);
    assertThat(read("message.timeout.ms", 60_000).batchLimits().deliveryNanosMax())
        .isEqualTo(60_000_000_000L);
    assertThat(read("max.in.flight", 2).send().inFlightMax()).isEqualTo(2);
    assertThat(read("max.request.size", 2000).batchLimits().requestBytesMax()).isEqualTo(2000);
  }

  @Test
  void oneSettingUnderTwoNamesWithTwoValuesIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read("linger.ms", 5, "queue.buffering.max.ms", 6))
        .withMessageContaining("linger.ms")
        .withMessageContaining("queue.buffering.max.ms")
        .withMessageContaining("are one setting");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read("buffer.memory", 2048, "queue.buffering.max.kbytes", 3))
        .withMessageContaining("buffer.memory")
        .withMessageContaining("are one setting");
  }

  @Test
  void oneSettingUnderTwoNamesWithOneValueIsTaken() {
    assertThat(read("linger.ms", "5.0", "queue.buffering.max.ms", 5).send().lingerNanos())
        .isEqualTo(5_000_000);
    assertThat(read("buffer.memory", 2048, "queue.buffering.max.kbytes", 2).bytesMax())
        .isEqualTo(2048);
    assertThat(read("acks", "all", "request.required.acks", -1).send().acks())
        .isEqualTo((short) -1);
  }

  @Test
  void timesThatNeverEndDoNotGoRound() {
    assertThat(read("delivery.timeout.ms", 0).batchLimits().deliveryNanosMax())
        .isEqualTo(Long.MAX_VALUE / 4);
    assertThat(
            read("topic.metadata.refresh.interval.ms", -1, "metadata.max.age.ms", 5)
                .cluster()
                .refreshNanos())
        .isEqualTo(5_000_000);
  }

  @Test
  void longestTimeOfJavaIsTaken() {
    ProducerSettings settings = read("max.block.ms", Long.MAX_VALUE, "connections.max.idle.ms", -1);
    assertThat(settings.blockNanosMax()).isEqualTo(Long.MAX_VALUE / 4);
    assertThat(settings.links().idleNanosMax()).isZero();
  }

  @Test
  void answerIsWaitedForAsLongAsTheBrokerMayTakeUnlessSaidOtherwise() {
    assertThat(read("request.timeout.ms", 5000).links().requestNanosMax())
        .isEqualTo(5_000_000_000L);
    ProducerSettings both = read("request.timeout.ms", 5000, "socket.timeout.ms", 9000);
    assertThat(both.links().requestNanosMax()).isEqualTo(9_000_000_000L);
    assertThat(both.send().ackTimeoutMs()).isEqualTo(5000);
  }

  @Test
  void consumersSettingIsRefusedByName() {
    refused(
        "group.id cannot be set here: it is a consumer's setting, and this is a producer",
        "group.id",
        "g");
    refused(
        "dr_msg_cb cannot be set here: it is a callback, not a text; give Producer.open and produce"
            + " a DeliveryCallback",
        "dr_msg_cb",
        "x");
  }

  @Test
  void whatIsNotServedYetIsRefused() {
    refused(
        "ssl.crl.location=/etc/crl is not served yet: leave it out",
        "ssl.crl.location",
        "/etc/crl");
  }

  @Test
  void passwordIsNeverShown() {
    List<SettingInUse> described = read("sasl.password", "hunter2").described();
    assertThat(described.toString()).doesNotContain("hunter2").contains("sasl.password=[hidden]");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            read(
                "sasl.oauthbearer.client.secret",
                "hunter2",
                "sasl.oauthbearer.client.credentials.client.secret",
                "hunter3"))
        .withMessageContaining("their values differ")
        .withMessageNotContaining("hunter");
  }

  @Test
  void everyNameOfKafkasProducerIsKnown() {
    List<String> unknown = new ArrayList<>();
    for (String name : ProducerConfig.configNames()) {
      if (ProducerTable.ALL.find(name) == null && RefusedNames.reason(name) == null) {
        unknown.add(name);
      }
    }
    assertThat(unknown).isEmpty();
  }

  @Test
  void everyNameOfLibrdkafkaIsKnownAndConsumersNamesAreRefused() throws IOException {
    List<String> wrong = new ArrayList<>();
    int names = 0;
    for (String line : lines("librdkafka-settings.txt")) {
      if (line.startsWith("#")) {
        continue;
      }
      names++;
      String name = line.substring(2);
      String reason = RefusedNames.reason(name);
      boolean consumers = reason != null && reason.contains("consumer");
      boolean known = ProducerTable.ALL.find(name) != null || reason != null;
      if (!known || consumers != line.startsWith("C")) {
        wrong.add(line);
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(names).isGreaterThan(170);
  }

  private static List<String> lines(String resource) throws IOException {
    try (InputStream in =
            Objects.requireNonNull(ProducerTableTest.class.getResourceAsStream(resource));
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return reader.lines().toList();
    }
  }

  @Test
  void describedListsValueAndOriginOfEverySetting() {
    List<SettingInUse> described =
        read("profile", "logs", "linger.ms", 50, "buffer.memory", 1_048_576).described();
    assertThat(described).hasSameSizeAs(ProducerTable.ALL.rows().values());
    assertThat(described.stream().map(SettingInUse::toString))
        .contains(
            "linger.ms=50 (set)",
            "compression.type=zstd (profile)",
            "acks=1 (profile)",
            "enable.idempotence=false (follows)",
            "sticky.partitioning.linger.ms=100 (follows)",
            "queue.buffering.max.kbytes=1024 (set)",
            "retries=2147483647 (default)");
  }

  @Test
  void producerDescribesItsSettings() {
    try (Producer producer = Producer.open(settings("linger.ms", 3))) {
      assertThat(producer.describeSettings().stream().map(SettingInUse::toString))
          .contains("linger.ms=3 (set)", "partitioner=murmur2_random (default)");
    }
  }

  @Test
  void producerWithoutBrokersDoesNotOpen() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Producer.open(Map.of()))
        .withMessage("bootstrap.servers names no broker: give HOST:PORT");
  }
}
