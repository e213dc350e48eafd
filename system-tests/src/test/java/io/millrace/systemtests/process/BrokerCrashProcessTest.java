package io.millrace.systemtests.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kills the broker's process with {@code kill -9} at random moments under load, again and again
 * over the same data, and looks for everything that it acknowledged.
 *
 * <p>The moments are counted in bytes that the process wrote, so that they fall into checkpoints,
 * rolls and recoveries alike; files are small, so that there are many of these. The load goes on
 * over all deaths: the same producers, which send again what was not answered. A run is repeated
 * with {@code -Dmillrace.seed=N}.
 */
class BrokerCrashProcessTest {

  private static final String TOPIC = "crash";
  private static final int PARTITIONS = 4;
  private static final int PRODUCERS = 3;
  private static final int LOAD_BYTES_MAX = 24 << 20;
  private static final int RECOVERY_BYTES_MAX = 1 << 20;
  private static final Duration LOAD_AT_MOST = Duration.ofMillis(2000);
  private static final Duration RECOVERY_AT_MOST = Duration.ofMillis(1000);
  private static final long LOOK_NANOS = 500_000;

  @TempDir Path directory;

  @ParameterizedTest(name = "{0} shards")
  @ValueSource(ints = {1, 2})
  void killedUnderLoadItLosesNothingThatItAcknowledged(int shards) throws Exception {
    run(shards, 6);
  }

  @Tag("long")
  @ParameterizedTest(name = "{0} shards")
  @ValueSource(ints = {1, 2})
  void killedHundredsOfTimesItLosesNothingThatItAcknowledged(int shards) throws Exception {
    run(shards, 150);
  }

  private void run(int shards, int rounds) throws Exception {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    System.out.println("BrokerCrashProcessTest: millrace.seed=" + seed + ", shards " + shards);
    Random random = new Random(seed);
    int port = BrokerProcess.freePort();
    BrokerProcess broker = broker(port, shards, random).start();
    String bootstrap = broker.kafka();
    makeTopic(bootstrap);
    try (RecordLoad records =
            new RecordLoad(bootstrap, TOPIC, PARTITIONS, PRODUCERS, new Random(random.nextLong()));
        CommitLoad commits = new CommitLoad(bootstrap, "committers", TOPIC);
        TopicLoad topics = new TopicLoad(bootstrap, new Random(random.nextLong()))) {
      records.start();
      commits.start();
      topics.start();
      for (int round = 1; round <= rounds; round++) {
        awaitProgress(records, commits);
        killAfter(broker, random.nextInt(LOAD_BYTES_MAX), LOAD_AT_MOST);
        while (random.nextInt(5) < 2) {
          broker = broker(port, shards, random).launch();
          killAfter(broker, random.nextInt(RECOVERY_BYTES_MAX), RECOVERY_AT_MOST);
        }
        broker = broker(port, shards, random).start();
        records.check();
        commits.check();
        topics.check();
      }
      records.finish();
      commits.finish();
      topics.finish();
      assertThat(broker.stop()).isZero();
      broker = broker(port, shards, random).start();
      records.checkFromTheBeginning();
      commits.check();
      topics.check();
      System.out.printf(
          "BrokerCrashProcessTest: %d rounds, %d records, %d commits, %d topics%n",
          rounds, records.acknowledged(), commits.acknowledged(), topics.made());
    } catch (Throwable e) {
      System.out.println("The broker said last:\n" + broker.errors());
      throw e;
    } finally {
      broker.close();
    }
  }

  /** Small files and frequent checkpoints, other ones at each start. */
  private BrokerProcess.Builder broker(int port, int shards, Random random) {
    int fileBytes = 64 * 1024 << random.nextInt(5);
    return BrokerProcess.in(directory)
        .port(port)
        .set("num.shards", shards)
        // A producer that still asks for a topic that was deleted must not have it made again.
        .set("auto.create.topics.enable", false)
        .set("journal.file.bytes", fileBytes)
        .set("journal.checkpoint.bytes", fileBytes << random.nextInt(3))
        .set("journal.slow.bytes", 8 << 20)
        .set("journal.max.bytes", 16 << 20)
        .set("open.files.max", 16);
  }

  private static void makeTopic(String bootstrap) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      NewTopic topic =
          new NewTopic(TOPIC, PARTITIONS, (short) 1)
              .configs(Map.of("segment.bytes", "1048576", "segment.ms", "500"));
      admin.createTopics(List.of(topic)).all().get();
    }
  }

  private static void awaitProgress(RecordLoad records, CommitLoad commits) {
    long recordsBefore = records.acknowledged();
    long commitsBefore = commits.acknowledged();
    Awaitility.await("records and commits are acknowledged")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> {
          records.requireNoFailure();
          return records.acknowledged() > recordsBefore && commits.acknowledged() > commitsBefore;
        });
  }

  /** Kills it once it has written so many more bytes, or has not done so for a while. */
  private static void killAfter(BrokerProcess broker, long bytes, Duration atMost) {
    long target = broker.writtenBytes() + bytes;
    long giveUp = System.nanoTime() + atMost.toNanos();
    while (broker.isAlive() && broker.writtenBytes() < target && System.nanoTime() < giveUp) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
    assertThat(broker.isAlive()).as("the broker lives until it is killed").isTrue();
    broker.kill();
  }
}
