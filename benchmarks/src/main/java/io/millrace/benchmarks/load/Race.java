package io.millrace.benchmarks.load;

import io.millrace.benchmarks.client.RaceFigures;
import io.millrace.benchmarks.figure.Metric;
import io.millrace.benchmarks.figure.Round;
import io.millrace.benchmarks.figure.Rounds;
import io.millrace.benchmarks.figure.Sample;
import io.millrace.benchmarks.peer.Peer;
import io.millrace.benchmarks.process.Launched;
import io.millrace.benchmarks.process.Pinning;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.utils.Utils;

/**
 * Producers in turn against one broker: A B C A B C, each in a process of its own and into a topic
 * of its own, which is deleted after it was checked.
 */
public final class Race {
  /** From this on the rate of a run is the broker's. */
  private static final double CORE_BUSY_MAX = 0.8;

  private static final Metric CPU = new Metric("client CPU µs a record", 3);
  private static final Metric ANONYMOUS = new Metric("RssAnon MiB", 0);
  private static final Metric ALLOCATED = new Metric("allocated bytes a record", 1);
  private static final Metric FAILED = new Metric("failed records", 0);
  private static final Metric CORE_BUSY = new Metric("broker core busy %", 0);
  private static final Metric BROKER_CPU = new Metric("broker CPU µs a record", 3);
  private static final Metric PAUSE = new Metric("longest pause of the collector ms", 0);
  private static final Metric TRANSACTIONS = new Metric("transactions", 0);
  private static final Metric CALL_FIRST = new Metric("first call, topic unknown, µs", 0);
  private static final Metric CALL_P50 = new Metric("call p50 µs", 2);
  private static final Metric CALL_P99 = new Metric("call p99 µs", 2);
  private static final Metric CALL_P999 = new Metric("call p99.9 µs", 1);
  private static final Metric CALL_MAX = new Metric("call max µs", 0);
  private static final Metric ACK_P50 = new Metric("ack p50 ms", 3);
  private static final Metric ACK_P99 = new Metric("ack p99 ms", 3);
  private static final Metric ACK_MAX = new Metric("ack max ms", 1);

  private final Peer peer;
  private final Pinning pinning;
  private final RaceSettings settings;
  private final Bench bench;
  private final Contest.Rules rules;
  private final Duration timeout;
  private final Path payload;
  private int turns;

  /**
   * A race.
   *
   * @param peer the broker, not started, with the broker's part of {@code pinning}
   * @param rules pairs are rounds here; the broker stays up through all of them
   * @param timeout after which a racer is killed and the race fails
   */
  public Race(
      Peer peer,
      Pinning pinning,
      RaceSettings settings,
      Bench bench,
      Contest.Rules rules,
      Duration timeout) {
    this.peer = peer;
    this.pinning = pinning;
    this.settings = settings;
    this.bench = bench;
    this.rules = rules;
    this.timeout = timeout;
    this.payload = bench.payloads().keyedFile(settings.recordBytes());
  }

  /** What a mark in the report means. */
  public static String markMeaning() {
    return String.format(
        Locale.ROOT,
        "the broker's core was busy %.0f %% of the time or more, so that the rate is the broker's, not the client's.",
        CORE_BUSY_MAX * 100);
  }

  /** What the racers are run with, for the report. */
  public List<String> settings(List<Racer> racers) {
    List<String> lines = new ArrayList<>(List.of(pinning.toString()));
    lines.add("JVM racers: java " + String.join(" ", Racer.jvmOptions(settings)));
    lines.add(
        String.format(
            Locale.ROOT, "%,d records to warm up, then the measured ones", settings.warm()));
    racers.forEach(racer -> lines.add(racer.text()));
    return lines;
  }

  /** Runs all rounds. */
  public Rounds run(List<Racer> racers) throws IOException {
    // Deleted topics leave the disk late.
    bench.work().requireFree(settings.bytes() * racers.size() * 3);
    say(settings.title());
    Path data = bench.work().resolve("data");
    try {
      peer.startFresh(data);
      for (int i = 0; i < rules.warmUps().orElse(1); i++) {
        round(racers);
        say("  warmed up");
      }
      return new Rounds(
          settings.title(),
          racers.stream().map(Racer::name).toList(),
          rounds(racers),
          rules.pairs(),
          rules.foreignShareMax());
    } finally {
      peer.stop();
      bench.work().delete(data);
    }
  }

  private List<Round> rounds(List<Racer> racers) {
    List<Round> played = new ArrayList<>();
    int undisturbed = 0;
    while (undisturbed < rules.pairs() && played.size() < rules.pairs() + rules.repeats()) {
      Round round = round(racers);
      played.add(round);
      boolean disturbed = round.disturbed(rules.foreignShareMax());
      undisturbed += disturbed ? 0 : 1;
      say(
          String.format(
              Locale.ROOT,
              "  round %d: foreign CPU up to %.0f %%%s",
              played.size(),
              round.foreignShare() * 100,
              disturbed ? ", disturbed" : ""));
    }
    return played;
  }

  private Round round(List<Racer> racers) {
    return new Round(racers.stream().map(this::turn).toList());
  }

  private Sample turn(Racer racer) {
    Quiet.await(peer, null, true, rules.foreignShareMax(), rules.quietMax());
    Turn turn = new Turn(peer, null, bench.work().resolve("data"), "race-" + ++turns);
    Topics.create(turn.bootstrap(), turn.name(), settings.partitions());
    Window<RaceFigures> window = Window.over(turn, () -> race(racer, turn));
    RaceFigures figures = window.result();
    verify(racer, turn, figures);
    Topics.delete(turn.bootstrap(), turn.name());
    double records = figures.get("records");
    Sample sample = new Sample().put(CPU, figures.get("cpu") * 1e6 / records);
    switch (settings.course()) {
      case RATE -> {
        sample.put(Figures.RECORDS, records / figures.get("seconds"));
        sample.put(PAUSE, figures.get("pause_ms"));
        if (settings.transactionMs() > 0) {
          sample.put(TRANSACTIONS, figures.get("transactions"));
        }
      }
      case LATENCY ->
          sample
              .put(ACK_P50, figures.get("p50_ms"))
              .put(ACK_P99, figures.get("p99_ms"))
              .put(ACK_MAX, figures.get("max_ms"));
      case CALLS ->
          sample
              .put(CALL_FIRST, figures.get("first_us"))
              .put(CALL_P50, figures.get("p50_us"))
              .put(CALL_P99, figures.get("p99_us"))
              .put(CALL_P999, figures.get("p999_us"))
              .put(CALL_MAX, figures.get("max_us"));
    }
    sample
        .put(Figures.CLIENT_CORES, figures.get("cpu") / figures.get("seconds"))
        .put(ANONYMOUS, figures.get("rss_anon_kb") / 1024)
        .put(ALLOCATED, figures.get("allocated") / records)
        .put(FAILED, figures.get("failed"))
        .put(CORE_BUSY, figures.get("core_busy") * 100)
        .put(BROKER_CPU, window.running().broker() * 1e6 / settings.recordsInAll())
        .foreign(window.running().foreignShare());
    if (figures.get("core_busy") >= CORE_BUSY_MAX) {
      sample.mark(Figures.RECORDS);
    }
    return sample;
  }

  private RaceFigures race(Racer racer, Turn turn) {
    List<String> command = new ArrayList<>(pinning.client());
    command.addAll(
        racer.command(turn.bootstrap(), turn.name(), settings, payload, pinning.brokerCore()));
    Launched process =
        Launched.start(
            turn.name() + "-" + racer.name(), bench.work().resolve("clients"), command, Map.of());
    int status = process.await(timeout);
    if (status != 0) {
      throw new IllegalStateException(racer.name() + " ended with " + status + process.tail());
    }
    return RaceFigures.parse(process.output());
  }

  /**
   * That every record was acknowledged, and that each partition holds as many as have keys that
   * belong there; and a sample of bytes.
   */
  private void verify(Racer racer, Turn turn, RaceFigures figures) {
    if (figures.get("records") != settings.records() || figures.get("failed") != 0) {
      throw new IllegalStateException(
          "%s: %,d records sent, %,.0f acknowledged, %,.0f failed; --keep keeps its output"
              .formatted(
                  racer.name(), settings.records(), figures.get("records"), figures.get("failed")));
    }
    long transactions = (long) Math.max(0, figures.getOr("transactions_in_all", 0));
    Readback.verify(
        turn.bootstrap(),
        turn.name(),
        settings.partitions(),
        settings.recordsInAll(),
        transactions * settings.partitions(),
        bench.payloads().known(settings.recordBytes()));
    Map<Integer, Long> expected =
        partitions(
            bench.payloads().records(settings.recordBytes()),
            settings.partitions(),
            settings.recordsInAll());
    try (Topics topics = new Topics(turn.bootstrap())) {
      Map<Integer, Long> found =
          topics.endOffsets(turn.name(), settings.partitions()).entrySet().stream()
              .filter(end -> end.getValue() > 0)
              .collect(Collectors.toMap(end -> end.getKey().partition(), Map.Entry::getValue));
      if (!within(found, expected, transactions)) {
        throw new IllegalStateException(
            "%s: partitions hold %s records, their keys say %s"
                .formatted(racer.name(), found, expected));
      }
    }
  }

  /** Whether each partition holds as many as expected, and at most so many markers besides. */
  static boolean within(Map<Integer, Long> found, Map<Integer, Long> expected, long markersMax) {
    for (Map.Entry<Integer, Long> one : expected.entrySet()) {
      long markers = found.getOrDefault(one.getKey(), 0L) - one.getValue();
      if (markers < 0 || markers > markersMax) {
        return false;
      }
    }
    return found.keySet().equals(expected.keySet());
  }

  /** How many of the first so many records go to each partition that gets any, by their keys. */
  static Map<Integer, Long> partitions(List<String> records, int partitions, long sent) {
    Map<Integer, Long> counts = new HashMap<>();
    for (int i = 0; i < records.size(); i++) {
      byte[] key = Payloads.key(records.get(i)).getBytes(StandardCharsets.US_ASCII);
      long times = sent / records.size() + (i < sent % records.size() ? 1 : 0);
      if (times > 0) {
        counts.merge(Utils.toPositive(Utils.murmur2(key)) % partitions, times, Long::sum);
      }
    }
    return counts;
  }

  private static void say(String line) {
    System.err.println(line);
  }
}
