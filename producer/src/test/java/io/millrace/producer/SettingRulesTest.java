package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millrace.record.Compression;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SettingRulesTest {

  private static ProducerSettings read(Object... pairs) {
    return ProducerTable.read(settings(pairs));
  }

  private static Map<String, Object> settings(Object... pairs) {
    Map<String, Object> all = new LinkedHashMap<>(Map.of("bootstrap.servers", "127.0.0.1:9092"));
    for (int i = 0; i < pairs.length; i += 2) {
      all.put((String) pairs[i], pairs[i + 1]);
    }
    return all;
  }

  private static void refused(String message, Object... pairs) {
    assertThatIllegalArgumentException().isThrownBy(() -> read(pairs)).withMessage(message);
  }

  private static String inUse(ProducerSettings settings, String name) {
    return settings.described().stream()
        .filter(one -> one.name().equals(name))
        .map(SettingInUse::toString)
        .findFirst()
        .orElseThrow();
  }

  private static final String IDEMPOTENCE =
      " contradict one another: idempotence wants acks=all, retries of at least 1 and at most 5"
          + " requests in flight";

  @Test
  void idempotenceThatWasAskedForContradictsWhatMakesItImpossible() {
    refused(
        "enable.idempotence=true and acks=1" + IDEMPOTENCE, "enable.idempotence", true, "acks", 1);
    refused(
        "enable.idempotence=true and acks=0" + IDEMPOTENCE, "enable.idempotence", true, "acks", 0);
    refused(
        "enable.idempotence=true and message.send.max.retries=0" + IDEMPOTENCE,
        "enable.idempotence",
        true,
        "message.send.max.retries",
        0);
    refused(
        "enable.idempotence=true and max.in.flight=6" + IDEMPOTENCE,
        "enable.idempotence",
        true,
        "max.in.flight",
        6);
    refused(
        "enable.idempotence=true and acks=1 (of profile logs)" + IDEMPOTENCE,
        "enable.idempotence",
        true,
        "profile",
        "logs");
  }

  @Test
  void transactionsWantIdempotence() {
    String why =
        " contradict one another: transactions want enable.idempotence=true, with acks=all, retries"
            + " of at least 1 and at most 5 requests in flight";
    refused("transactional.id=t and acks=1" + why, "transactional.id", "t", "acks", 1);
    refused("transactional.id=t and retries=0" + why, "transactional.id", "t", "retries", 0);
    refused(
        "transactional.id=t and max.in.flight=6" + why,
        "transactional.id",
        "t",
        "max.in.flight",
        6);
    refused(
        "transactional.id=t and enable.idempotence=false" + why,
        "transactional.id",
        "t",
        "enable.idempotence",
        false);
    refused(
        "transactional.id=t and failure.policy=dead_letter contradict one another: a message that"
            + " fails makes its transaction fail, and its dead letter would go with it",
        "transactional.id",
        "t",
        "failure.policy",
        "dead_letter");
    assertThat(read("transactional.id", "t").transactions())
        .isEqualTo(new TransactionSettings("t", 60_000));
    assertThat(read("transaction.timeout.ms", 7000).transactions()).isNull();
  }

  @Test
  void messagesAreDeliveredOrNotBeforeTheirTransactionIsOver() {
    ProducerSettings settings = read("transactional.id", "t", "transaction.timeout.ms", 5000);
    assertThat(inUse(settings, "delivery.timeout.ms")).startsWith("delivery.timeout.ms=5000");
    assertThat(inUse(settings, "request.timeout.ms")).startsWith("request.timeout.ms=4900");
    assertThat(inUse(settings, "socket.timeout.ms")).startsWith("socket.timeout.ms=4900");
    assertThat(inUse(read("transactional.id", "t"), "request.timeout.ms"))
        .startsWith("request.timeout.ms=30000");
    refused(
        "message.timeout.ms=60001 and transaction.timeout.ms=60000 (the default) contradict one"
            + " another: with transactional.id it may be 60000 ms at most",
        "transactional.id",
        "t",
        "message.timeout.ms",
        60_001);
    refused(
        "socket.timeout.ms=4901 and transaction.timeout.ms=5000 contradict one another: with"
            + " transactional.id it may be 4900 ms at most",
        "transactional.id",
        "t",
        "transaction.timeout.ms",
        5000,
        "socket.timeout.ms",
        4901);
    assertThat(read("transaction.timeout.ms", 5000).batchLimits().deliveryNanosMax())
        .isEqualTo(read().batchLimits().deliveryNanosMax());
  }

  @Test
  void idempotenceThatWasNotAskedForIsOffWhereItIsImpossible() {
    for (Object[] one :
        List.of(
            new Object[] {"acks", 1},
            new Object[] {"acks", 0},
            new Object[] {"retries", 0},
            new Object[] {"max.in.flight.requests.per.connection", 6})) {
      ProducerSettings settings = read(one);
      assertThat(settings.idempotent()).as(one[0] + "=" + one[1]).isFalse();
      assertThat(inUse(settings, "enable.idempotence"))
          .isEqualTo("enable.idempotence=false (follows)");
    }
    assertThat(read("acks", "all", "retries", 1).idempotent()).isTrue();
  }

  /** Every combination of these, asked of Kafka's own producer. */
  @Test
  void idempotenceIsOnWhereKafkasProducerHasIt() {
    int compared = 0;
    for (String acks : new String[] {null, "0", "1", "all", "-1"}) {
      for (String retries : new String[] {null, "0", "1"}) {
        for (String idempotence : new String[] {null, "true", "false"}) {
          Map<String, Object> some = new HashMap<>();
          put(some, "acks", acks);
          put(some, "retries", retries);
          put(some, "enable.idempotence", idempotence);
          assertThat(ours(some)).as(some.toString()).isEqualTo(kafkas(some));
          compared++;
        }
      }
    }
    assertThat(compared).isEqualTo(45);
  }

  private static void put(Map<String, Object> to, String name, @Nullable String value) {
    if (value != null) {
      to.put(name, value);
    }
  }

  private static String ours(Map<String, Object> some) {
    Map<String, Object> all = settings();
    all.putAll(some);
    try {
      return Boolean.toString(ProducerTable.read(all).idempotent());
    } catch (IllegalArgumentException e) {
      return "refused";
    }
  }

  private static String kafkas(Map<String, Object> some) {
    Map<String, Object> all = settings();
    all.put("key.serializer", ByteArraySerializer.class);
    all.put("value.serializer", ByteArraySerializer.class);
    all.putAll(some);
    try {
      return new ProducerConfig(all).getBoolean("enable.idempotence").toString();
    } catch (ConfigException e) {
      return "refused";
    }
  }

  @Test
  void gaplessWantsIdempotence() {
    refused(
        "enable.gapless.guarantee=true and enable.idempotence=false contradict one another: it"
            + " wants enable.idempotence=true",
        "enable.gapless.guarantee",
        true,
        "enable.idempotence",
        false);
    refused(
        "enable.gapless.guarantee=true and acks=1, which turns idempotence off, contradict one"
            + " another: it wants enable.idempotence=true",
        "enable.gapless.guarantee",
        true,
        "acks",
        1);
    assertThat(read("enable.gapless.guarantee", true).send().gapless()).isTrue();
  }

  @Test
  void deliveryTimeMustHoldOneAttemptIfBothAreSet() {
    refused(
        "delivery.timeout.ms=5000 and request.timeout.ms=5000 contradict one another: a message"
            + " needs linger.ms + request.timeout.ms, 5005 ms, for one attempt",
        "delivery.timeout.ms",
        5000,
        "request.timeout.ms",
        5000);
    assertThat(read("message.timeout.ms", 10_000).batchLimits().deliveryNanosMax())
        .isEqualTo(10_000_000_000L);
    assertThat(inUse(read("request.timeout.ms", 900_000), "delivery.timeout.ms"))
        .isEqualTo("delivery.timeout.ms=900005 (follows)");
    assertThat(read("delivery.timeout.ms", 0, "request.timeout.ms", 5000).batchLimits())
        .isNotNull();
  }

  @Test
  void whatFollowsLiesWithinItsRangeAtBothEnds() {
    for (String name :
        List.of(
            "request.timeout.ms",
            "linger.ms",
            "retry.backoff.ms",
            "retry.backoff.max.ms",
            "reconnect.backoff.ms",
            "reconnect.backoff.max.ms")) {
      ProducerSetting row = ProducerTable.ALL.get(name);
      ProducerSetting.Range.Between range = (ProducerSetting.Range.Between) row.range();
      for (double end : new double[] {range.min(), range.max()}) {
        ProducerSettings settings = read(name, Long.toString((long) end));
        assertThat(inUse(settings, name)).endsWith("(set)");
      }
    }
  }

  @Test
  void batchMustFitItsRequestIfBothAreSet() {
    refused(
        "batch.size=65536 and max.request.size=2000 contradict one another: a batch cannot be larger"
            + " than the request it goes in",
        "batch.size",
        65_536,
        "max.request.size",
        2000);
    assertThat(read("message.max.bytes", 2000).batchLimits().bytesMax()).isEqualTo(1_000_000);
  }

  @Test
  void firstWaitIsAtMostTheLongest() {
    refused(
        "retry.backoff.ms=500 and retry.backoff.max.ms=400 contradict one another: the first wait is"
            + " longer than the longest",
        "retry.backoff.ms",
        500,
        "retry.backoff.max.ms",
        400);
    assertThat(inUse(read("retry.backoff.ms", 5000), "retry.backoff.max.ms"))
        .isEqualTo("retry.backoff.max.ms=5000 (follows)");
    assertThat(inUse(read("reconnect.backoff.max.ms", 50), "reconnect.backoff.ms"))
        .isEqualTo("reconnect.backoff.ms=50 (follows)");
  }

  @Test
  void levelMustBeOneOfItsCodec() {
    assertThat(read("compression.type", "zstd", "compression.level", 7).send().compressionLevel())
        .isEqualTo(7);
    assertThat(read("compression.type", "zstd", "compression.zstd.level", -1).send())
        .extracting(SendSettings::compression, SendSettings::compressionLevel)
        .containsExactly(Compression.ZSTD, -1);
    assertThat(read("compression.type", "lz4", "compression.level", -1).send().compressionLevel())
        .isEqualTo(Compression.LZ4.levelDefault());
    assertThat(read("compression.type", "gzip").send().compressionLevel()).isEqualTo(-1);
    refused(
        "compression.level=13 and compression.codec=gzip contradict one another: gzip has levels 1"
            + " to 9, and -1 for its own default",
        "compression.level",
        13,
        "compression.codec",
        "gzip");
    refused(
        "compression.level=3 and compression.type=none (the default) contradict one another: there"
            + " are no levels",
        "compression.level",
        3);
    refused(
        "compression.level=3 and compression.zstd.level=4 contradict one another: give one of them",
        "compression.type",
        "zstd",
        "compression.level",
        3,
        "compression.zstd.level",
        4);
  }

  @Test
  void stickyTimeIsTwiceTheLinger() {
    assertThat(inUse(read(), "sticky.partitioning.linger.ms"))
        .isEqualTo("sticky.partitioning.linger.ms=10 (default)");
    assertThat(inUse(read("linger.ms", 0), "sticky.partitioning.linger.ms"))
        .isEqualTo("sticky.partitioning.linger.ms=0 (follows)");
    assertThat(inUse(read("linger.ms", "0.25"), "sticky.partitioning.linger.ms"))
        .isEqualTo("sticky.partitioning.linger.ms=0.5 (follows)");
    assertThat(inUse(read("linger.ms", 900_000), "sticky.partitioning.linger.ms"))
        .isEqualTo("sticky.partitioning.linger.ms=900000 (follows)");
    assertThat(
            inUse(
                read("linger.ms", 50, "sticky.partitioning.linger.ms", 10),
                "sticky.partitioning.linger.ms"))
        .isEqualTo("sticky.partitioning.linger.ms=10 (set)");
  }

  /** The block "Production configuration" of the notes, as it stands there. */
  private static final Map<String, Object> PRODUCTION =
      Map.ofEntries(
          Map.entry("acks", "all"),
          Map.entry("enable.idempotence", true),
          Map.entry("retries", 2147483647),
          Map.entry("retry.backoff.ms", 100),
          Map.entry("delivery.timeout.ms", 120000),
          Map.entry("batch.size", 16384),
          Map.entry("linger.ms", 5),
          Map.entry("compression.type", "lz4"),
          Map.entry("buffer.memory", 33554432),
          Map.entry("max.block.ms", 60000));

  @Test
  void durableIsTheProductionConfigurationValueByValue() {
    Map<String, Object> asSet = settings();
    asSet.putAll(PRODUCTION);
    List<SettingInUse> set = ProducerTable.read(asSet).described();
    List<SettingInUse> profile = read("profile", "durable").described();
    int ofProfile = 0;
    for (int i = 0; i < set.size(); i++) {
      if (profile.get(i).origin() == SettingInUse.Origin.PROFILE) {
        ofProfile++;
        assertThat(set.get(i).origin()).isEqualTo(SettingInUse.Origin.SET);
      }
      if (!set.get(i).name().equals("profile")) {
        assertThat(profile.get(i).value()).as(set.get(i).name()).isEqualTo(set.get(i).value());
      }
    }
    assertThat(ofProfile).isEqualTo(PRODUCTION.size());
    assertThat(read("profile", "durable").bytesMax()).isEqualTo(33_554_432L);
  }

  @Test
  void profilesLieWithinTheTuningMatrix() {
    record Scenario(String profile, int lingerLow, int lingerHigh, int sizeLow, int sizeHigh) {}
    for (Scenario one :
        List.of(
            new Scenario("realtime", 0, 5, 16_384, 16_384),
            new Scenario("analytics", 10, 50, 65_536, 262_144),
            new Scenario("batch", 100, 500, 524_288, 1_048_576),
            new Scenario("logs", 500, 1000, 1_000_000, 1_048_576),
            new Scenario("metrics", 100, 100, 262_144, 262_144))) {
      ProducerSettings settings = read("profile", one.profile);
      assertThat((int) (settings.send().lingerNanos() / 1_000_000))
          .as(one.profile)
          .isBetween(one.lingerLow, one.lingerHigh);
      assertThat(settings.batchLimits().bytesMax())
          .as(one.profile)
          .isBetween(one.sizeLow, one.sizeHigh);
    }
    assertThat(read("profile", "realtime").send().compression()).isEqualTo(Compression.NONE);
    assertThat(read("profile", "analytics").send().compression()).isEqualTo(Compression.LZ4);
    assertThat(read("profile", "logs").send().compression()).isEqualTo(Compression.ZSTD);
    assertThat(read("profile", "logs").send().acks()).isEqualTo((short) 1);
    assertThat(read("profile", "metrics").send().acks()).isEqualTo((short) 0);
    assertThat(read("profile", "batch").idempotent()).isTrue();
  }

  @Test
  void whatIsSetWinsOverTheProfileUnderEitherName() {
    ProducerSettings settings =
        read("profile", "durable", "queue.buffering.max.kbytes", 8, "queue.buffering.max.ms", 20);
    assertThat(settings.bytesMax()).isEqualTo(8192);
    assertThat(settings.send().lingerNanos()).isEqualTo(20_000_000);
    assertThat(settings.send().compression()).isEqualTo(Compression.LZ4);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read("profile", "fast"))
        .withMessageStartingWith("profile cannot be \"fast\": it wants one of none, realtime,");
  }
}
