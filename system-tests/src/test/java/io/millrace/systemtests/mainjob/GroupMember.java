package io.millrace.systemtests.mainjob;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A member of a consumer group, as a process of its own. What it reads goes to its standard output,
 * one line each, before it commits; until it gets a SIGTERM.
 *
 * <pre>
 * record TAB clock TAB partition TAB offset TAB key TAB length of the value TAB value
 * assigned TAB clock TAB partitions
 * </pre>
 *
 * <p>The clock is the machine's monotonic one, the same in all processes.
 */
final class GroupMember {

  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration COMMIT = Duration.ofSeconds(5);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final OutputStream out =
      new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16);

  private GroupMember(KafkaConsumer<byte[], byte[]> consumer) {
    this.consumer = consumer;
  }

  /**
   * Runs a member.
   *
   * @param arguments bootstrap address, group, topic, session timeout in ms
   */
  public static void main(String[] arguments) throws IOException {
    Map<String, Object> settings =
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            arguments[0],
            ConsumerConfig.GROUP_ID_CONFIG,
            arguments[1],
            ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
            arguments[3],
            ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
            "1000",
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "earliest",
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            "false");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      CountDownLatch closed = new CountDownLatch(1);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> leave(consumer, closed)));
      try {
        new GroupMember(consumer).run(arguments[2]);
      } catch (WakeupException e) {
        consumer.close();
        closed.countDown();
      }
    }
  }

  /** Lets the consumer leave its group before the process ends. */
  private static void leave(KafkaConsumer<byte[], byte[]> consumer, CountDownLatch closed) {
    consumer.wakeup();
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run(String topic) throws IOException {
    consumer.subscribe(List.of(topic), new Assignments());
    while (true) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
      for (ConsumerRecord<byte[], byte[]> one : records) {
        say(
            "record",
            String.join(
                "\t",
                Integer.toString(one.partition()),
                Long.toString(one.offset()),
                text(one.key()),
                Integer.toString(one.value().length),
                text(one.value())));
      }
      out.flush();
      if (!records.isEmpty()) {
        commit();
      }
    }
  }

  /** A commit that does not succeed leaves the records to be read again. */
  private void commit() {
    try {
      consumer.commitSync(COMMIT);
    } catch (RetriableException | CommitFailedException e) {
      System.err.println("not committed: " + e);
    }
  }

  private void say(String what, String rest) throws IOException {
    out.write((what + "\t" + System.nanoTime() + "\t" + rest + "\n").getBytes(AccessLog.BYTES));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, AccessLog.BYTES);
  }

  private final class Assignments implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      try {
        String numbers =
            consumer.assignment().stream()
                .map(partition -> Integer.toString(partition.partition()))
                .sorted()
                .collect(Collectors.joining(","));
        say("assigned", numbers);
        out.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
