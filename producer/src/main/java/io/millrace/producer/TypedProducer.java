package io.millrace.producer;

import org.jspecify.annotations.Nullable;

/**
 * A producer of keys and values of some type, over one of bytes, which it neither owns nor closes.
 */
public final class TypedProducer<K, V> {

  private final Producer producer;
  private final Serializer<K> keys;
  private final Serializer<V> values;

  public TypedProducer(Producer producer, Serializer<K> keys, Serializer<V> values) {
    this.producer = producer;
    this.keys = keys;
    this.values = values;
  }

  /**
   * As {@link Producer#produce(String, byte[], byte[], DeliveryCallback)}. What a serializer throws
   * comes through, and nothing is accepted.
   */
  public void produce(
      String topic, @Nullable K key, @Nullable V value, @Nullable DeliveryCallback callback) {
    producer.produce(topic, keys.serialize(topic, key), values.serialize(topic, value), callback);
  }

  /** As {@link Producer#send(ProducerMessage)}. */
  public Delivery send(String topic, @Nullable K key, @Nullable V value) {
    return producer.send(
        ProducerMessage.to(topic)
            .key(keys.serialize(topic, key))
            .value(values.serialize(topic, value)));
  }
}
