package io.millrace.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code millrace topic describe}. */
@Command(
    name = "describe",
    description =
        "Shows a topic: its partitions with offsets and sizes, the settings that are set, and which"
            + " retention rule bites first.")
final class TopicDescribeCommand extends BrokerCommand {

  @Parameters(paramLabel = "TOPIC", description = "Its name.")
  private String topic = "";

  TopicDescribeCommand(Terminal terminal) {
    super(terminal);
  }

  /**
   * One partition.
   *
   * @param leader -1 if it has none
   * @param bytes null if the broker does not say
   * @param oldestMs time of the oldest record, -1 if there is none
   */
  private record Row(
      int partition, int leader, long start, long end, @Nullable Long bytes, long oldestMs) {}

  @Override
  public Integer call() {
    try (Admin admin = connection.open()) {
      TopicDescription description = describe(admin);
      List<Row> rows = rows(admin, description);
      ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
      Config config =
          connection.ask(admin.describeConfigs(List.of(resource)).values().get(resource));
      Map<String, String> set = new TreeMap<>();
      for (ConfigEntry entry : config.entries()) {
        if (entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG) {
          set.put(entry.name(), entry.value());
        }
      }
      RetentionForecast retention = forecast(config, rows);
      if (json) {
        terminal.say(Json.text(document(description, rows, set, retention)));
      } else {
        print(description, rows, set, retention);
      }
    }
    return Exit.DONE;
  }

  private TopicDescription describe(Admin admin) {
    try {
      return connection.ask(admin.describeTopics(List.of(topic)).topicNameValues().get(topic));
    } catch (CommandFailure e) {
      throw TopicRefusals.refusal(topic, e);
    }
  }

  private List<Row> rows(Admin admin, TopicDescription description) {
    Map<TopicPartition, ListOffsetsResultInfo> starts =
        offsets(admin, description, OffsetSpec.earliest());
    Map<TopicPartition, ListOffsetsResultInfo> ends =
        offsets(admin, description, OffsetSpec.latest());
    // The first record of any time at all is the oldest.
    Map<TopicPartition, ListOffsetsResultInfo> oldest =
        offsets(admin, description, OffsetSpec.forTimestamp(0));
    Map<TopicPartition, Long> bytes = bytes(admin, description);
    List<Row> rows = new ArrayList<>();
    for (TopicPartitionInfo info : description.partitions()) {
      TopicPartition partition = new TopicPartition(topic, info.partition());
      Node leader = info.leader();
      rows.add(
          new Row(
              info.partition(),
              leader == null ? -1 : leader.id(),
              TopicPartitions.at(starts, partition).offset(),
              TopicPartitions.at(ends, partition).offset(),
              bytes.get(partition),
              TopicPartitions.at(oldest, partition).timestamp()));
    }
    return rows;
  }

  private Map<TopicPartition, ListOffsetsResultInfo> offsets(
      Admin admin, TopicDescription description, OffsetSpec which) {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    for (TopicPartitionInfo info : description.partitions()) {
      wanted.put(new TopicPartition(topic, info.partition()), which);
    }
    return connection.ask(admin.listOffsets(wanted).all());
  }

  /** Bytes of each partition at its leader; nothing from a broker that does not tell. */
  private Map<TopicPartition, Long> bytes(Admin admin, TopicDescription description) {
    Map<Integer, Set<TopicPartition>> byLeader =
        description.partitions().stream()
            .filter(info -> info.leader() != null)
            .collect(
                Collectors.groupingBy(
                    info -> info.leader().id(),
                    Collectors.mapping(
                        info -> new TopicPartition(topic, info.partition()), Collectors.toSet())));
    Map<TopicPartition, Long> bytes = new HashMap<>();
    try {
      connection
          .ask(admin.describeLogDirs(byLeader.keySet()).allDescriptions())
          .forEach((broker, directories) -> {
            for (LogDirDescription directory : directories.values()) {
              directory.replicaInfos().entrySet().stream()
                  .filter(e -> byLeader.getOrDefault(broker, Set.of()).contains(e.getKey()))
                  .filter(e -> !e.getValue().isFuture())
                  .forEach(e -> bytes.put(e.getKey(), e.getValue().size()));
            }
          });
    } catch (CommandFailure e) {
      if (e.exit() == Exit.TIMED_OUT) {
        throw e;
      }
      terminal.complain("millrace: sizes are not known: " + e.message());
    }
    return bytes;
  }

  private RetentionForecast forecast(Config config, List<Row> rows) {
    return RetentionForecast.of(
        new RetentionForecast.Limits(
            Arrays.asList(value(config, "cleanup.policy", "delete").split(",")),
            Long.parseLong(value(config, "retention.ms", "-1")),
            Long.parseLong(value(config, "retention.bytes", "-1"))),
        rows.stream()
            .map(row -> new RetentionForecast.Stored(row.partition, row.bytes, row.oldestMs))
            .toList(),
        System.currentTimeMillis());
  }

  private static String value(Config config, String name, String byDefault) {
    ConfigEntry entry = config.get(name);
    return entry == null || entry.value() == null ? byDefault : entry.value();
  }

  private void print(
      TopicDescription description,
      List<Row> rows,
      Map<String, String> set,
      RetentionForecast retention) {
    terminal.say("topic " + topic + ", id " + description.topicId());
    Table table = new Table("PARTITION", "LEADER", "START", "END", "RECORDS", "BYTES");
    for (Row row : rows) {
      table.add(
          row.partition,
          row.leader < 0 ? null : row.leader,
          row.start,
          row.end,
          row.end - row.start,
          row.bytes);
    }
    table.lines().forEach(terminal::say);
    terminal.say(set.isEmpty() ? "settings: none are set" : "settings:");
    set.forEach((name, value) -> terminal.say("  " + name + "=" + value));
    terminal.say("retention: " + retention.sentence());
  }

  private Map<String, Object> document(
      TopicDescription description,
      List<Row> rows,
      Map<String, String> set,
      RetentionForecast retention) {
    List<Object> partitions = new ArrayList<>();
    for (Row row : rows) {
      Map<String, @Nullable Object> partition = new LinkedHashMap<>();
      partition.put("partition", row.partition);
      partition.put("leader", row.leader < 0 ? null : row.leader);
      partition.put("start", row.start);
      partition.put("end", row.end);
      partition.put("bytes", row.bytes);
      partitions.add(partition);
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("topic", topic);
    document.put("id", description.topicId().toString());
    document.put("internal", description.isInternal());
    document.put("partitions", partitions);
    document.put("settings", set);
    document.put("retention", Map.of("first", retention.rule(), "sentence", retention.sentence()));
    return document;
  }
}
