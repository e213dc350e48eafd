package io.millrace.producer;

import io.millrace.record.Header;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A message with everything that can be said of it. Not thread safe; may be sent again, and changed
 * in between.
 */
public final class ProducerMessage {

  private final String topic;
  private int partition = -1;
  private byte @Nullable [] key;
  private byte @Nullable [] value;
  private final List<Header> headers = new ArrayList<>();
  private long timestamp = -1;
  private @Nullable Object opaque;
  private @Nullable DeliveryCallback callback;
  private @Nullable Duration deadline;

  private ProducerMessage(String topic) {
    this.topic = topic;
  }

  public static ProducerMessage to(String topic) {
    return new ProducerMessage(Objects.requireNonNull(topic, "a message without a topic"));
  }

  /** Chooses the partition; without it the partitioner does. */
  public ProducerMessage partition(int number) {
    partition = number;
    return this;
  }

  public ProducerMessage key(byte @Nullable [] bytes) {
    key = bytes;
    return this;
  }

  public ProducerMessage value(byte @Nullable [] bytes) {
    value = bytes;
    return this;
  }

  /** Adds a header: names may repeat, and their order stays. */
  public ProducerMessage header(String name, byte @Nullable [] bytes) {
    headers.add(new Header(name, bytes == null ? null : ByteBuffer.wrap(bytes)));
    return this;
  }

  /** Milliseconds since 1970; without it the time of acceptance. */
  public ProducerMessage timestamp(long ms) {
    timestamp = ms;
    return this;
  }

  /** Something to find again in the report. */
  public ProducerMessage opaque(@Nullable Object anything) {
    opaque = anything;
    return this;
  }

  /** Who gets the report. */
  public ProducerMessage onDelivery(@Nullable DeliveryCallback whom) {
    callback = whom;
    return this;
  }

  /** How long it may take, if less than {@code delivery.timeout.ms}. */
  public ProducerMessage deadline(@Nullable Duration within) {
    deadline = within;
    return this;
  }

  public String topic() {
    return topic;
  }

  /** The partition, -1 if the partitioner chooses. */
  public int partition() {
    return partition;
  }

  public byte @Nullable [] key() {
    return key;
  }

  public byte @Nullable [] value() {
    return value;
  }

  /** The headers in their order; a list that cannot be changed. */
  public List<Header> headers() {
    return Collections.unmodifiableList(headers);
  }

  /** Milliseconds since 1970; -1 for the time of acceptance. */
  public long timestamp() {
    return timestamp;
  }

  public @Nullable Object opaque() {
    return opaque;
  }

  public @Nullable DeliveryCallback callback() {
    return callback;
  }

  public @Nullable Duration deadline() {
    return deadline;
  }
}
