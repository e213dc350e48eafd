package io.millrace.producer.kafka;

import java.util.List;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The interceptors of a producer, one behind the other. What one of them throws is logged, and
 * changes nothing.
 */
final class RecordInterceptors<K, V> {

  private static final Logger LOG = LoggerFactory.getLogger(RecordInterceptors.class);

  private final List<ProducerInterceptor<K, V>> all;

  RecordInterceptors(List<ProducerInterceptor<K, V>> all) {
    this.all = List.copyOf(all);
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /** The record to go on with. */
  ProducerRecord<K, V> onSend(ProducerRecord<K, V> record) {
    ProducerRecord<K, V> now = record;
    for (ProducerInterceptor<K, V> one : all) {
      try {
        now = one.onSend(now);
      } catch (Exception e) {
        LOG.warn("interceptor {} threw on a record for {}", one, record.topic(), e);
      }
    }
    return now;
  }

  void onAcknowledgement(RecordMetadata metadata, @Nullable Exception why, Headers headers) {
    for (ProducerInterceptor<K, V> one : all) {
      try {
        one.onAcknowledgement(metadata, why, headers);
      } catch (Exception e) {
        LOG.warn("interceptor {} threw on an acknowledgement", one, e);
      }
    }
  }

  List<ProducerInterceptor<K, V>> all() {
    return all;
  }
}
