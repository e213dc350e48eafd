package io.millrace.cli;

import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace consume}. */
@Command(
    name = "consume",
    description = {
      "Prints the records of a topic until Ctrl-C, or until what --count, --until-end or"
          + " --timeout-ms say.",
      "With --group it reads as a member of that group, begins where the group stands, and commits"
          + " what it has printed every 5 s and at its end; without, it reads all partitions and"
          + " leaves no trace."
    })
final class ConsumeCommand extends BrokerCommand {

  private static final Duration CLOSE = Duration.ofSeconds(5);

  /**
   * A consumer that closes waits for the fetch that is under way: one that ends by itself has no
   * long ones.
   */
  private static final int FETCH_MS_WITH_END = 50;

  @Parameters(paramLabel = "TOPIC", description = "What to read.")
  private String topic = "";

  @Option(
      names = "--from",
      paramLabel = "PLACE",
      description =
          "Where to begin: "
              + Position.FORMS
              + ". A time without a zone is local time. With a group, earliest or latest, which"
              + " counts where the group has committed nothing yet. Default: latest, as in Kafka;"
              + " earliest with --until-end")
  private @Nullable String from;

  @Option(
      names = {"-n", "--count"},
      paramLabel = "N",
      description = "Ends after this many records.")
  private @Nullable Long count;

  @Option(
      names = {"-e", "--until-end"},
      description = "Ends when it has read what was there when it began.")
  private boolean untilEnd;

  @Option(
      names = {"-g", "--group"},
      paramLabel = "NAME",
      description = "The consumer group to be a member of.")
  private @Nullable String group;

  @Option(
      names = {"-p", "--partition"},
      paramLabel = "N",
      split = ",",
      description = "Only this partition; several with commas between them. Not with a group.")
  private List<Integer> partitions = new ArrayList<>();

  @Option(
      names = "--format",
      paramLabel = "TEXT",
      description =
          "How a record is printed: %%t topic, %%p partition, %%o offset, %%k key, %%v value, %%T"
              + " timestamp in ms, %%h headers, %%%% a percent sign; \\n \\t \\r \\0 \\\\ \\xHH."
              + " Default: %%v\\n")
  private @Nullable String format;

  ConsumeCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() {
    if (json && format != null) {
      throw CommandFailure.usage("--format and --json exclude each other");
    }
    if (count != null) {
      Choice.requireAtLeast("--count", count, 1);
    }
    if (group != null && !partitions.isEmpty()) {
      throw CommandFailure.usage("a group shares out the partitions itself: leave out --partition");
    }
    Position position = position();
    RecordPrinter printer =
        json ? new RecordJson() : new RecordFormat(format == null ? "%v\\n" : format);
    Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            properties(position), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    Consumption consumption =
        new Consumption(
            consumer, printer, terminal, new Consumption.Ends(count, untilEnd, idleMsMax()));
    try {
      List<TopicPartition> all = partitions(consumer);
      if (group == null) {
        consumption.assign(all, position);
      } else {
        consumption.subscribe(topic);
      }
      return consumption.run();
    } finally {
      consumer.close(CloseOptions.timeout(CLOSE));
    }
  }

  private long idleMsMax() {
    return connection.hasTimeout() ? connection.timeoutMs() : Long.MAX_VALUE;
  }

  private Position position() {
    Position position =
        from == null
            ? untilEnd ? new Position.Earliest() : new Position.Latest()
            : Position.parse("--from", Position.FORMS, from, ZoneId.systemDefault());
    return switch (position) {
      case Position.Earliest e -> e;
      case Position.Latest l -> l;
      case Position.By b -> throw CommandFailure.usage("--from wants " + Position.FORMS);
      case Position.Offset o -> withoutGroup(o);
      case Position.Time t -> withoutGroup(t);
    };
  }

  private Position withoutGroup(Position position) {
    if (group != null) {
      throw CommandFailure.usage(
          "with a group, --from is earliest or latest: millrace group reset moves a group");
    }
    return position;
  }

  private Properties properties(Position position) {
    Properties properties = connection.clientProperties();
    properties.put("default.api.timeout.ms", (int) connection.timeoutMs());
    properties.put("enable.auto.commit", false);
    properties.put("allow.auto.create.topics", false);
    if (untilEnd || count != null) {
      properties.put("fetch.max.wait.ms", FETCH_MS_WITH_END);
    }
    if (group == null) {
      properties.put("auto.offset.reset", "none");
    } else {
      properties.put("group.id", group);
      properties.put(
          "auto.offset.reset", position instanceof Position.Earliest ? "earliest" : "latest");
    }
    return properties;
  }

  /** The partitions to read. */
  private List<TopicPartition> partitions(Consumer<byte[], byte[]> consumer) {
    List<PartitionInfo> infos;
    try {
      infos = consumer.partitionsFor(topic);
    } catch (RuntimeException e) {
      throw TopicRefusals.refusal(topic, connection.failure(e));
    }
    if (infos == null || infos.isEmpty()) {
      throw TopicRefusals.unknown(topic);
    }
    TreeSet<Integer> there = new TreeSet<>();
    infos.forEach(info -> there.add(info.partition()));
    for (int partition : partitions) {
      if (!there.contains(partition)) {
        throw TopicPartitions.unknown(topic, partition, there.size());
      }
    }
    if (!partitions.isEmpty()) {
      there.retainAll(partitions);
    }
    List<TopicPartition> wanted = new ArrayList<>();
    there.forEach(partition -> wanted.add(new TopicPartition(topic, partition)));
    return Collections.unmodifiableList(wanted);
  }
}
