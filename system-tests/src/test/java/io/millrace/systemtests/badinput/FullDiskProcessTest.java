package io.millrace.systemtests.badinput;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.systemtests.process.BrokerProcess;
import io.millrace.systemtests.process.Tools;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full, or that may not be written. */
class FullDiskProcessTest {

  private static final TopicPartition PARTITION = new TopicPartition("filling", 0);
  private static final int RECORD_BYTES = 100_000;

  @TempDir Path directory;
  private boolean mounted;

  /** A small file system in memory, where this is allowed; else the test does not run. */
  private Path smallDisk(String size) throws Exception {
    Path mount = Files.createDirectory(directory.resolve("disk"));
    Tools.require(
        "mounting a small file system needs root",
        "mount",
        "-t",
        "tmpfs",
        "-o",
        "size=" + size,
        "tmpfs",
        mount.toString());
    mounted = true;
    return mount;
  }

  @AfterEach
  void unmount() {
    if (mounted) {
      Tools.succeeds("umount", "-l", directory.resolve("disk").toString());
    }
  }

  private static BrokerProcess.Builder broker(Path data) {
    return BrokerProcess.in(data)
        .set("journal.file.bytes", 1 << 20)
        .set("journal.checkpoint.bytes", 2 << 20)
        .set("disk.reserve.bytes", 16 << 20);
  }

  private static KafkaProducer<byte[], byte[]> producer(BrokerProcess broker) {
    return new KafkaProducer<>(
        Map.of(
            "bootstrap.servers", broker.kafka(),
            "enable.idempotence", "false",
            "retries", "0",
            "delivery.timeout.ms", "20000",
            "request.timeout.ms", "10000"),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  /** Writes until it is refused; how many were acknowledged. */
  private static int fill(KafkaProducer<byte[], byte[]> producer, int atMost) throws Exception {
    for (int i = 0; i < atMost; i++) {
      try {
        producer
            .send(new ProducerRecord<>(PARTITION.topic(), 0, null, new byte[RECORD_BYTES]))
            .get();
      } catch (ExecutionException e) {
        return i;
      }
    }
    throw new AssertionError("the disk did not become full");
  }

  private static void requireRecords(BrokerProcess broker, int least) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(broker)) {
      consumer.assign(List.of(PARTITION));
      consumer.seek(PARTITION, 0);
      long end = consumer.endOffsets(List.of(PARTITION)).get(PARTITION);
      assertThat(end).isGreaterThanOrEqualTo(least);
      int[] read = {0};
      Awaitility.await("everything is read")
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ZERO)
          .until(() -> {
            consumer
                .poll(Duration.ofMillis(100))
                .forEach(one -> {
                  assertThat(one.value()).hasSize(RECORD_BYTES);
                  read[0]++;
                });
            return consumer.position(PARTITION) >= end;
          });
      assertThat(read[0]).isEqualTo((int) end);
    }
  }

  private static KafkaConsumer<byte[], byte[]> consumer(BrokerProcess broker) {
    return new KafkaConsumer<>(
        Map.of(
            "bootstrap.servers",
            broker.kafka(),
            "group.id",
            "readers",
            "enable.auto.commit",
            "false",
            "auto.offset.reset",
            "none"),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  @Test
  void belowItsReserveTheBrokerRefusesProducesAndServesEverythingElse() throws Exception {
    Path data = directory.resolve("data");
    try (BrokerProcess broker = broker(data).set("disk.reserve.bytes", Long.MAX_VALUE / 2).start();
        KafkaProducer<byte[], byte[]> producer = producer(broker);
        KafkaConsumer<byte[], byte[]> consumer = consumer(broker)) {
      assertThatThrownBy(() ->
              producer.send(new ProducerRecord<>(PARTITION.topic(), 0, null, new byte[100])).get())
          .hasCauseInstanceOf(KafkaStorageException.class)
          .hasMessageContaining("disk.reserve.bytes");
      consumer.assign(List.of(PARTITION));
      consumer.commitSync(Map.of(PARTITION, new OffsetAndMetadata(7)));
      assertThat(consumer.committed(Set.of(PARTITION)).get(PARTITION).offset()).isEqualTo(7);
      assertThat(broker.isAlive()).isTrue();
      assertThat(broker.stop()).isZero();
    }
  }

  @Test
  void fullDiskIsMetBeforeItIsFullAndNothingAcknowledgedIsLost() throws Exception {
    Path data = smallDisk("64m").resolve("data");
    int acknowledged;
    try (BrokerProcess broker = broker(data).start();
        KafkaProducer<byte[], byte[]> producer = producer(broker)) {
      acknowledged = fill(producer, 1000);
      assertThat(acknowledged).isGreaterThan(50);
      requireRecords(broker, acknowledged);
      assertThat(broker.isAlive()).isTrue();
      broker.kill();
    }
    try (BrokerProcess broker = broker(data).start()) {
      requireRecords(broker, acknowledged);
      try (KafkaProducer<byte[], byte[]> producer = producer(broker)) {
        assertThat(fill(producer, 1000)).isLessThan(acknowledged);
      }
      assertThat(broker.stop()).isZero();
    }
  }

  @Test
  void fullDiskOfTheLogsIsMetThoughTheJournalIsOnAnother() throws Exception {
    Path data = smallDisk("64m").resolve("data");
    String[] elsewhere = {"--journal", directory.resolve("journal").toString()};
    int acknowledged;
    try (BrokerProcess broker = broker(data).option(elsewhere).start();
        KafkaProducer<byte[], byte[]> producer = producer(broker)) {
      acknowledged = fill(producer, 1000);
      assertThat(acknowledged).isGreaterThan(50);
      assertThat(fill(producer, 1000)).isLessThan(acknowledged);
      requireRecords(broker, acknowledged);
      assertThat(broker.isAlive()).isTrue();
      assertThat(broker.stop()).isZero();
    }
    try (BrokerProcess broker = broker(data).option(elsewhere).start()) {
      requireRecords(broker, acknowledged);
    }
  }

  /** Somebody else takes the last byte, so that the reserve does not help. */
  @Test
  void whenOthersFillTheDiskNothingAcknowledgedIsLost() throws Exception {
    Path disk = smallDisk("48m");
    Path data = disk.resolve("data");
    int acknowledged = 0;
    Path filler = disk.resolve("filler");
    try (BrokerProcess broker = broker(data).set("disk.reserve.bytes", 0).start();
        KafkaProducer<byte[], byte[]> producer = producer(broker)) {
      for (; acknowledged < 20; acknowledged++) {
        producer
            .send(new ProducerRecord<>(PARTITION.topic(), 0, null, new byte[RECORD_BYTES]))
            .get();
      }
      takeAll(filler);
      acknowledged += fill(producer, 1000);
      // Whichever comes first: it sees that the disk is full and refuses, or a write fails.
      if (broker.endsWithin(Duration.ofSeconds(5))) {
        assertThat(broker.errors()).contains("No space left");
      } else {
        requireRecords(broker, acknowledged);
        broker.kill();
      }
    }
    Files.delete(filler);
    try (BrokerProcess broker = broker(data).set("disk.reserve.bytes", 0).start()) {
      requireRecords(broker, acknowledged);
    }
  }

  private static void takeAll(Path filler) throws Exception {
    byte[] block = "filler".repeat(1000).getBytes(StandardCharsets.UTF_8);
    try (OutputStream out = Files.newOutputStream(filler)) {
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("space");
    }
  }

  @Test
  void readOnlyDiskIsRefusedWithAMessage() throws Exception {
    Path disk = smallDisk("32m");
    Path data = disk.resolve("data");
    try (BrokerProcess broker = broker(data).start()) {
      assertThat(broker.stop()).isZero();
    }
    assertThat(Tools.succeeds("mount", "-o", "remount,ro", disk.toString())).isTrue();
    try (BrokerProcess broker = broker(data).launch()) {
      assertThat(broker.awaitEnd()).isEqualTo(78);
      assertThat(broker.errors()).contains(data.toString()).contains("read-only");
    }
  }
}
