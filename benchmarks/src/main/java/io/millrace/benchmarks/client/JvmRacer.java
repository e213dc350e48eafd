package io.millrace.benchmarks.client;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.millrace.benchmarks.machine.CoreStat;
import io.millrace.benchmarks.machine.MemoryStatus;
import io.millrace.benchmarks.machine.Quantiles;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;

/**
 * One run of a producer of the JVM for the race, in a process of its own; {@code race/librdkafka.c}
 * is the same in C. Records are read into memory before the clock starts; a first part of them
 * warms up the same producer and does not count.
 *
 * <p>Prints one line, {@link RaceFigures}.
 */
public final class JvmRacer {
  private static final int CALLS_AT_ONCE = 100;
  private static final long CALLS_PAUSE_NANOS = 1_000_000;

  private final RacingProducer producer;
  private final RacePayload payload;
  private final int core;
  private final long transactionNanos;
  private final Pauses pauses = Pauses.watch();
  private int transactions;

  private JvmRacer(RacingProducer producer, RacePayload payload, int core, int transactionMs) {
    this.producer = producer;
    this.payload = payload;
    this.core = core;
    this.transactionNanos = transactionMs * 1_000_000L;
  }

  /** Whose producer runs. */
  public enum Kind {
    MILLRACE,
    KAFKA_CLIENTS;

    private RacingProducer open(String topic, Map<String, String> settings) {
      return switch (this) {
        case MILLRACE -> new MillraceRacer(topic, settings);
        case KAFKA_CLIENTS -> new KafkaClientsRacer(topic, settings);
      };
    }
  }

  /** What is measured. */
  public enum Course {
    /** As many records as go. */
    RATE,
    /** One record at a time. */
    LATENCY,
    /** A hundred records, a pause of a millisecond, and so on: how long the call itself takes. */
    CALLS
  }

  /**
   * Arguments: kind, milliseconds of a transaction or 0 for none, course, bootstrap address, topic,
   * records to warm up, records to measure, payload file, the broker's core or -1, and settings,
   * each {@code name=value}.
   */
  public static void main(String[] args)
      throws IOException, InterruptedException, ExecutionException {
    Map<String, String> settings = new HashMap<>(Map.of("bootstrap.servers", args[3]));
    for (String setting : Arrays.asList(args).subList(9, args.length)) {
      int equals = setting.indexOf('=');
      settings.put(setting.substring(0, equals), setting.substring(equals + 1));
    }
    RacePayload payload = RacePayload.read(Path.of(args[7]));
    int warm = Integer.parseInt(args[5]);
    int records = Integer.parseInt(args[6]);
    int transactionMs = Integer.parseInt(args[1]);
    try (RacingProducer producer = Kind.valueOf(args[0]).open(args[4], settings)) {
      JvmRacer racer = new JvmRacer(producer, payload, Integer.parseInt(args[8]), transactionMs);
      if (transactionMs > 0) {
        producer.initTransactions();
      }
      System.out.println(
          switch (Course.valueOf(args[2])) {
            case RATE -> racer.rate(warm, records);
            case LATENCY -> racer.latency(warm, records);
            case CALLS -> racer.calls(warm, records);
          });
    }
  }

  /**
   * The class and its first three arguments; the others are the same for every racer.
   *
   * @param transactionMs length of a transaction; 0 for none
   */
  public static List<String> program(Kind kind, int transactionMs, Course course) {
    return List.of(
        JvmRacer.class.getName(), kind.name(), Integer.toString(transactionMs), course.name());
  }

  private RaceFigures rate(int warm, int records) throws IOException, InterruptedException {
    sendAll(warm);
    Reports reports = producer.reports();
    if (reports.deliveredSoFar() != warm) {
      throw new IllegalStateException(
          reports.failedSoFar() + " of " + warm + " records of the warm-up failed");
    }
    pauses.clear();
    int before = transactions;
    Reading begin = Reading.take(core);
    sendAll(records);
    Reading end = Reading.take(core);
    return begin
        .until(end)
        .put("pause_ms", pauses.longestMs())
        .put("transactions", transactions - before)
        .put("transactions_in_all", transactions)
        .put("records", reports.deliveredSoFar() - warm)
        .put("failed", reports.failedSoFar());
  }

  private RaceFigures latency(int warm, int records)
      throws IOException, InterruptedException, ExecutionException {
    oneByOne(warm);
    Reading begin = Reading.take(core);
    Quantiles nanos = new Quantiles(oneByOne(records));
    Reading end = Reading.take(core);
    return begin
        .until(end)
        .put("records", records)
        .put("failed", 0)
        .put("p50_ms", nanos.at(0.50) / 1e6)
        .put("p99_ms", nanos.at(0.99) / 1e6)
        .put("max_ms", nanos.max() / 1e6);
  }

  private RaceFigures calls(int warm, int records) throws IOException, InterruptedException {
    long begun = System.nanoTime();
    int at = payload.next();
    producer.send(payload.key(at), payload.value(at));
    long first = System.nanoTime() - begun;
    inTurns(warm - 1);
    Reading begin = Reading.take(core);
    Quantiles nanos = new Quantiles(inTurns(records));
    Reading end = Reading.take(core);
    Reports reports = producer.reports();
    return begin
        .until(end)
        .put("records", reports.deliveredSoFar() - warm)
        .put("failed", reports.failedSoFar())
        .put("first_us", first / 1e3)
        .put("p50_us", nanos.at(0.50) / 1e3)
        .put("p99_us", nanos.at(0.99) / 1e3)
        .put("p999_us", nanos.at(0.999) / 1e3)
        .put("max_us", nanos.max() / 1e3);
  }

  /** How long each call took, of calls between which there is always room in the queue. */
  private long[] inTurns(int records) throws InterruptedException {
    long[] nanos = new long[records];
    for (int i = 0; i < records; i++) {
      if (i % CALLS_AT_ONCE == 0) {
        LockSupport.parkNanos(CALLS_PAUSE_NANOS);
      }
      int at = payload.next();
      long begin = System.nanoTime();
      producer.send(payload.key(at), payload.value(at));
      nanos[i] = System.nanoTime() - begin;
    }
    producer.awaitReports();
    return nanos;
  }

  private void sendAll(int records) throws InterruptedException {
    if (transactionNanos > 0) {
      sendInTransactions(records);
      return;
    }
    for (int i = 0; i < records; i++) {
      int at = payload.next();
      producer.send(payload.key(at), payload.value(at));
    }
    producer.awaitReports();
  }

  private void sendInTransactions(int records) throws InterruptedException {
    for (int i = 0; i < records; ) {
      producer.beginTransaction();
      long end = System.nanoTime() + transactionNanos;
      do {
        int at = payload.next();
        producer.send(payload.key(at), payload.value(at));
        i++;
      } while (i < records && System.nanoTime() - end < 0);
      producer.commitTransaction();
      transactions++;
    }
  }

  private long[] oneByOne(int records) throws InterruptedException, ExecutionException {
    long[] nanos = new long[records];
    for (int i = 0; i < records; i++) {
      int at = payload.next();
      long begin = System.nanoTime();
      producer.sendAndWait(payload.key(at), payload.value(at));
      nanos[i] = System.nanoTime() - begin;
    }
    return nanos;
  }

  /** What this process and the broker's core have used so far. */
  private record Reading(
      long nanos, long cpuNanos, long allocatedBytes, double anonymousMebibytes, CoreStat core) {
    private static final OperatingSystemMXBean PROCESS =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private static final ThreadMXBean THREADS =
        ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

    static Reading take(int core) throws IOException {
      MemoryStatus memory = MemoryStatus.parse(Files.readString(Path.of("/proc/self/status")));
      CoreStat ticks = core < 0 ? new CoreStat(0, 0) : CoreStat.read(core);
      return new Reading(
          System.nanoTime(),
          PROCESS.getProcessCpuTime(),
          THREADS.getTotalThreadAllocatedBytes(),
          memory.anonymous(),
          ticks);
    }

    /** The difference to a later reading. Memory is as it was then. */
    RaceFigures until(Reading end) {
      RaceFigures figures =
          new RaceFigures()
              .put("seconds", (end.nanos - nanos) / 1e9)
              .put("cpu", (end.cpuNanos - cpuNanos) / 1e9)
              .put("rss_anon_kb", end.anonymousMebibytes * 1024)
              .put("allocated", end.allocatedBytes - allocatedBytes);
      return end.core.all() == 0 ? figures : figures.put("core_busy", core.busyUntil(end.core));
    }
  }
}
