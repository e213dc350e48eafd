package io.millrace.benchmarks.load;

import io.millrace.benchmarks.figure.Metric;
import io.millrace.benchmarks.figure.Sample;
import io.millrace.benchmarks.machine.ProcessTable;
import io.millrace.benchmarks.peer.Peer;
import io.millrace.benchmarks.tool.KafkaTools;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * A broker ended at full load at a random moment and started again: from exec until a produce and a
 * fetch of the last acknowledged record have succeeded, and until every partition has shown that it
 * lost nothing acknowledged.
 */
public final class RestartLoad implements Load {
  private static final String TOPIC = "restart";
  private static final int BATCH_BYTES = 16 << 10;
  private static final int LOAD_MS_MIN = 2_000;
  private static final int LOAD_MS_MAX = 5_000;
  private static final Metric FIRST = new Metric("exec to produce and fetch, ms", 0);
  private static final Metric ALL = new Metric("exec to all partitions, ms", 0);
  private static final Metric CPU = new Metric("broker CPU s until then", 2);
  private static final Metric LOADED = new Metric("ms under load before the end", 0);

  private final ProduceSettings filled;
  private final ProduceLoad fill;
  private final List<String> texts;
  private final boolean clean;
  private final long seed;
  private final Map<Peer, Random> moments = new HashMap<>();

  /**
   * A restart.
   *
   * @param clean ended by SIGTERM instead of SIGKILL
   * @param seed of the random moments
   */
  public RestartLoad(
      int recordBytes,
      int partitions,
      long bytes,
      boolean clean,
      long seed,
      KafkaTools tools,
      Payloads payloads) {
    this.filled = ProduceSettings.plain(recordBytes, partitions, BATCH_BYTES, bytes);
    this.fill = new ProduceLoad(filled, tools, payloads);
    this.texts = payloads.records(recordBytes);
    this.clean = clean;
    this.seed = seed;
  }

  @Override
  public String title() {
    return "restart after %s at full load, %d partitions, %s and what the load adds"
        .formatted(
            clean ? "SIGTERM" : "kill -9", filled.partitions(), ByteSize.text(filled.bytes()));
  }

  @Override
  public List<String> settings() {
    return List.of(
        "filled by: " + String.join(" ", filled.properties()),
        "load: acks=all and the client's defaults, %d to %d ms, moments from seed %d"
            .formatted(LOAD_MS_MIN, LOAD_MS_MAX, seed),
        "probe: a producer and a consumer that try to connect every 5 and 20 ms, in a JVM that has done it before");
  }

  @Override
  public long bytes() {
    return filled.bytes() * 3;
  }

  @Override
  public boolean startsBroker() {
    return true;
  }

  @Override
  public Sample run(Turn turn) {
    StoppedBroker.clear(turn);
    turn.peer().startFresh(turn.data());
    Topics.create(turn.bootstrap(), TOPIC, filled.partitions());
    fill.produce(turn.bootstrap(), TOPIC);
    BusyProducer busy = BusyProducer.start(turn.bootstrap(), TOPIC, filled.partitions(), texts);
    // Both sides of a pair are ended after the same time.
    Random moment = moments.computeIfAbsent(turn.peer(), peer -> new Random(seed));
    int loadMs = moment.nextInt(LOAD_MS_MIN, LOAD_MS_MAX);
    sleep(loadMs);
    if (clean) {
      turn.peer().stop();
    } else {
      turn.peer().kill();
    }
    busy.end();
    return restart(turn, busy).put(LOADED, loadMs);
  }

  private Sample restart(Turn turn, BusyProducer busy) {
    BusyProducer.Acknowledged last = busy.last();
    TopicPartition partition = new TopicPartition(TOPIC, last.partition());
    try (WaitingProducer producer = new WaitingProducer(turn.bootstrap());
        KafkaConsumer<byte[], byte[]> consumer = Readback.consumer(turn.bootstrap());
        Topics topics = new Topics(turn.bootstrap())) {
      Future<RecordMetadata> ack = producer.send(TOPIC, last.partition(), bytes(0));
      ForeignShare foreign = ForeignShare.begin();
      long begin = System.nanoTime();
      turn.peer().start(turn.data());
      WaitingProducer.await(ack);
      byte[] fetched = Readback.fetch(consumer, partition, last.offset()).value();
      long first = System.nanoTime() - begin;
      Map<TopicPartition, Long> ends = topics.endOffsets(TOPIC, filled.partitions());
      long all = System.nanoTime() - begin;
      double cpu = ProcessTable.read().treeSeconds(turn.peer().pid());
      double share = foreign.end(turn.peer());
      verify(busy, bytes(last.payload()), fetched, ends);
      turn.peer().awaitReady();
      turn.peer().stop();
      return new Sample().put(FIRST, first / 1e6).put(ALL, all / 1e6).put(CPU, cpu).foreign(share);
    }
  }

  private byte[] bytes(int payload) {
    return texts.get(payload).getBytes(StandardCharsets.US_ASCII);
  }

  private static void verify(
      BusyProducer busy, byte[] sent, byte[] fetched, Map<TopicPartition, Long> ends) {
    if (!Arrays.equals(fetched, sent)) {
      throw new IllegalStateException(
          "the last acknowledged record has other bytes after the restart");
    }
    ends.forEach((partition, end) -> {
      long acknowledged = busy.lastOffset(partition.partition());
      if (end <= acknowledged) {
        throw new IllegalStateException(
            "%s ends at %d, but offset %d was acknowledged"
                .formatted(partition, end, acknowledged));
      }
    });
  }

  private static void sleep(int milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
