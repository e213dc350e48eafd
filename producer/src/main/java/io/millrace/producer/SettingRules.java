package io.millrace.producer;

import io.millrace.record.Compression;
import io.millrace.record.CompressionException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What settings say to one another: what contradicts, and what follows. What the application has
 * set itself is never changed: it is obeyed, or refused with the name of what it contradicts.
 */
final class SettingRules {

  private static final int IDEMPOTENT_IN_FLIGHT_MAX = 5;

  /** What librdkafka leaves an answer to come before a transaction's time is over. */
  private static final BigDecimal ANSWER_MS = BigDecimal.valueOf(100);

  private static final BigDecimal STICKY_MS_MAX = BigDecimal.valueOf(900_000);

  private SettingRules() {}

  /**
   * @throws IllegalArgumentException if two settings contradict one another
   */
  static void apply(ProducerValues values) {
    idempotence(values);
    transactions(values);
    deliveryTime(values);
    if (isTransactional(values)) {
      bound(values, "delivery.timeout.ms", values.number("transaction.timeout.ms"));
    }
    batchSize(values);
    backoff(values, "retry.backoff.ms", "retry.backoff.max.ms");
    backoff(values, "reconnect.backoff.ms", "reconnect.backoff.max.ms");
    follow(values, "socket.timeout.ms", values.text("request.timeout.ms"));
    follow(values, "topic.metadata.refresh.fast.interval.ms", values.text("retry.backoff.ms"));
    BigDecimal twice = values.number("linger.ms").multiply(BigDecimal.valueOf(2));
    follow(
        values,
        "sticky.partitioning.linger.ms",
        twice.min(STICKY_MS_MAX).stripTrailingZeros().toPlainString());
    compression(values);
  }

  private static void follow(ProducerValues values, String name, String text) {
    if (values.origin(name) == SettingInUse.Origin.DEFAULT && !values.text(name).equals(text)) {
      values.follow(name, text);
    }
  }

  static IllegalArgumentException contradiction(String one, String other, String why) {
    return new IllegalArgumentException(one + " and " + other + " contradict one another: " + why);
  }

  /** Asked for, it must be possible; by default, it is where it is possible. */
  private static void idempotence(ProducerValues values) {
    List<String> against = new ArrayList<>();
    if (!values.text("acks").equals("all")) {
      against.add("acks");
    }
    if (values.int32("retries") == 0) {
      against.add("retries");
    }
    if (values.int32("max.in.flight.requests.per.connection") > IDEMPOTENT_IN_FLIGHT_MAX) {
      against.add("max.in.flight.requests.per.connection");
    }
    String name = "enable.idempotence";
    if (values.flag(name) && !against.isEmpty()) {
      if (values.isSet(name)) {
        throw contradiction(
            values.asGiven(name),
            values.asGiven(against.get(0)),
            "idempotence wants acks=all, retries of at least 1 and at most "
                + IDEMPOTENT_IN_FLIGHT_MAX
                + " requests in flight");
      }
      values.follow(name, "false");
    }
    if (values.flag("enable.gapless.guarantee") && !values.flag(name)) {
      String other =
          against.isEmpty()
              ? values.asGiven(name)
              : values.asGiven(against.get(0)) + ", which turns idempotence off,";
      throw contradiction(
          values.asGiven("enable.gapless.guarantee"), other, "it wants enable.idempotence=true");
    }
  }

  static boolean isTransactional(ProducerValues values) {
    return !values.text("transactional.id").isEmpty();
  }

  /** What is in a transaction must be known to be delivered, or not, before its time is over. */
  private static void transactions(ProducerValues values) {
    String name = "transactional.id";
    if (!isTransactional(values)) {
      return;
    }
    if (!values.flag("enable.idempotence")) {
      String other = "enable.idempotence";
      for (String one : List.of("acks", "retries", "max.in.flight.requests.per.connection")) {
        if (values.origin("enable.idempotence") == SettingInUse.Origin.FOLLOWS
            && values.origin(one) != SettingInUse.Origin.DEFAULT) {
          other = one;
          break;
        }
      }
      throw contradiction(
          values.asGiven(name),
          values.asGiven(other),
          "transactions want enable.idempotence=true, with acks=all, retries of at least 1 and at"
              + " most "
              + IDEMPOTENT_IN_FLIGHT_MAX
              + " requests in flight");
    }
    if (values.text("failure.policy").equals("dead_letter")) {
      throw contradiction(
          values.asGiven(name),
          values.asGiven("failure.policy"),
          "a message that fails makes its transaction fail, and its dead letter would go with it");
    }
    BigDecimal most = values.number("transaction.timeout.ms");
    bound(values, "request.timeout.ms", most.subtract(ANSWER_MS));
    if (values.isSet("socket.timeout.ms")) {
      bound(values, "socket.timeout.ms", most.subtract(ANSWER_MS));
    }
  }

  private static void bound(ProducerValues values, String name, BigDecimal mostMs) {
    BigDecimal now = values.number(name);
    if (now.signum() != 0 && now.compareTo(mostMs) <= 0) {
      return;
    }
    if (values.isSet(name)) {
      throw contradiction(
          values.asGiven(name),
          values.asGiven("transaction.timeout.ms"),
          "with transactional.id it may be " + mostMs.toPlainString() + " ms at most");
    }
    values.follow(name, mostMs.toPlainString());
  }

  private static void deliveryTime(ProducerValues values) {
    String name = "delivery.timeout.ms";
    BigDecimal delivery = values.number(name);
    BigDecimal least = values.number("linger.ms").add(values.number("request.timeout.ms"));
    if (delivery.signum() == 0 || delivery.compareTo(least) >= 0) {
      return;
    }
    if (!values.isSet(name)) {
      BigDecimal most = BigDecimal.valueOf(Integer.MAX_VALUE);
      values.follow(name, least.min(most).setScale(0, RoundingMode.UP).toPlainString());
    } else if (values.isSet("linger.ms") || values.isSet("request.timeout.ms")) {
      String other =
          values.isSet("request.timeout.ms")
              ? values.asGiven("request.timeout.ms")
              : values.asGiven("linger.ms");
      throw contradiction(
          values.asGiven(name),
          other,
          "a message needs linger.ms + request.timeout.ms, "
              + least.toPlainString()
              + " ms, for one attempt");
    }
  }

  private static void batchSize(ProducerValues values) {
    if (values.isSet("batch.size")
        && values.isSet("message.max.bytes")
        && values.int32("batch.size") > values.int32("message.max.bytes")) {
      throw contradiction(
          values.asGiven("batch.size"),
          values.asGiven("message.max.bytes"),
          "a batch cannot be larger than the request it goes in");
    }
  }

  private static void backoff(ProducerValues values, String first, String most) {
    if (values.int32(first) <= values.int32(most)) {
      return;
    }
    if (values.isSet(first) && values.isSet(most)) {
      throw contradiction(
          values.asGiven(first), values.asGiven(most), "the first wait is longer than the longest");
    }
    if (values.isSet(most)) {
      values.follow(first, values.text(most));
    } else {
      values.follow(most, values.text(first));
    }
  }

  // --- compression ---

  static Compression codec(ProducerValues values) {
    return Compression.valueOf(values.text("compression.type").toUpperCase(Locale.ROOT));
  }

  private static void compression(ProducerValues values) {
    Compression codec = codec(values);
    String general = "compression.level";
    int level = values.int32(general);
    boolean hasLevels = codec.levelMin() != codec.levelMax();
    if (values.isSet(general) && level != -1) {
      if (!hasLevels && level != 0) {
        throw contradiction(
            values.asGiven(general), values.asGiven("compression.type"), "there are no levels");
      }
      if (hasLevels && (level < codec.levelMin() || level > codec.levelMax())) {
        throw contradiction(
            values.asGiven(general),
            values.asGiven("compression.type"),
            codec.lowerCaseName()
                + " has levels "
                + codec.levelMin()
                + " to "
                + codec.levelMax()
                + ", and -1 for its own default");
      }
      String own = "compression." + codec.lowerCaseName() + ".level";
      if (hasLevels && values.isSet(own) && values.int32(own) != level) {
        throw contradiction(values.asGiven(general), values.asGiven(own), "give one of them");
      }
      if (hasLevels && !values.isSet(own)) {
        values.follow(own, Integer.toString(level));
      }
    }
    try {
      codec.compress(ByteBuffer.allocate(0), level(values));
    } catch (CompressionException e) {
      throw new IllegalArgumentException(
          values.asGiven("compression.type") + " cannot be served: " + e.getMessage(), e);
    }
  }

  /** The level to compress with. */
  static int level(ProducerValues values) {
    Compression codec = codec(values);
    return switch (codec) {
      case NONE, SNAPPY -> codec.levelDefault();
      case GZIP, LZ4, ZSTD -> values.int32("compression." + codec.lowerCaseName() + ".level");
    };
  }
}
