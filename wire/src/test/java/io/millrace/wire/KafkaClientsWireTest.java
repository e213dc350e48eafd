package io.millrace.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.wire.KafkaMessages.Version;
import io.millrace.wire.RandomValues.Style;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.api.Test;

/**
 * The proof of the generated codec: for every message and version in the kafka-clients jar, random
 * content is encoded by both codecs to the same bytes, and each reads the other's bytes back to the
 * same values.
 */
class KafkaClientsWireTest {
  private static final int MIXED_ROUNDS = 15;

  private static final Random RANDOM = Seed.random(KafkaClientsWireTest.class);

  @Test
  void everyMessageInEveryVersionIsTheSameInBothCodecs() {
    int requestsAndResponses = 0;
    int others = 0;
    TreeSet<Short> keys = new TreeSet<>();
    for (Version version : KafkaMessages.all()) {
      for (Style style : Style.values()) {
        for (int i = style == Style.MIXED ? MIXED_ROUNDS : 1; i > 0; i--) {
          prove(version, new RandomValues(RANDOM, style).struct(version.schema()));
        }
      }
      var message = Values.fill(version.kafka(), Map.of());
      if (message instanceof ApiMessage api && api.apiKey() >= 0) {
        requestsAndResponses++;
        keys.add(api.apiKey());
      } else {
        others++;
      }
    }
    int expected = 0;
    for (ApiMessageType type : ApiMessageType.values()) {
      expected += 2 * (type.highestSupportedVersion(true) - type.lowestSupportedVersion() + 1);
    }
    System.out.printf(
        "proved %,d key \u00d7 version \u00d7 request/response pairs of %d keys (%d keys, %d of them"
            + " without versions), and %d versions of other messages%n",
        requestsAndResponses,
        keys.size(),
        ApiKeys.values().length,
        ApiKeys.values().length - keys.size(),
        others);
    assertThat(requestsAndResponses).isEqualTo(expected);
    assertThat(others).isGreaterThanOrEqualTo(20);
  }

  private static void prove(Version version, Map<String, Object> content) {
    String what = version + " " + content;
    var kafka = Values.fill(version.kafka(), content);
    Message ours = Values.fill(version.ours(), content);
    ByteBuffer bytes = version.encode(kafka);
    assertThat(version.encode(ours)).as(what).isEqualTo(bytes);

    Message oursRead = version.decodeOurs(bytes);
    assertSame(what, oursRead, kafka);
    assertThat(version.encode(oursRead)).as(what).isEqualTo(bytes);

    var kafkaRead = version.decodeKafka(version.encode(ours));
    assertSame(what, ours, kafkaRead);
    assertThat(version.encode(kafkaRead)).as(what).isEqualTo(bytes);
  }

  /** Equal in all fields, those that the version lacks included. */
  private static void assertSame(String what, Object ours, Object kafka) {
    Map<String, Object> oursValues = Values.of(ours);
    Map<String, Object> kafkaValues = Values.of(kafka);
    withoutDropped(kafkaValues);
    assertThat(oursValues).as(what).isEqualTo(kafkaValues);
  }

  /** ShareFetchRequest keeps a field of a version that Kafka has dropped. */
  @SuppressWarnings("unchecked")
  private static void withoutDropped(Map<String, Object> values) {
    if (values.containsKey("shareacquiremode") || values.containsKey("sharesessionepoch")) {
      for (Object topic : (List<Object>) values.getOrDefault("topics", List.of())) {
        ((List<Map<String, Object>>) ((Map<String, Object>) topic).get("partitions"))
            .forEach(partition -> partition.remove("partitionmaxbytes"));
      }
    }
  }

  @Test
  void everyFieldStartsWithKafkasDefault() {
    for (Version version : KafkaMessages.all()) {
      assertSame(
          version.name(),
          Values.fill(version.ours(), Map.of()),
          Values.fill(version.kafka(), Map.of()));
    }
  }

  @Test
  void headerVersionsAreKafkas() {
    for (ApiMessageType type : ApiMessageType.values()) {
      ApiKey key = ApiKey.forId(type.apiKey());
      assertThat(key).as(type.name).isNotNull();
      // Versions above the valid ones too: a header is read before the version is checked.
      for (short v = key.lowestVersion(); key.hasVersions() && v < 40; v++) {
        assertThat(key.requestHeaderVersion(v))
            .as(key + " v" + v)
            .isEqualTo(type.requestHeaderVersion(v));
        assertThat(key.responseHeaderVersion(v))
            .as(key + " v" + v)
            .isEqualTo(type.responseHeaderVersion(v));
      }
    }
  }

  @Test
  void keysAreKafkasInNumberNameAndVersions() {
    assertThat(ApiKey.values()).hasSize(ApiKeys.values().length);
    for (ApiKeys kafka : ApiKeys.values()) {
      ApiKey key = ApiKey.forId(kafka.id);
      assertThat(key).as(kafka.name()).isNotNull();
      assertThat(key.name()).isEqualTo(kafka.name());
      assertThat(key.hasVersions()).as(kafka.name()).isEqualTo(kafka.hasValidVersion());
      assertThat(key.lowestVersion()).isEqualTo(kafka.messageType.lowestSupportedVersion());
      assertThat(key.highestVersion()).isEqualTo(kafka.messageType.highestSupportedVersion(true));
      assertThat(key.latestVersionUnstable())
          .as(kafka.name())
          .isEqualTo(kafka.messageType.latestVersionUnstable());
    }
    assertThat(ApiKey.forId(-1)).isNull();
    assertThat(ApiKey.forId(ApiKeys.values().length)).isNull();
  }
}
