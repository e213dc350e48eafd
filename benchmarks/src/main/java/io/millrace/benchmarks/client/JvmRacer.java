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

/**
 * One run of a producer of the JVM for the race, in a process of its own; {@code race/librdkafka.c}
 * is the same in C. Records are read into memory before the clock starts; a first part of them
 * warms up the same producer and does not count.
 *
 * <p>Prints one line, {@link RaceFigures}.
 */
public final class JvmRacer {
  private final RacingProducer producer;
  private final RacePayload payload;
  private final int core;

  private JvmRacer(RacingProducer producer, RacePayload payload, int core) {
    this.producer = producer;
    this.payload = payload;
    this.core = core;
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
    LATENCY
  }

  /**
   * Arguments: kind, course, bootstrap address, topic, records to warm up, records to measure,
   * payload file, the broker's core or -1, and settings, each {@code name=value}.
   */
  public static void main(String[] args)
      throws IOException, InterruptedException, ExecutionException {
    Map<String, String> settings = new HashMap<>(Map.of("bootstrap.servers", args[2]));
    for (String setting : Arrays.asList(args).subList(8, args.length)) {
      int equals = setting.indexOf('=');
      settings.put(setting.substring(0, equals), setting.substring(equals + 1));
    }
    RacePayload payload = RacePayload.read(Path.of(args[6]));
    int warm = Integer.parseInt(args[4]);
    int records = Integer.parseInt(args[5]);
    try (RacingProducer producer = Kind.valueOf(args[0]).open(args[3], settings)) {
      JvmRacer racer = new JvmRacer(producer, payload, Integer.parseInt(args[7]));
      System.out.println(
          switch (Course.valueOf(args[1])) {
            case RATE -> racer.rate(warm, records);
            case LATENCY -> racer.latency(warm, records);
          });
    }
  }

  /** The class and its first two arguments; the others are the same for every racer. */
  public static List<String> program(Kind kind, Course course) {
    return List.of(JvmRacer.class.getName(), kind.name(), course.name());
  }

  private RaceFigures rate(int warm, int records) throws IOException, InterruptedException {
    sendAll(warm);
    Reports reports = producer.reports();
    if (reports.deliveredSoFar() != warm) {
      throw new IllegalStateException(
          reports.failedSoFar() + " of " + warm + " records of the warm-up failed");
    }
    Reading begin = Reading.take(core);
    sendAll(records);
    Reading end = Reading.take(core);
    return begin
        .until(end)
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

  private void sendAll(int records) throws InterruptedException {
    for (int i = 0; i < records; i++) {
      int at = payload.next();
      producer.send(payload.key(at), payload.value(at));
    }
    producer.awaitReports();
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
