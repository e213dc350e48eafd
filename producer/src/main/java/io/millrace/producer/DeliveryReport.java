package io.millrace.producer;

import io.millrace.record.Header;
import io.millrace.record.Record;
import io.millrace.record.RecordReader;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The final word on one message: where it is stored, or why it is not. */
public final class DeliveryReport {

  private final String topic;
  private final int partition;
  private final long offset;
  private final long timestamp;
  private final long latencyNanos;
  private final @Nullable Object opaque;
  private final @Nullable ProducerError error;
  private final int at;
  private @Nullable MessageBatch batch;
  private @Nullable Record record;

  DeliveryReport(
      String topic,
      int partition,
      long offset,
      long timestamp,
      long latencyNanos,
      @Nullable Object opaque,
      @Nullable ProducerError error,
      @Nullable MessageBatch batch,
      int at) {
    this.topic = topic;
    this.partition = partition;
    this.offset = offset;
    this.timestamp = timestamp;
    this.latencyNanos = latencyNanos;
    this.opaque = opaque;
    this.error = error;
    this.batch = batch;
    this.at = at;
  }

  public String topic() {
    return topic;
  }

  /** The partition, -1 if none was chosen. */
  public int partition() {
    return partition;
  }

  /**
   * The offset; -1 if it was not stored, or if nobody knows where: with {@code acks=0}, and where
   * the broker said that it had it already.
   */
  public long offset() {
    return offset;
  }

  /** Milliseconds since 1970: the message's, or the broker's where the topic stamps appends. */
  public long timestamp() {
    return timestamp;
  }

  /** From acceptance to the answer. */
  public Duration latency() {
    return Duration.ofNanos(latencyNanos);
  }

  /** What the application gave with the message. */
  public @Nullable Object opaque() {
    return opaque;
  }

  /** Why it was not delivered; null if it was. */
  public @Nullable ProducerError error() {
    return error;
  }

  public boolean isDelivered() {
    return error == null;
  }

  /** The key, to be read during the callback only. */
  public @Nullable ByteBuffer key() {
    return record().key();
  }

  /** The value, to be read during the callback only. */
  public @Nullable ByteBuffer value() {
    return record().value();
  }

  /** The headers in their order, to be read during the callback only. */
  public List<Header> headers() {
    return record().headers();
  }

  private Record record() {
    Record read = record;
    if (read != null) {
      return read;
    }
    MessageBatch of = batch;
    if (of == null) {
      throw new IllegalStateException(
          "key, value and headers can be read during the callback only: copy what is needed later");
    }
    read = RecordReader.next(of.records().position(at), 0, of.baseTimestamp());
    record = read;
    return read;
  }

  /** The same report, whose key, value and headers can be read for ever: copies. */
  public DeliveryReport keep() {
    DeliveryReport kept =
        new DeliveryReport(
            topic, partition, offset, timestamp, latencyNanos, opaque, error, null, at);
    Record of = record();
    List<Header> copies = new ArrayList<>(of.headers().size());
    for (Header header : of.headers()) {
      copies.add(new Header(header.key(), copy(header.value())));
    }
    kept.record = new Record(of.offset(), of.timestamp(), copy(of.key()), copy(of.value()), copies);
    return kept;
  }

  private static @Nullable ByteBuffer copy(@Nullable ByteBuffer bytes) {
    return bytes == null
        ? null
        : ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip().asReadOnlyBuffer();
  }

  /** The callback is over: the memory of the message is used again. */
  void detach() {
    batch = null;
    record = null;
  }

  @Override
  public String toString() {
    return error == null
        ? topic + "-" + partition + "@" + offset
        : topic + "-" + partition + ": " + error;
  }
}
