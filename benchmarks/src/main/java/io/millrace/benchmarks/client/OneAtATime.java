package io.millrace.benchmarks.client;

import io.millrace.benchmarks.machine.Quantiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends one record at a time with {@code acks=all} and no linger, and measures in microseconds what
 * Kafka's {@code EndToEndLatency} cuts to milliseconds.
 *
 * <p>Twice over: from send to ack, then from send to the arrival at a consumer whose fetch waits at
 * the broker already. Every record that arrives is compared with what was sent.
 */
public final class OneAtATime {
  private static final Pattern LINE =
      Pattern.compile("(ack|delivery) p50=([\\d.]+) p99=([\\d.]+) max=([\\d.]+) ms");
  private static final Duration DELIVERY_MAX = Duration.ofSeconds(30);

  private final List<byte[]> payloads;
  private final TopicPartition partition;
  private final KafkaProducer<byte[], byte[]> producer;

  private OneAtATime(List<byte[]> payloads, String topic, KafkaProducer<byte[], byte[]> producer) {
    this.payloads = payloads;
    this.partition = new TopicPartition(topic, 0);
    this.producer = producer;
  }

  /** Latency in milliseconds. */
  public record Latency(double p50, double p99, double max) {
    private static Latency of(long[] nanos) {
      Quantiles sorted = new Quantiles(nanos);
      return new Latency(sorted.at(0.50) / 1e6, sorted.at(0.99) / 1e6, sorted.max() / 1e6);
    }

    private String line(String name) {
      return String.format(Locale.ROOT, "%s p50=%.3f p99=%.3f max=%.3f ms", name, p50, p99, max);
    }
  }

  /** What the program prints. */
  public record Figures(Latency ack, Latency delivery) {}

  /** Arguments: bootstrap address, topic of one partition, count of records, payload file. */
  public static void main(String[] args)
      throws IOException, ExecutionException, InterruptedException {
    int records = Integer.parseInt(args[2]);
    List<byte[]> payloads =
        Files.readAllLines(Path.of(args[3]), StandardCharsets.US_ASCII).stream()
            .map(line -> line.getBytes(StandardCharsets.US_ASCII))
            .toList();
    try (KafkaProducer<byte[], byte[]> producer = producer(args[0]);
        KafkaConsumer<byte[], byte[]> consumer = consumer(args[0])) {
      OneAtATime run = new OneAtATime(payloads, args[1], producer);
      run.acks(records / 2);
      System.out.println(Latency.of(run.acks(records)).line("ack"));
      consumer.assign(List.of(run.partition));
      consumer.seekToEnd(List.of(run.partition));
      consumer.position(run.partition);
      run.deliveries(consumer, records / 2);
      System.out.println(Latency.of(run.deliveries(consumer, records)).line("delivery"));
    }
  }

  /** Arguments for {@link #main}. */
  public static List<String> arguments(
      String bootstrap, String topic, long records, Path payloads) {
    return List.of(bootstrap, topic, Long.toString(records), payloads.toString());
  }

  /** Reads what the program printed. */
  public static Figures parse(String output) {
    return new Figures(parse(output, "ack"), parse(output, "delivery"));
  }

  private static Latency parse(String output, String name) {
    Matcher line = LINE.matcher(output);
    while (line.find()) {
      if (line.group(1).equals(name)) {
        return new Latency(
            Double.parseDouble(line.group(2)),
            Double.parseDouble(line.group(3)),
            Double.parseDouble(line.group(4)));
      }
    }
    throw new IllegalArgumentException("no " + name + " latency in:\n" + output);
  }

  private long[] acks(int records) throws ExecutionException, InterruptedException {
    long[] nanos = new long[records];
    for (int i = 0; i < records; i++) {
      long begin = System.nanoTime();
      producer.send(record(i)).get();
      nanos[i] = System.nanoTime() - begin;
    }
    return nanos;
  }

  private long[] deliveries(KafkaConsumer<byte[], byte[]> consumer, int records) {
    long[] nanos = new long[records];
    for (int i = 0; i < records; i++) {
      ProducerRecord<byte[], byte[]> sent = record(i);
      long begin = System.nanoTime();
      Future<RecordMetadata> _ = producer.send(sent);
      ConsumerRecords<byte[], byte[]> arrived = consumer.poll(DELIVERY_MAX);
      while (arrived.isEmpty() && System.nanoTime() - begin < DELIVERY_MAX.toNanos()) {
        arrived = consumer.poll(DELIVERY_MAX);
      }
      nanos[i] = System.nanoTime() - begin;
      check(sent, arrived);
    }
    return nanos;
  }

  private static void check(
      ProducerRecord<byte[], byte[]> sent, ConsumerRecords<byte[], byte[]> arrived) {
    if (arrived.count() != 1) {
      throw new IllegalStateException("expected one record, got " + arrived.count());
    }
    ConsumerRecord<byte[], byte[]> record = arrived.iterator().next();
    if (!Arrays.equals(record.value(), sent.value())) {
      throw new IllegalStateException(
          "other bytes arrived at offset " + record.offset() + " than were sent");
    }
  }

  private ProducerRecord<byte[], byte[]> record(int index) {
    return new ProducerRecord<>(
        partition.topic(), partition.partition(), null, payloads.get(index % payloads.size()));
  }

  private static KafkaProducer<byte[], byte[]> producer(String bootstrap) {
    return new KafkaProducer<>(
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrap,
            ProducerConfig.ACKS_CONFIG,
            "all",
            ProducerConfig.LINGER_MS_CONFIG,
            0),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private static KafkaConsumer<byte[], byte[]> consumer(String bootstrap) {
    return new KafkaConsumer<>(
        Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }
}
