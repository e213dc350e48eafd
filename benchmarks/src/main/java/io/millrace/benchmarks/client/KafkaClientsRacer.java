package io.millrace.benchmarks.client;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The producer of kafka-clients. Waits for room as long as {@code max.block.ms} says. */
final class KafkaClientsRacer implements RacingProducer {
  private final String topic;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Reports reports = new Reports();
  private final Callback callback =
      (metadata, error) -> {
        if (error == null) {
          reports.delivered();
        } else {
          reports.failed(error);
        }
      };

  KafkaClientsRacer(String topic, Map<String, String> settings) {
    this.topic = topic;
    this.producer =
        new KafkaProducer<>(
            new HashMap<>(settings), new ByteArraySerializer(), new ByteArraySerializer());
  }

  @Override
  public void send(byte[] key, byte[] value) {
    Future<RecordMetadata> _ = producer.send(new ProducerRecord<>(topic, key, value), callback);
  }

  @Override
  public void sendAndWait(byte[] key, byte[] value)
      throws InterruptedException, ExecutionException {
    producer.send(new ProducerRecord<>(topic, key, value)).get();
  }

  @Override
  public void awaitReports() {
    producer.flush();
  }

  @Override
  public void initTransactions() {
    producer.initTransactions();
  }

  @Override
  public void beginTransaction() {
    producer.beginTransaction();
  }

  @Override
  public void commitTransaction() {
    producer.commitTransaction();
  }

  @Override
  public Reports reports() {
    return reports;
  }

  @Override
  public void close() {
    producer.close();
  }
}
