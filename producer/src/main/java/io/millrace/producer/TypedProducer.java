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
   * As {@link Producer#produce(String, byte[], byte[], DeliveryCallback)}.
   *
   * @throws ProducerException also if a serializer throws: {@code _KEY_SERIALIZATION} or {@code
   *     _VALUE_SERIALIZATION}, with what it threw as its cause; nothing was accepted then
   */
  public void produce(
      String topic, @Nullable K key, @Nullable V value, @Nullable DeliveryCallback callback) {
    producer.produce(topic, keyBytes(topic, key), valueBytes(topic, value), callback);
  }

  /** As {@link Producer#send(ProducerMessage)}. */
  public Delivery send(String topic, @Nullable K key, @Nullable V value) {
    return producer.send(
        ProducerMessage.to(topic).key(keyBytes(topic, key)).value(valueBytes(topic, value)));
  }

  private byte @Nullable [] keyBytes(String topic, @Nullable K key) {
    try {
      return keys.serialize(topic, key);
    } catch (RuntimeException e) {
      throw refused(LocalError.KEY_SERIALIZATION, "key", topic, key, keys, e);
    }
  }

  private byte @Nullable [] valueBytes(String topic, @Nullable V value) {
    try {
      return values.serialize(topic, value);
    } catch (RuntimeException e) {
      throw refused(LocalError.VALUE_SERIALIZATION, "value", topic, value, values, e);
    }
  }

  private static ProducerException refused(
      LocalError error,
      String which,
      String topic,
      @Nullable Object what,
      Serializer<?> by,
      RuntimeException why) {
    String type = what == null ? "null" : "a " + what.getClass().getName();
    return new ProducerException(
        ProducerError.of(
            error,
            "the "
                + which
                + " of a message for "
                + topic
                + ", "
                + type
                + ", cannot be made bytes by "
                + by.getClass().getName()
                + ": "
                + why),
        why);
  }
}
