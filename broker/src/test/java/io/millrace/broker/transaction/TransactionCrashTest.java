package io.millrace.broker.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.Broker;
import io.millrace.broker.setting.BrokerTable;
import io.millrace.broker.setting.SettingValues;
import io.millrace.broker.topic.NewTopic;
import io.millrace.broker.topic.Partition;
import io.millrace.broker.topic.Topic;
import io.millrace.cursor.OffsetCursor;
import io.millrace.log.LogId;
import io.millrace.log.LogRead;
import io.millrace.log.SimulatedDisk;
import io.millrace.log.Stability;
import io.millrace.record.Record;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordReader;
import io.millrace.shard.Clock;
import io.millrace.shard.ShardLog;
import io.millrace.shard.Surroundings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A run of transactions is cut at every change of its disk. Then each transaction is there as a
 * whole or not at all, in every log and in its group's offset: there if its commit was answered,
 * not there if its abort was; and the log is open to its end once every producer has come back.
 */
class TransactionCrashTest {

  private static final Path DATA = Path.of("/data");
  private static final String TOPIC = "topic";
  private static final int PARTITIONS = 3;
  private static final int PRODUCERS = 3;
  private static final int TRANSACTIONS = 4;

  @ParameterizedTest(name = "{0} shard(s)")
  @ValueSource(ints = {1, 2})
  void everyWriteOfARunMayBeTheLast(int shards) throws Exception {
    run(1, shards, 1);
  }

  @Tag("long")
  @ParameterizedTest(name = "{0} shard(s)")
  @ValueSource(ints = {1, 2})
  void everyWriteOfManyRunsMayBeTheLast(int shards) throws Exception {
    for (long seed = 2; seed < 12; seed++) {
      run(seed, shards, 4);
    }
  }

  private static void run(long seed, int shards, int images) throws Exception {
    SimulatedDisk whole = new SimulatedDisk();
    Play all = new Play(whole, seed, shards);
    all.play();
    all.check("seed " + seed + ", no crash", whole);
    long changes = whole.changes();
    System.out.printf(
        "transaction crash test: seed %d, %d shards, %d changes of the disk, %d states after each%n",
        seed, shards, changes, images);
    for (long crashAt = 1; crashAt <= changes; crashAt++) {
      SimulatedDisk disk = new SimulatedDisk();
      disk.crashAt(crashAt);
      Play play = new Play(disk, seed, shards);
      play.play();
      for (int image = 0; image < images; image++) {
        Random random = new Random(seed * 31 + crashAt * 1009 + image);
        String at = "seed " + seed + ", crash at change " + crashAt + ", image " + image;
        play.check(at, disk.afterCrash(random));
      }
    }
  }

  /** How a transaction ended, as far as its producer knows. */
  private enum Told {
    COMMITTED,
    ABORTED,
    /** The commit was not answered. */
    NOTHING
  }

  /** One life of a broker, ended by its disk or by itself. */
  private static final class Play {
    private final SimulatedDisk disk;
    private final long seed;
    private final int shards;
    private final Map<String, Told> told = new HashMap<>();
    private boolean over;

    Play(SimulatedDisk disk, long seed, int shards) {
      this.disk = disk;
      this.seed = seed;
      this.shards = shards;
    }

    void play() throws Exception {
      CompletableFuture<Throwable> failed = new CompletableFuture<>();
      Broker broker;
      try {
        broker = open(disk, shards, seed, failed);
      } catch (IOException e) {
        assertThat(disk.hasCrashed()).as("%s", e).isTrue();
        return;
      }
      try (broker) {
        Random random = new Random(seed);
        NewTopic wanted = new NewTopic(TOPIC, PARTITIONS, 1, Map.of());
        done(broker.topics().create(wanted, false), failed);
        Topic topic = broker.topics().find(TOPIC);
        if (over || topic == null) {
          return;
        }
        List<TestProducer> producers = new ArrayList<>();
        for (int i = 0; i < PRODUCERS && !over; i++) {
          producers.add(new TestProducer(broker, "id-" + i));
          ProducerIdentity identity = done(producers.get(i).init(), failed);
          if (identity != null) {
            producers.get(i).identity = identity;
          }
        }
        for (int n = 0; n < TRANSACTIONS && !over; n++) {
          // All are open at a time, and end in another order.
          for (TestProducer producer : producers) {
            write(producer, topic, n, random, failed);
          }
          Collections.shuffle(producers, random);
          for (TestProducer producer : producers) {
            end(producer, failed);
          }
          if (n % 2 == 1) {
            broker.shards().all().forEach(s -> s.execute(x -> s.checkpointSoon()));
          }
        }
      }
    }

    private void write(
        TestProducer producer,
        Topic topic,
        int n,
        Random random,
        CompletableFuture<Throwable> failed)
        throws Exception {
      boolean commit = random.nextInt(3) > 0;
      String value = producer.id + ":" + n;
      producer.value = value;
      producer.commits = commit;
      told.put(value, commit ? Told.NOTHING : Told.ABORTED);
      for (int partition = 0; partition < PARTITIONS && !over; partition++) {
        done(producer.append(topic.partition(partition), value), failed);
      }
      if (!over) {
        done(producer.commitOffset(new LogId(topic.id(), 0), n + 1), failed);
      }
    }

    private void end(TestProducer producer, CompletableFuture<Throwable> failed) throws Exception {
      ProducerIdentity next = over ? null : done(producer.end(producer.commits), failed);
      if (next != null) {
        producer.identity = next;
        told.put(producer.value, producer.commits ? Told.COMMITTED : Told.ABORTED);
      }
    }

    /** What a future holds; null once the broker has failed. */
    private <T> @Nullable T done(CompletableFuture<T> future, CompletableFuture<Throwable> failed)
        throws Exception {
      try {
        CompletableFuture.anyOf(future, failed).get(20, TimeUnit.SECONDS);
        if (future.isDone() && !future.isCompletedExceptionally()) {
          return future.join();
        }
      } catch (ExecutionException e) {
        assertThat(disk.hasCrashed()).as("%s", e.getCause()).isTrue();
      } catch (TimeoutException e) {
        throw new AssertionError("nothing is answered", e);
      }
      over = true;
      return null;
    }

    void check(String at, SimulatedDisk image) throws Exception {
      CompletableFuture<Throwable> failed = new CompletableFuture<>();
      try (Broker broker = open(image, shards, seed + 1000, failed)) {
        Topic topic = broker.topics().find(TOPIC);
        if (topic == null) {
          assertThat(told).as(at).isEmpty();
          return;
        }
        for (int i = 0; i < PRODUCERS; i++) {
          new TestProducer(broker, "id-" + i).init().get(20, TimeUnit.SECONDS);
        }
        List<Set<String>> visible = new ArrayList<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
          visible.add(committed(topic.partition(partition), at));
        }
        told.forEach((value, outcome) -> {
          boolean there = visible.get(0).contains(value);
          for (Set<String> values : visible) {
            assertThat(values.contains(value)).as("%s: %s everywhere", at, value).isEqualTo(there);
          }
          if (outcome != Told.NOTHING) {
            assertThat(there).as("%s: %s", at, value).isEqualTo(outcome == Told.COMMITTED);
          }
        });
        for (int i = 0; i < PRODUCERS; i++) {
          checkOffset(broker, topic, "id-" + i, visible.get(0), at);
        }
        assertThat(failed).as(at).isNotDone();
      }
    }

    private static void checkOffset(
        Broker broker, Topic topic, String id, Set<String> visible, String at) throws Exception {
      long last = 0;
      for (String value : visible) {
        if (value.startsWith(id + ":")) {
          last = Math.max(last, 1 + Long.parseLong(value.substring(id.length() + 1)));
        }
      }
      var standing = broker.groups().of(id).standing(id).get(20, TimeUnit.SECONDS);
      assertThat(standing.undecided()).as(at).isEmpty();
      OffsetCursor cursor = standing.cursors().get(new LogId(topic.id(), 0));
      assertThat(cursor == null ? 0 : cursor.offset())
          .as("%s: offset of %s", at, id)
          .isEqualTo(last);
    }

    /** What a reader of committed records sees, which must reach to the end of the log. */
    private static Set<String> committed(Partition partition, String at) throws IOException {
      ShardLog log = partition.log();
      Set<String> values = new HashSet<>();
      if (log.stored() == null) {
        return values;
      }
      Stability stability = log.stored().stability();
      assertThat(stability.lastStableOffset(0, log.endOffset())).as(at).isEqualTo(log.endOffset());
      long offset = 0;
      while (offset < log.endOffset()) {
        LogRead read = log.stored().read(offset, 1 << 20, true);
        assertThat(read).as(at).isInstanceOf(LogRead.Found.class);
        var slice = ((LogRead.Found) read).slice();
        ByteBuffer bytes = ByteBuffer.allocate(slice.size());
        slice.read(bytes, 0);
        slice.close();
        for (int p = 0; p < bytes.capacity(); p += RecordBatch.sizeInBytes(bytes, p)) {
          RecordBatch batch = RecordBatch.at(bytes.rewind(), p);
          offset = batch.nextOffset();
          if (!batch.isControl()
              && stability.abortedAt(batch.producerId(), batch.baseOffset()) == null) {
            try (RecordReader records = batch.records(0)) {
              for (Record record : records) {
                String value = StandardCharsets.UTF_8.decode(record.value().duplicate()).toString();
                assertThat(values.add(value)).as("%s: %s comes once", at, value).isTrue();
              }
            }
          }
        }
      }
      return values;
    }
  }

  private static Broker open(
      SimulatedDisk disk, int shards, long seed, CompletableFuture<Throwable> failed)
      throws IOException {
    Random ids = new Random(seed);
    return Broker.open(
        new Broker.Place(disk, DATA, DATA),
        new SettingValues(
            BrokerTable.TABLE,
            Map.of(
                "num.shards", Integer.toString(shards),
                "journal.file.bytes", "65536",
                "disk.reserve.bytes", "0")),
        new Surroundings(Clock.SYSTEM, new Random(seed), Runnable::run, failed::complete),
        () -> new UUID(ids.nextLong(), ids.nextLong()));
  }
}
