package io.millrace.benchmarks.command;

import io.millrace.benchmarks.client.JvmRacer.Course;
import io.millrace.benchmarks.figure.Rounds;
import io.millrace.benchmarks.figure.RoundsText;
import io.millrace.benchmarks.load.ByteSize;
import io.millrace.benchmarks.load.Contest;
import io.millrace.benchmarks.load.Race;
import io.millrace.benchmarks.load.RaceSettings;
import io.millrace.benchmarks.load.Racer;
import io.millrace.benchmarks.process.Pinning;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code race}: Millrace's producer, that of kafka-clients and librdkafka against one broker. */
@Command(
    name = "race",
    mixinStandardHelpOptions = true,
    description =
        "Producers in turn against one broker: Millrace's, kafka-clients', librdkafka's; --pairs is how many rounds.")
public final class RaceCommand implements Callable<Integer> {
  private static final int RECORDS = 50_000_000;
  private static final int RECORDS_ONE_AT_A_TIME = 20_000;
  private static final int RECORDS_WITH_ROOM = 500_000;
  private static final int WARM_UP_PART = 5;

  @Mixin RunOptions run = new RunOptions();
  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--broker",
      defaultValue = "millrace",
      description = "millrace or kafka (default: ${DEFAULT-VALUE}).")
  PeerKind broker = PeerKind.MILLRACE;

  @Option(
      names = "--broker-set",
      paramLabel = "NAME=VALUE",
      description = "A setting of the broker, in its own words; repeatable.")
  List<String> brokerSettings = new ArrayList<>();

  @Option(
      names = "--broker-memory",
      paramLabel = "SIZE",
      defaultValue = "1g",
      description = "Its heap, or 'default' for its own choice (default: ${DEFAULT-VALUE}).")
  String brokerMemory = "1g";

  @Option(
      names = "--millrace",
      paramLabel = "COMMAND",
      description = "Millrace's launcher, split at spaces (default: the repository's ./millrace).")
  String millrace = "";

  @Option(
      names = "--latency",
      description = "One record at a time with no linger, from send to ack; without librdkafka.")
  boolean latency;

  @Option(
      names = "--calls",
      description = "How long the call itself takes while the queue has room; without librdkafka.")
  boolean calls;

  @Option(
      names = "--transactions",
      paramLabel = "MS",
      description =
          "Transactions of so many milliseconds beside none, both producers of the JVM; without librdkafka.")
  int transactionMs;

  @Option(
      names = "--record",
      paramLabel = "SIZE",
      defaultValue = "100",
      description = "Without its key (default: ${DEFAULT-VALUE}).")
  String record = "100";

  @Option(names = "--partitions", defaultValue = "12", description = "Default: ${DEFAULT-VALUE}.")
  int partitions;

  @Option(
      names = "--batch",
      paramLabel = "SIZE",
      defaultValue = "64k",
      description = "Default: ${DEFAULT-VALUE}.")
  String batch = "64k";

  @Option(
      names = "--linger",
      paramLabel = "MS",
      defaultValue = "5",
      description = "Default: ${DEFAULT-VALUE}; 0 with --latency.")
  int lingerMs;

  @Option(
      names = "--compression",
      defaultValue = "none",
      description = "none or lz4, or gzip, snappy, zstd (default: ${DEFAULT-VALUE}).")
  String compression = "none";

  @Option(
      names = "--records",
      description =
          "Measured in each run (default: "
              + RECORDS
              + "; "
              + RECORDS_ONE_AT_A_TIME
              + " one at a time, "
              + RECORDS_WITH_ROOM
              + " with --calls).")
  @Nullable Integer records;

  @Option(
      names = "--warm-records",
      description =
          "Before those in each run, not measured (default: a fifth; half one at a time).")
  @Nullable Integer warmRecords;

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      defaultValue = "256m",
      description = "Of a racer that is a JVM (default: ${DEFAULT-VALUE}).")
  String heap = "256m";

  @Override
  public Integer call() throws Exception {
    if (run.fresh) {
      throw new ParameterException(
          spec.commandLine(), "race keeps one broker for all rounds: --fresh cannot be had");
    }
    Pinning pinning = Pinning.here();
    SideOptions sides = new SideOptions();
    sides.a = broker;
    // Never started; but two of a kind would be told apart by name.
    sides.b = broker == PeerKind.KAFKA ? PeerKind.MILLRACE : PeerKind.KAFKA;
    sides.settingsOfA = brokerSettings;
    sides.memoryOfA = brokerMemory;
    sides.millrace = millrace;
    sides.prefix = pinning.broker();
    Stage stage = new Stage(sides, run, spec.root().commandLine().getParseResult().originalArgs());
    RaceSettings settings = settings();
    List<String> absent = new ArrayList<>();
    List<Racer> racers = racers(settings, stage, absent);
    Race race =
        new Race(
            stage.a(),
            pinning,
            settings,
            stage.bench(),
            new Contest.Rules(
                run.pairs,
                run.repeats,
                Optional.ofNullable(run.warmUps),
                run.foreignPercentMax / 100,
                Duration.ofSeconds(run.quietSecondsMax),
                false),
            Duration.ofMinutes(run.timeoutMinutes));
    Rounds rounds = race.run(racers);
    List<String> lines = new ArrayList<>(race.settings(racers));
    lines.addAll(absent);
    stage.report(
        "race: " + String.join(", ", rounds.racers()) + " against " + stage.a().name(),
        List.of(stage.a()),
        new RoundsText(rounds).section(lines, Race.markMeaning()));
    return 0;
  }

  /** Who runs; who cannot is said in {@code absent}. */
  private List<Racer> racers(RaceSettings settings, Stage stage, List<String> absent) {
    if (transactionMs > 0) {
      return List.of(
          Racer.millraceTransactional(settings),
          Racer.millrace(settings),
          Racer.kafkaClientsTransactional(settings),
          Racer.kafkaClients(settings));
    }
    List<Racer> racers =
        new ArrayList<>(List.of(Racer.millrace(settings), Racer.kafkaClients(settings)));
    if (!latency && !calls) {
      Racer.librdkafka(
              settings, Repository.benchmarks().resolve("race/librdkafka.c"), stage.bench().work())
          .ifPresentOrElse(
              racers::add,
              () ->
                  absent.add(
                      "librdkafka: not run, for gcc with librdkafka-dev did not compile its program here"));
    }
    return racers;
  }

  private RaceSettings settings() {
    int some = latency ? RECORDS_ONE_AT_A_TIME : calls ? RECORDS_WITH_ROOM : RECORDS;
    int measured = records != null ? records : some;
    int warm = warmRecords != null ? warmRecords : measured / (latency ? 2 : WARM_UP_PART);
    return new RaceSettings(
        latency ? Course.LATENCY : calls ? Course.CALLS : Course.RATE,
        Math.toIntExact(ByteSize.parse(record)),
        partitions,
        Math.toIntExact(ByteSize.parse(batch)),
        latency ? 0 : lingerMs,
        compression,
        measured,
        warm,
        transactionMs,
        heap);
  }
}
