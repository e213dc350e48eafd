package io.millrace.producer.kafka;

import io.millrace.producer.Producer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A configuration of kafka-clients, and what of it the producer gets.
 *
 * <p>It is read by Kafka's own {@link ProducerConfig}: types, ranges, contradictions and {@code
 * config.providers} are as there. Then each name that was given goes one of four ways: to the
 * producer if that has a row for it, under librdkafka's names too; to this adapter (serializers,
 * interceptors, the partitioner's class); refused if leaving it out would be dangerous; else it may
 * be meant for a serializer or interceptor, and is logged if none of them has read it.
 */
final class KafkaSettings {

  private static final Logger LOG = LoggerFactory.getLogger(KafkaSettings.class);

  /** Served here, and so not handed on. */
  private static final Set<String> OWN =
      Set.of(
          ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
          ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
          ProducerConfig.INTERCEPTOR_CLASSES_CONFIG,
          ProducerConfig.PARTITIONER_CLASS_CONFIG,
          "config.providers");

  /** Classes of kafka-clients that the producer cannot call, and without which logins differ. */
  private static final List<String> CLASSES =
      List.of(
          "sasl.client.callback.handler.class",
          "sasl.login.callback.handler.class",
          "sasl.login.class",
          "ssl.engine.factory.class",
          "security.providers");

  private final ProducerConfig config;
  private final Map<String, Object> forProducer = new HashMap<>();

  /**
   * @param given as for kafka-clients, with an entry for each serializer
   * @throws ConfigException if a value is not allowed, or what is wanted cannot be done
   */
  KafkaSettings(Map<String, Object> given) {
    config = new ProducerConfig(given);
    Set<String> unused = new TreeSet<>();
    config
        .originals()
        .forEach((name, value) -> {
          if (value == null || OWN.contains(name)) {
            return;
          }
          if (CLASSES.contains(name) && !value.toString().isEmpty()) {
            throw new ConfigException(
                name, value, "it names classes of kafka-clients, which this producer cannot call");
          }
          if (Producer.takes(name)) {
            forProducer.put(name, plain(value));
            config.ignore(name);
            if (!Producer.uses(name)) {
              unused.add(name);
            }
          }
        });
    if (!unused.isEmpty()) {
      LOG.warn("these settings are taken, and change nothing in this producer: {}", unused);
    }
    forProducer.put(ProducerConfig.CLIENT_ID_CONFIG, clientId());
    forProducer.putIfAbsent("profile", "kafka_clients");
    forProducer.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, maxBlockMs());
    // A topic that nobody knows is given up when Kafka's producer would have stopped to wait.
    forProducer.putIfAbsent("topic.metadata.propagation.max.ms", Math.min(maxBlockMs(), 3_600_000));
    refuse("delivery.dispatch", "poll", "nobody polls a producer of kafka-clients");
    refuse("delivery.report.only.error", "true", "futures of successes must complete too");
    boundBatch();
    if (transactionalId() != null) {
      boundTransaction();
    }
  }

  private static Object plain(Object value) {
    return value instanceof Password secret
        ? secret.value()
        : value instanceof Class<?> type ? type.getName() : value;
  }

  private void refuse(String name, String value, String why) {
    Object given = forProducer.get(name);
    if (given != null && given.toString().trim().equalsIgnoreCase(value)) {
      throw new ConfigException(name, given, why);
    }
  }

  /** Kafka's producer takes a batch.size that no request can hold; here they contradict. */
  private void boundBatch() {
    Integer most = config.getInt(ProducerConfig.MAX_REQUEST_SIZE_CONFIG);
    String name = ProducerConfig.BATCH_SIZE_CONFIG;
    if (forProducer.containsKey(name) && config.getInt(name) > most) {
      LOG.warn("{}={} counts as {}, which is max.request.size", name, forProducer.get(name), most);
      forProducer.put(name, most);
    }
  }

  /** Kafka's producer waits for messages that the transaction no longer does; here they do not. */
  private void boundTransaction() {
    int most = config.getInt(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG);
    long linger = config.getLong(ProducerConfig.LINGER_MS_CONFIG);
    bound(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, most);
    bound(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, most - Math.max(100, linger));
  }

  private void bound(String name, long most) {
    int value = config.getInt(name);
    if (value > most && most > 0) {
      if (forProducer.containsKey(name)) {
        LOG.warn("{}={} counts as {}: transaction.timeout.ms wants that", name, value, most);
      }
      forProducer.put(name, most);
    }
  }

  /** For classes to be made and configured by it, as Kafka's producer does. */
  ProducerConfig config() {
    return config;
  }

  /** For {@link Producer#open}. */
  Map<String, Object> forProducer() {
    return forProducer;
  }

  String clientId() {
    return config.getString(ProducerConfig.CLIENT_ID_CONFIG);
  }

  @Nullable String transactionalId() {
    return config.getString(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
  }

  long maxBlockMs() {
    return config.getLong(ProducerConfig.MAX_BLOCK_MS_CONFIG);
  }
}
