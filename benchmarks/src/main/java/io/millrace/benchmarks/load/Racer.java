package io.millrace.benchmarks.load;

import io.millrace.benchmarks.client.JvmRacer;
import io.millrace.benchmarks.client.JvmRacer.Kind;
import io.millrace.benchmarks.process.Commands;
import io.millrace.benchmarks.process.Launched;
import io.millrace.benchmarks.process.WorkDirectory;
import io.millrace.benchmarks.tool.KafkaJars;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.utils.AppInfoParser;

/**
 * A producer in a process of its own.
 *
 * @param name what the report calls it
 * @param version of the client
 * @param program its command up to the arguments that all racers share
 * @param settings of the client, each {@code name=value}
 */
public record Racer(String name, String version, List<String> program, List<String> settings) {
  private static final Duration COMPILE_MAX = Duration.ofMinutes(2);

  public Racer {
    program = List.copyOf(program);
    settings = List.copyOf(settings);
  }

  /** Millrace's producer. */
  public static Racer millrace(RaceSettings settings) {
    return jvm("Millrace", "of this commit", Kind.MILLRACE, 0, settings, settings.byMillrace());
  }

  /** Millrace's producer, with transactions. */
  public static Racer millraceTransactional(RaceSettings settings) {
    return jvm(
        "Millrace, transactions",
        "of this commit",
        Kind.MILLRACE,
        settings.transactionMs(),
        settings,
        transactional(settings.byMillrace()));
  }

  /** The producer of kafka-clients, with transactions. */
  public static Racer kafkaClientsTransactional(RaceSettings settings) {
    return jvm(
        "kafka-clients, transactions",
        AppInfoParser.getVersion(),
        Kind.KAFKA_CLIENTS,
        settings.transactionMs(),
        settings,
        transactional(settings.byKafkaClients()));
  }

  private static List<String> transactional(List<String> settings) {
    List<String> all = new ArrayList<>(settings);
    all.remove("delivery.timeout.ms=120000");
    all.add("delivery.timeout.ms=60000");
    all.add("transaction.timeout.ms=60000");
    all.add("transactional.id=race");
    return all;
  }

  /** The producer of kafka-clients. */
  public static Racer kafkaClients(RaceSettings settings) {
    return jvm(
        "kafka-clients",
        AppInfoParser.getVersion(),
        Kind.KAFKA_CLIENTS,
        0,
        settings,
        settings.byKafkaClients());
  }

  /**
   * librdkafka's producer, compiled now by {@code gcc} against the library of this machine.
   *
   * @param source the C program
   * @return nothing if there is no compiler or no library
   */
  public static Optional<Racer> librdkafka(RaceSettings settings, Path source, WorkDirectory work) {
    String program = work.resolve("librdkafka").toString();
    List<String> compile = List.of("gcc", "-O2", "-o", program, source.toString(), "-lrdkafka");
    try {
      if (Launched.start("gcc", work.resolve("clients"), compile, Map.of()).await(COMPILE_MAX)
          != 0) {
        return Optional.empty();
      }
    } catch (UncheckedIOException e) {
      return Optional.empty();
    }
    return Commands.output(List.of(program, "--version"))
        .map(
            version -> new Racer("librdkafka", version, List.of(program), settings.byLibrdkafka()));
  }

  /** What it is run with, for the report. */
  String text() {
    return name + " " + version + ": " + String.join(" ", settings);
  }

  /** The whole command of one run. */
  List<String> command(
      String bootstrap, String topic, RaceSettings race, Path payload, int brokerCore) {
    List<String> command = new ArrayList<>(program);
    command.addAll(
        List.of(
            bootstrap,
            topic,
            Integer.toString(race.warm()),
            Integer.toString(race.records()),
            payload.toString(),
            Integer.toString(brokerCore)));
    command.addAll(settings);
    return command;
  }

  /** Options of the JVM of a racer. */
  static List<String> jvmOptions(RaceSettings settings) {
    List<String> options = new ArrayList<>(List.of("-Xmx" + settings.heap()));
    options.addAll(KafkaJars.JVM_OPTIONS);
    options.add("--enable-native-access=ALL-UNNAMED");
    return options;
  }

  private static Racer jvm(
      String name,
      String version,
      Kind kind,
      int transactionMs,
      RaceSettings race,
      List<String> settings) {
    List<String> program = new ArrayList<>(List.of(Commands.jdk("java")));
    program.addAll(jvmOptions(race));
    program.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
    program.addAll(List.of("-cp", System.getProperty("java.class.path")));
    program.addAll(JvmRacer.program(kind, transactionMs, race.course()));
    return new Racer(name, version, program, settings);
  }
}
