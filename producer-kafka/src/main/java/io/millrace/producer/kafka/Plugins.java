package io.millrace.producer.kafka;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.producer.Partitioner;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the application has a producer call: serializers, interceptors, a partitioner. */
final class Plugins<K, V> {

  private static final Logger LOG = LoggerFactory.getLogger(Plugins.class);

  private final List<AutoCloseable> all = new ArrayList<>();
  private final RecordInterceptors<K, V> interceptors;
  private final Serializer<K> keys;
  private final Serializer<V> values;
  private final @Nullable Partitioner partitioner;

  /**
   * Makes and configures them. If one cannot be made, those that were are closed.
   *
   * @param keySerializer null for the one that the configuration names
   * @param valueSerializer likewise
   */
  @SuppressWarnings({"unchecked", "rawtypes"})
  Plugins(
      KafkaSettings settings,
      @Nullable Serializer<K> keySerializer,
      @Nullable Serializer<V> valueSerializer) {
    ProducerConfig config = settings.config();
    Map<String, Object> itself = Map.of(ProducerConfig.CLIENT_ID_CONFIG, settings.clientId());
    try {
      List<ProducerInterceptor> found =
          config.getConfiguredInstances(
              ProducerConfig.INTERCEPTOR_CLASSES_CONFIG, ProducerInterceptor.class, itself);
      all.addAll(found);
      interceptors = new RecordInterceptors<>((List) found);
      keys = serializer(config, itself, ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, keySerializer);
      values =
          serializer(config, itself, ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, valueSerializer);
      partitioner =
          config.getConfiguredInstance(
              ProducerConfig.PARTITIONER_CLASS_CONFIG, Partitioner.class, itself);
      if (partitioner != null) {
        all.add(partitioner);
        if (settings.forProducer().containsKey("partitioner")) {
          throw new ConfigException("partitioner and partitioner.class are given: give one");
        }
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** One that was given is used as it is; one that is named is made and configured. */
  @SuppressWarnings("unchecked")
  private <T> Serializer<T> serializer(
      ProducerConfig config,
      Map<String, Object> itself,
      String name,
      @Nullable Serializer<T> given) {
    config.ignore(name);
    Serializer<T> one = given;
    if (one == null) {
      one = config.getConfiguredInstance(name, Serializer.class);
      one.configure(
          config.originals(itself), name.equals(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG));
    }
    all.add(one);
    return one;
  }

  /** A configuration that says which serializers there are, as {@link ProducerConfig} wants it. */
  static Map<String, Object> withSerializers(
      Map<String, Object> configs, @Nullable Serializer<?> keys, @Nullable Serializer<?> values) {
    Map<String, Object> with = new HashMap<>(configs);
    named(with, ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, keys);
    named(with, ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, values);
    return with;
  }

  private static void named(
      Map<String, Object> with, String name, @Nullable Serializer<?> serializer) {
    if (serializer != null) {
      with.put(name, serializer.getClass());
    } else if (with.get(name) == null) {
      throw new ConfigException(name, null, "must be non-null.");
    }
  }

  RecordInterceptors<K, V> interceptors() {
    return interceptors;
  }

  /** Null if the producer chooses partitions itself. */
  @Nullable Partitioner partitioner() {
    return partitioner;
  }

  byte @Nullable [] key(String topic, Headers headers, K key) {
    return bytes(keys, topic, headers, key, "key");
  }

  byte @Nullable [] value(String topic, Headers headers, V value) {
    return bytes(values, topic, headers, value, "value");
  }

  private static <T> byte @Nullable [] bytes(
      Serializer<T> with, String topic, Headers headers, T what, String which) {
    try {
      return with.serialize(topic, headers, what);
    } catch (ClassCastException e) {
      throw new SerializationException(
          "the "
              + which
              + " of a record for "
              + topic
              + " is a "
              + Objects.requireNonNull(what).getClass().getName()
              + ", which "
              + with.getClass().getName()
              + " ("
              + which
              + ".serializer) cannot make bytes of",
          e);
    }
  }

  /**
   * Closes them all.
   *
   * @return what the first of them threw that threw; null if none did
   */
  @Nullable Exception close() {
    Exception first = null;
    for (AutoCloseable one : all) {
      try {
        one.close();
      } catch (Exception e) {
        LOG.error("{} could not be closed", one.getClass().getName(), e);
        first = first == null ? e : first;
      }
    }
    return first;
  }
}
