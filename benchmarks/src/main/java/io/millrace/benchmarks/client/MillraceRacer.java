package io.millrace.benchmarks.client;

import io.millrace.producer.DeliveryCallback;
import io.millrace.producer.Producer;
import io.millrace.producer.ProducerMessage;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/** Millrace's own producer. Waits for room as long as {@code max.block.ms} says. */
final class MillraceRacer implements RacingProducer {
  private static final Duration REPORTS_MAX = Duration.ofMinutes(5);
  private static final Duration TRANSACTION_MAX = Duration.ofMinutes(1);

  private final String topic;
  private final Producer producer;
  private final Reports reports = new Reports();
  private final DeliveryCallback callback =
      report -> {
        if (report.isDelivered()) {
          reports.delivered();
        } else {
          reports.failed(report);
        }
      };

  MillraceRacer(String topic, Map<String, String> settings) {
    this.topic = topic;
    this.producer = Producer.open(settings);
  }

  @Override
  public void send(byte[] key, byte[] value) {
    producer.produce(topic, key, value, callback);
  }

  @Override
  public void sendAndWait(byte[] key, byte[] value)
      throws InterruptedException, ExecutionException {
    producer.send(ProducerMessage.to(topic).key(key).value(value)).get();
  }

  @Override
  public void awaitReports() throws InterruptedException {
    long left = producer.flush(REPORTS_MAX);
    if (left > 0) {
      throw new IllegalStateException(left + " records without a report after " + REPORTS_MAX);
    }
  }

  @Override
  public void initTransactions() throws InterruptedException {
    producer.initTransactions(TRANSACTION_MAX);
  }

  @Override
  public void beginTransaction() throws InterruptedException {
    producer.beginTransaction();
  }

  @Override
  public void commitTransaction() throws InterruptedException {
    producer.commitTransaction(TRANSACTION_MAX);
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
