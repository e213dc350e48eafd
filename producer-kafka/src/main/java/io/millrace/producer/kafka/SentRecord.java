package io.millrace.producer.kafka;

import io.millrace.producer.DeliveryCallback;
import io.millrace.producer.DeliveryReport;
import io.millrace.producer.ProducerError;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One record under way: what its sender got as a future, and what is called when its report comes.
 * As in Kafka's producer the interceptors hear of it first, then the callback, and then the future
 * is done; and it cannot be cancelled.
 */
final class SentRecord extends CompletableFuture<RecordMetadata> implements DeliveryCallback {

  private static final Logger LOG = LoggerFactory.getLogger(SentRecord.class);

  private final KafkaErrors errors;
  private final RecordInterceptors<?, ?> interceptors;
  private final @Nullable Callback callback;
  private final Headers headers;
  private final int keyBytes;
  private final int valueBytes;
  private final Outstanding.Epoch epoch;

  /**
   * @param keyBytes how long the key is when serialized, -1 if there is none
   * @param valueBytes likewise
   */
  SentRecord(
      KafkaErrors errors,
      RecordInterceptors<?, ?> interceptors,
      @Nullable Callback callback,
      Headers headers,
      int keyBytes,
      int valueBytes,
      Outstanding.Epoch epoch) {
    this.errors = errors;
    this.interceptors = interceptors;
    this.callback = callback;
    this.headers = headers;
    this.keyBytes = keyBytes;
    this.valueBytes = valueBytes;
    this.epoch = epoch;
  }

  @Override
  public void delivered(DeliveryReport report) {
    TopicPartition where = new TopicPartition(report.topic(), report.partition());
    ProducerError error = report.error();
    try {
      if (error == null) {
        RecordMetadata metadata =
            new RecordMetadata(where, report.offset(), 0, report.timestamp(), keyBytes, valueBytes);
        tell(metadata, null);
        complete(metadata);
      } else {
        Exception why = errors.exception(error);
        tell(nowhere(where), why);
        completeExceptionally(why);
      }
    } finally {
      epoch.done();
    }
  }

  private void tell(RecordMetadata metadata, @Nullable Exception why) {
    if (!interceptors.isEmpty()) {
      interceptors.onAcknowledgement(metadata, why, headers);
    }
    if (callback != null) {
      try {
        callback.onCompletion(metadata, why);
      } catch (Exception | Error e) {
        LOG.error(
            "the callback of a record for {}-{} threw", metadata.topic(), metadata.partition(), e);
      }
    }
  }

  /** What is said of a record that is not stored. */
  static RecordMetadata nowhere(TopicPartition where) {
    return new RecordMetadata(where, -1, -1, -1, -1, -1);
  }

  /** A record that is sent cannot be cancelled: changes nothing, and says so. */
  @Override
  public boolean cancel(boolean mayInterrupt) {
    return false;
  }
}
