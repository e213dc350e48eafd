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
 * Kills the broker's process with {@code kill -9} while transactions are begun and ended: in every
 * other round anywhere, in the rest when an end was asked for, so that it dies between the decision
 * and the markers among other moments. Each transaction must be there as a whole or not at all. A
 * run is repeated with {@code -Dmillrace.seed=N}.
 */
class TransactionCrashProcessTest {

  private static final String TOPIC = "transactions";
  private static final int PARTITIONS = 4;
  private static final int PRODUCERS = 3;
  private static final int BYTES_MAX = 400_000;

  /** Within this time an end is decided, and its markers are written. */
  private static final int ENDING_NANOS_MAX = 5_000_000;

  private static final Duration AT_MOST = Duration.ofMillis(1000);

  @TempDir Path directory;

  @ParameterizedTest(name = "{0} shards")
  @ValueSource(ints = {1, 2})
  void killedAmongTransactionsItKeepsThemWhole(int shards) throws Exception {
    run(shards, 12);
  }

  @Tag("long")
  @ParameterizedTest(name = "{0} shards")
  @ValueSource(ints = {1, 2})
  void killedHundredsOfTimesItKeepsTransactionsWhole(int shards) throws Exception {
    run(shards, 200);
  }

  private void run(int shards, int rounds) throws Exception {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    System.out.println("TransactionCrashProcessTest: millrace.seed=" + seed + ", shards " + shards);
    Random random = new Random(seed);
    int port = BrokerProcess.freePort();
    BrokerProcess broker = broker(port, shards).start();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.kafka()))) {
      admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1))).all().get();
    }
    try (TransactionLoad load =
        new TransactionLoad(broker.kafka(), TOPIC, PARTITIONS, PRODUCERS, random)) {
      load.start();
      for (int round = 0; round < rounds; round++) {
        long before = load.ended();
        Awaitility.await("transactions end")
            .atMost(Duration.ofSeconds(60))
            .pollInterval(Duration.ofMillis(5))
            .until(() -> load.ended() > before);
        if (round % 2 == 0) {
          killAfter(broker, random.nextInt(BYTES_MAX));
        } else {
          killWhenOneEnds(broker, load, random.nextInt(ENDING_NANOS_MAX));
        }
        broker = broker(port, shards).start();
      }
      load.finishAndCheck();
      System.out.printf(
          "TransactionCrashProcessTest: %d rounds, %d transactions%n", rounds, load.ended());
      assertThat(broker.stop()).isZero();
    } catch (Throwable e) {
      System.out.println("The broker said last:\n" + broker.errors());
      throw e;
    } finally {
      broker.close();
    }
  }

  private BrokerProcess.Builder broker(int port, int shards) {
    return BrokerProcess.in(directory)
        .port(port)
        .set("num.shards", shards)
        .set("journal.file.bytes", 256 * 1024)
        .set("journal.checkpoint.bytes", 512 * 1024)
        .set("disk.reserve.bytes", 0);
  }

  /** Kills it so long after a transaction's end was asked for. */
  private static void killWhenOneEnds(BrokerProcess broker, TransactionLoad load, long nanos) {
    long before = load.ending();
    long giveUp = System.nanoTime() + AT_MOST.toNanos();
    while (load.ending() == before && System.nanoTime() < giveUp) {
      Thread.onSpinWait();
    }
    LockSupport.parkNanos(nanos);
    assertThat(broker.isAlive()).as("the broker lives until it is killed").isTrue();
    broker.kill();
  }

  /** Kills it once it has written so many more bytes, or has not done so for a while. */
  private static void killAfter(BrokerProcess broker, long bytes) {
    long target = broker.writtenBytes() + bytes;
    long giveUp = System.nanoTime() + AT_MOST.toNanos();
    while (broker.isAlive() && broker.writtenBytes() < target && System.nanoTime() < giveUp) {
      LockSupport.parkNanos(200_000);
    }
    assertThat(broker.isAlive()).as("the broker lives until it is killed").isTrue();
    broker.kill();
  }
}
