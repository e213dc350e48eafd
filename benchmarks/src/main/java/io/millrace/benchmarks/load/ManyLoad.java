package io.millrace.benchmarks.load;

import io.millrace.benchmarks.figure.Metric;
import io.millrace.benchmarks.figure.Sample;
import io.millrace.benchmarks.machine.MemoryStatus;
import io.millrace.benchmarks.machine.ProcessTable;
import io.millrace.benchmarks.process.Commands;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Very many empty partitions: the time to create them, the heap and memory they take, the time to
 * start with them.
 */
public final class ManyLoad implements Load {
  private static final String TOPIC = "many-";
  private static final Pattern LIVE_BYTES = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");
  private static final Metric CREATE = new Metric("create, s", 1);
  private static final Metric CREATE_CPU = new Metric("broker CPU s until created", 1);
  private static final Metric HEAP = new Metric("heap MiB after a full GC", 0);
  private static final Metric ANONYMOUS = new Metric("RssAnon MiB", 0);
  private static final Metric STOP = new Metric("stop by SIGTERM, s", 1);
  private static final Metric RESTART = new Metric("exec to first ack, s", 1);
  private static final Metric RESTART_ALL = new Metric("exec to all listed, s", 1);

  private final int topics;
  private final int partitions;
  private final byte[] payload;

  /**
   * So many topics.
   *
   * @param partitions of each
   */
  public ManyLoad(int topics, int partitions, Payloads payloads) {
    this.topics = topics;
    this.partitions = partitions;
    this.payload = payloads.records(100).getFirst().getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public String title() {
    return "%d topics of %d empty partitions, %d in all"
        .formatted(topics, partitions, topics * partitions);
  }

  @Override
  public List<String> settings() {
    return List.of("one CreateTopics a topic, one after another");
  }

  @Override
  public long bytes() {
    return (long) topics * partitions * (16 << 10);
  }

  @Override
  public boolean startsBroker() {
    return true;
  }

  @Override
  public Sample run(Turn turn) {
    StoppedBroker.clear(turn);
    turn.peer().startFresh(turn.data());
    long begin = System.nanoTime();
    try (Topics admin = new Topics(turn.bootstrap())) {
      for (int i = 0; i < topics; i++) {
        admin.create(TOPIC + i, partitions);
      }
      awaitAll(admin);
    }
    Sample sample = new Sample().put(CREATE, secondsSince(begin));
    sample.put(CREATE_CPU, ProcessTable.read().treeSeconds(turn.peer().pid()));
    sample.put(HEAP, heapAfterFullCollection(turn.peer().jvmPid()));
    sample.put(ANONYMOUS, MemoryStatus.ofTree(turn.peer().pid()).anonymous());
    long stop = System.nanoTime();
    turn.peer().stop();
    sample.put(STOP, secondsSince(stop));
    restart(turn, sample);
    turn.peer().stop();
    return sample;
  }

  private void restart(Turn turn, Sample sample) {
    try (WaitingProducer producer = new WaitingProducer(turn.bootstrap());
        Topics admin = new Topics(turn.bootstrap())) {
      Future<RecordMetadata> ack = producer.send(TOPIC + (topics - 1), partitions - 1, payload);
      ForeignShare foreign = ForeignShare.begin();
      long begin = System.nanoTime();
      turn.peer().start(turn.data());
      WaitingProducer.await(ack);
      sample.put(RESTART, secondsSince(begin));
      awaitAll(admin);
      sample.put(RESTART_ALL, secondsSince(begin)).foreign(foreign.end(turn.peer()));
      turn.peer().awaitReady();
    }
  }

  private void awaitAll(Topics admin) {
    for (int i = 0; i < topics; i++) {
      admin.awaitLeaders(TOPIC + i, partitions);
    }
  }

  /** A class histogram makes a full collection first; {@code GC.run} may be a concurrent one. */
  private static double heapAfterFullCollection(long jvm) {
    String histogram =
        Commands.output(List.of(Commands.jdk("jcmd"), Long.toString(jvm), "GC.class_histogram"))
            .orElseThrow(() -> new IllegalStateException("jcmd cannot ask " + jvm));
    return liveMebibytes(histogram);
  }

  /** The bytes of all live objects, from the last line of {@code jcmd GC.class_histogram}. */
  static double liveMebibytes(String histogram) {
    Matcher total = LIVE_BYTES.matcher(histogram);
    if (!total.find()) {
      throw new IllegalArgumentException("no total in the histogram");
    }
    return Long.parseLong(total.group(1)) / (double) (1 << 20);
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }
}
