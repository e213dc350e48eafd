package io.millrace.systemtests.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What waits for the disk, seen from outside: {@code kill -9} alone cannot show a missing sync,
 * because the operating system still writes what it has.
 */
class SlowSyncProcessTest {

  private static final long SYNC_MS = 500;
  private static final int RECORDS = 5;

  @TempDir Path directory;

  @Test
  void withEverySyncSlowedAcksAllIsAnsweredAfterItAndAcksOneBefore() throws Exception {
    Path library = Tools.preload("slowsync.c", directory);
    BrokerProcess.Builder broker =
        BrokerProcess.in(directory.resolve("data"))
            .environment("LD_PRELOAD", library.toString())
            .environment("SLOWSYNC_MS", Long.toString(SYNC_MS));
    try (BrokerProcess running = broker.start();
        KafkaProducer<byte[], byte[]> all = producer(running, "all");
        KafkaProducer<byte[], byte[]> one = producer(running, "1")) {
      all.send(new ProducerRecord<>("slow", new byte[10])).get();
      one.partitionsFor("slow");
      List<Double> allMs = new ArrayList<>();
      List<Double> oneMs = new ArrayList<>();
      for (int i = 0; i < RECORDS; i++) {
        allMs.add(sendMs(all));
      }
      for (int i = 0; i < RECORDS; i++) {
        oneMs.add(sendMs(one));
        // After an answer to acks=all no sync is under way: acks=1 meets a journal at rest.
        sendMs(all);
      }
      System.out.printf("SlowSyncProcessTest: acks=all %s ms, acks=1 %s ms%n", allMs, oneMs);
      assertThat(allMs).allMatch(ms -> ms >= SYNC_MS);
      assertThat(median(oneMs)).isLessThan(SYNC_MS / 5.0);
    }
  }

  private static double sendMs(KafkaProducer<byte[], byte[]> producer) throws Exception {
    long began = System.nanoTime();
    producer.send(new ProducerRecord<>("slow", new byte[100])).get();
    return (System.nanoTime() - began) / 100_000 / 10.0;
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }

  private static KafkaProducer<byte[], byte[]> producer(BrokerProcess broker, String acks) {
    return new KafkaProducer<>(
        Map.of(
            "bootstrap.servers",
            broker.kafka(),
            "acks",
            acks,
            "enable.idempotence",
            "false",
            "linger.ms",
            "0"),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }
}
