package io.millrace.broker.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.broker.Broker;
import io.millrace.broker.setting.BrokerTable;
import io.millrace.broker.setting.SettingValues;
import io.millrace.log.Disk;
import io.millrace.log.LogRead;
import io.millrace.log.MemoryDisk;
import io.millrace.log.PartitionLog;
import io.millrace.log.Retention;
import io.millrace.record.Batches;
import io.millrace.record.Record;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.record.RecordReader;
import io.millrace.shard.Append;
import io.millrace.shard.AppendRefusal;
import io.millrace.shard.BatchAppend;
import io.millrace.shard.Clock;
import io.millrace.shard.Surroundings;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A whole broker without doors, its rounds in quick succession, its wall clock moved by hand. */
class HousekeepingTest {

  private static final long DAY_MS = 24L * 60 * 60 * 1000;
  private static final Path DATA = Path.of("/data");
  private static final int VALUE_BYTES = 100_000;

  private final MemoryDisk disk = new MemoryDisk(1L << 30);

  /** A directory that cannot even be listed. */
  private final AtomicReference<Path> broken = new AtomicReference<>();

  private final AtomicLong aheadMs = new AtomicLong();
  private final ExecutorService background = Executors.newFixedThreadPool(2);
  private final CompletableFuture<Throwable> failed = new CompletableFuture<>();
  private Broker broker;

  private final Clock clock =
      new Clock() {
        @Override
        public long millis() {
          return 1_700_000_000_000L + aheadMs.get();
        }

        @Override
        public long nanos() {
          return System.nanoTime() + aheadMs.get() * 1_000_000;
        }
      };

  @BeforeEach
  void open() throws IOException {
    open(1);
  }

  private void open(int shards) throws IOException {
    Map<String, String> set = new HashMap<>();
    set.put("num.shards", Integer.toString(shards));
    set.put("log.retention.check.interval.ms", "1");
    set.put("log.cleaner.backoff.ms", "1");
    set.put("producer.id.expiration.ms", "600000");
    set.put("journal.file.bytes", "1048576");
    broker =
        Broker.open(
            new Broker.Place(breakable(), DATA, DATA),
            new SettingValues(BrokerTable.TABLE, set),
            new Surroundings(clock, new Random(1), background, failed::complete),
            UUID::randomUUID);
  }

  private Disk breakable() {
    return (Disk)
        Proxy.newProxyInstance(
            Disk.class.getClassLoader(),
            new Class<?>[] {Disk.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("list") && arguments[0].equals(broken.get())) {
                throw new IllegalStateException("as a test wants it");
              }
              try {
                return method.invoke(disk, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @AfterEach
  void close() {
    broker.close();
    background.shutdown();
    assertThat(failed).isNotDone();
  }

  private Partition topic(String... settings) {
    return topicOf("t", settings);
  }

  private Partition topicOf(String name, String... settings) {
    Map<String, String> set = new HashMap<>();
    for (int i = 0; i < settings.length; i += 2) {
      set.put(settings[i], settings[i + 1]);
    }
    UUID id = broker.topics().create(new NewTopic(name, 1, 1, set), false).join().id();
    return broker.topics().find(id).partition(0);
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /** One record, acknowledged. */
  private BatchAppend put(Partition partition, String key, String value) {
    RecordBatchBuilder batch = new RecordBatchBuilder();
    batch.append(clock.millis(), bytes(key), value == null ? null : bytes(value));
    return put(partition, batch);
  }

  private static BatchAppend put(Partition partition, RecordBatchBuilder batch) {
    CompletableFuture<Boolean> answered = new CompletableFuture<>();
    Append append =
        new Append(Append.Acks.APPLIED) {
          @Override
          protected void answered() {
            answered.complete(true);
          }

          @Override
          protected void released() {}
        };
    BatchAppend one = append.add(partition.log(), batch.build());
    partition.shard().append(append);
    answered.join();
    return one;
  }

  private static String large(int i) {
    return i + "-" + "v".repeat(VALUE_BYTES);
  }

  private static Map<String, String> read(Partition partition) throws IOException {
    Map<String, String> values = new HashMap<>();
    for (Record record : records(partition)) {
      values.put(text(record.key()), record.value() == null ? null : text(record.value()));
    }
    return values;
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
  }

  private static List<Record> records(Partition partition) throws IOException {
    List<Record> all = new ArrayList<>();
    PartitionLog log = partition.log().stored();
    long offset = log.startOffset();
    while (offset < log.endOffset()) {
      LogRead.Found found = (LogRead.Found) log.read(offset, 1 << 20, true);
      ByteBuffer bytes = ByteBuffer.allocate(found.slice().size());
      found.slice().read(bytes, 0);
      found.slice().close();
      for (RecordBatch batch : Batches.of(bytes.flip())) {
        try (RecordReader reader = batch.records(1 << 24)) {
          reader.forEach(all::add);
        }
        offset = batch.nextOffset();
      }
    }
    return all;
  }

  private static Path directory(Partition partition) {
    return DATA.resolve("shards/" + partition.shard().number() + "/logs")
        .resolve(partition.log().id().toString());
  }

  private static void trim(Partition partition, long startOffset) {
    CompletableFuture<Boolean> trimmed = new CompletableFuture<>();
    partition
        .shard()
        .execute(sequencer ->
            sequencer.trim(partition.log(), startOffset, () -> trimmed.complete(true)));
    trimmed.join();
  }

  private long segments(Partition partition) {
    return disk.list(directory(partition)).stream().filter(name -> name.endsWith(".log")).count();
  }

  @Test
  void recordsGoWhenTheyAreTooOld() throws IOException {
    Partition partition = topic("retention.ms", Long.toString(DAY_MS));
    put(partition, "a", "old");
    aheadMs.addAndGet(DAY_MS - 1000);
    put(partition, "b", "young");
    aheadMs.addAndGet(2000);
    Retention retention = partition.topic().settings().retention();
    assertThat(retention.startOffset(partition.log().stored(), clock.millis()))
        .as("the segment holds a young record too")
        .isZero();
    aheadMs.addAndGet(DAY_MS);
    await().until(() -> partition.log().startOffset() == 2);
    assertThat(partition.log().endOffset()).isEqualTo(2);
    assertThat(put(partition, "c", "next").baseOffset()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aPartitionKeepsToItsSizeAndItsSpaceComesBack(int shards) throws IOException {
    broker.close();
    open(shards);
    Partition partition = topic("retention.bytes", "3000000", "segment.bytes", "1048576");
    for (int i = 0; i < 100; i++) {
      put(partition, "k", large(i));
    }
    PartitionLog log = partition.log().stored();
    await().until(() -> log.sizeInBytes() < 3_000_000 + 1_048_576);
    assertThat(log.sizeInBytes()).isGreaterThan(2_900_000);
    // The broker is idle from now on; the trim alone brings the checkpoint.
    aheadMs.addAndGet(10_000);
    put(partition, "k", "wakes the shard");
    await().until(() -> segments(partition) <= 5);
    assertThat(records(partition)).last().satisfies(r -> assertThat(r.offset()).isEqualTo(100));
  }

  @Test
  void ofACompactedTopicTheLastValueOfEachKeyIsLeft() throws IOException {
    Partition partition = topic("cleanup.policy", "compact", "segment.bytes", "1048576");
    for (int i = 0; i < 120; i++) {
      put(partition, "key-" + i % 5, large(i));
    }
    PartitionLog log = partition.log().stored();
    // No more than a segment of uncleaned records, the last one, and a record of each key.
    await().until(() -> log.sizeInBytes() < 3_500_000);
    Map<String, String> values = read(partition);
    for (int i = 115; i < 120; i++) {
      assertThat(values).containsEntry("key-" + i % 5, large(i));
    }
    assertThat(log.startOffset()).isZero();
    assertThat(log.endOffset()).isEqualTo(120);
    broker.close();
    open(1);
    assertThat(read(broker.topics().find("t").partition(0))).isEqualTo(values);
  }

  @Test
  void abortedTransactionsOfACompactedTopicAreForgottenAndTheirMarkersGo() throws IOException {
    Partition partition =
        topic(
            "cleanup.policy", "compact",
            "segment.bytes", "1048576",
            "min.cleanable.dirty.ratio", "0");
    for (int i = 0; i < 5; i++) {
      append(partition, append -> append.add(partition.log(), inTransaction("aborted")));
      append(partition, append -> append.addMarker(partition.log(), 7, (short) 0, false, 0, 1000));
    }
    assertThat(partition.log().stored().stability().abortedCount()).isEqualTo(5);
    for (int i = 0; i < 12; i++) {
      put(partition, "key", large(i));
    }
    await().until(() -> partition.log().stored().stability().abortedCount() == 0);
    for (int i = 12; i < 24; i++) {
      put(partition, "key", large(i));
    }
    await().until(() -> records(partition).get(0).offset() >= 10);
    broker.close();
    open(1);
    Partition again = broker.topics().find("t").partition(0);
    assertThat(again.log().stored().stability().abortedCount()).isZero();
    assertThat(read(again)).containsOnly(Map.entry("key", large(23)));
  }

  private int sequence;

  private ByteBuffer inTransaction(String key) {
    return new RecordBatchBuilder()
        .producer(7, (short) 0, sequence++)
        .transactional()
        .append(clock.millis(), bytes(key), bytes("value"))
        .build();
  }

  private static void append(Partition partition, Consumer<Append> fill) {
    CompletableFuture<Boolean> answered = new CompletableFuture<>();
    Append append =
        new Append(Append.Acks.APPLIED) {
          @Override
          protected void answered() {
            answered.complete(true);
          }

          @Override
          protected void released() {}
        };
    fill.accept(append);
    append.passed();
    partition.shard().append(append);
    answered.join();
    assertThat(append.batches()).allSatisfy(batch -> assertThat(batch.refusal()).isNull());
  }

  @Test
  void aTombstoneGoesWithItsKeyOnceItsTimeIsOver() throws IOException {
    Partition partition =
        topic(
            "cleanup.policy", "compact",
            "segment.bytes", "1048576",
            "min.cleanable.dirty.ratio", "0",
            "delete.retention.ms", "60000");
    put(partition, "gone", "value");
    put(partition, "gone", null);
    for (int i = 0; i < 12; i++) {
      put(partition, "key", large(i));
    }
    await().until(() -> !records(partition).isEmpty() && records(partition).get(0).offset() == 1);
    assertThat(read(partition)).containsEntry("gone", null);
    aheadMs.addAndGet(60_001);
    for (int i = 12; i < 24; i++) {
      put(partition, "key", large(i));
    }
    await().until(() -> !read(partition).containsKey("gone"));
  }

  @Test
  void aTopicMayBeCompactedAndTrimmed() throws IOException {
    Partition partition =
        topic(
            "cleanup.policy", "compact,delete",
            "segment.bytes", "1048576",
            "retention.ms", Long.toString(DAY_MS));
    for (int i = 0; i < 60; i++) {
      put(partition, "key-" + i % 3, large(i));
    }
    await().until(() -> partition.log().stored().sizeInBytes() < 3_500_000);
    assertThat(read(partition)).containsOnlyKeys("key-0", "key-1", "key-2");
    aheadMs.addAndGet(2 * DAY_MS);
    await().until(() -> partition.log().startOffset() == 60);
    assertThat(records(partition)).isEmpty();
  }

  @Test
  void aDeletedTopicLeavesNoFilesThoughItIsBeingCleaned() {
    Partition partition =
        topic(
            "cleanup.policy", "compact",
            "segment.bytes", "1048576",
            "min.cleanable.dirty.ratio", "0");
    for (int i = 0; i < 40; i++) {
      put(partition, "key-" + i % 5, large(i));
    }
    broker.topics().delete(partition.topic().id()).join();
    aheadMs.addAndGet(10_000);
    broker.topics().create(new NewTopic("wakes-the-shard", 1, 1, Map.of()), false).join();
    Path directory = DATA.resolve("shards/0/logs");
    await().until(() -> disk.list(directory).isEmpty());
  }

  @Test
  void aProducerThatAppendsNothingForLongIsForgotten() {
    Partition partition = topic();
    RecordBatchBuilder first = new RecordBatchBuilder().producer(7, (short) 0, 0);
    put(partition, first.append(clock.millis(), null, bytes("a")));
    RecordBatchBuilder gap = new RecordBatchBuilder().producer(7, (short) 0, 5);
    gap.append(clock.millis(), null, bytes("b"));
    assertThat(put(partition, gap).refusal()).isEqualTo(AppendRefusal.OUT_OF_ORDER_SEQUENCE);
    aheadMs.addAndGet(600_000 + 1000);
    await()
        .until(() -> {
          RecordBatchBuilder again = new RecordBatchBuilder().producer(7, (short) 0, 5);
          return put(partition, again.append(clock.millis(), null, bytes("c"))).refusal() == null;
        });
  }

  /** The crash came after the snapshot that knows of the trim: nothing is replayed. */
  @Test
  void segmentsThatACrashLeftAfterTheirTrimGoThoughNothingIsReplayed() throws IOException {
    Partition partition = topic("segment.bytes", "1048576");
    for (int i = 0; i < 40; i++) {
      put(partition, "k", large(i));
    }
    trim(partition, 35);
    broker.close();
    long left = segments(partition);
    ByteBuffer some = bytes("what was trimmed");
    disk.open(directory(partition).resolve("%020d.log".formatted(0)), Disk.Mode.CREATE)
        .write(some, 0);
    assertThat(segments(partition)).isEqualTo(left + 1);
    open(1);
    await().until(() -> segments(partition) == left);
  }

  @Test
  void aLogThatCannotBeLookedAtDoesNotKeepOthersFromBeingTrimmed() throws IOException {
    Partition bad = topicOf("bad", "retention.ms", Long.toString(DAY_MS));
    put(bad, "k", "trimmed");
    put(bad, "k", "old");
    trim(bad, 1);
    for (int i = 0; i < 8; i++) {
      put(topicOf("good-" + i, "retention.ms", Long.toString(DAY_MS)), "k", "old");
    }
    broker.close();
    broken.set(directory(bad));
    open(1);
    aheadMs.addAndGet(2 * DAY_MS);
    await()
        .untilAsserted(() -> {
          for (int i = 0; i < 8; i++) {
            Partition good = broker.topics().find("good-" + i).partition(0);
            assertThat(good.log().startOffset()).isEqualTo(1);
          }
        });
  }
}
