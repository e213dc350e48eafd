package io.millrace.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code millrace group describe}. */
@Command(
    name = "describe",
    description =
        "Shows a group: its members, what they are assigned, and how far each partition is.")
final class GroupDescribeCommand extends BrokerCommand {

  static final Comparator<TopicPartition> BY_NAME =
      Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition);

  @Parameters(paramLabel = "GROUP", description = "Its name.")
  private String group = "";

  GroupDescribeCommand(Terminal terminal) {
    super(terminal);
  }

  /**
   * One partition.
   *
   * @param committed null if nothing is
   * @param end null if the partition is gone
   * @param member whose it is; null if nobody's
   */
  private record Row(
      TopicPartition partition,
      @Nullable Long committed,
      @Nullable Long end,
      @Nullable String member) {

    @Nullable Long lag() {
      return committed == null || end == null ? null : Long.valueOf(Math.max(0, end - committed));
    }
  }

  @Override
  public Integer call() {
    try (Admin admin = connection.open()) {
      ConsumerGroupDescription description = GroupRefusals.describe(admin, connection, group);
      Map<TopicPartition, OffsetAndMetadata> committed =
          connection.ask(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
      if (description.groupState() == GroupState.DEAD && committed.isEmpty()) {
        throw GroupRefusals.unknown(group);
      }
      List<Row> rows = rows(admin, description, committed);
      if (json) {
        terminal.say(Json.text(document(description, rows)));
      } else {
        print(description, rows);
      }
    }
    return Exit.DONE;
  }

  private List<Row> rows(
      Admin admin,
      ConsumerGroupDescription description,
      Map<TopicPartition, OffsetAndMetadata> committed) {
    Map<TopicPartition, String> members = new TreeMap<>(BY_NAME);
    committed.keySet().forEach(partition -> members.put(partition, ""));
    for (MemberDescription member : description.members()) {
      for (TopicPartition partition : member.assignment().topicPartitions()) {
        members.put(partition, member.consumerId());
      }
    }
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    members.keySet().forEach(partition -> wanted.put(partition, OffsetSpec.latest()));
    ListOffsetsResult ends = admin.listOffsets(wanted);
    List<Row> rows = new ArrayList<>();
    members.forEach((partition, member) -> {
      OffsetAndMetadata offset = committed.get(partition);
      rows.add(
          new Row(
              partition,
              offset == null ? null : Long.valueOf(offset.offset()),
              end(ends, partition),
              member.isEmpty() ? null : member));
    });
    return rows;
  }

  private @Nullable Long end(ListOffsetsResult ends, TopicPartition partition) {
    try {
      return connection.ask(ends.partitionResult(partition)).offset();
    } catch (CommandFailure e) {
      if (e.exit() == Exit.TIMED_OUT) {
        throw e;
      }
      return null;
    }
  }

  private void print(ConsumerGroupDescription description, List<Row> rows) {
    terminal.say(
        "group "
            + group
            + ", "
            + description.groupState()
            + ", "
            + Amounts.count(description.members().size(), "member"));
    if (!description.members().isEmpty()) {
      Table members = new Table("MEMBER", "CLIENT", "HOST", "PARTITIONS");
      for (MemberDescription member : description.members()) {
        members.add(
            member.consumerId(),
            member.clientId(),
            member.host(),
            member.assignment().topicPartitions().size());
      }
      members.lines().forEach(terminal::say);
    }
    if (!rows.isEmpty()) {
      Table table = new Table("TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "MEMBER");
      for (Row row : rows) {
        table.add(
            row.partition.topic(),
            row.partition.partition(),
            row.committed,
            row.end,
            row.lag(),
            row.member);
      }
      table.lines().forEach(terminal::say);
    }
  }

  private Map<String, Object> document(ConsumerGroupDescription description, List<Row> rows) {
    List<Object> members = new ArrayList<>();
    for (MemberDescription member : description.members()) {
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      one.put("member", member.consumerId());
      one.put("client", member.clientId());
      one.put("host", member.host());
      one.put("instance", member.groupInstanceId().orElse(null));
      members.add(one);
    }
    List<Object> partitions = new ArrayList<>();
    for (Row row : rows) {
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      one.put("topic", row.partition.topic());
      one.put("partition", row.partition.partition());
      one.put("committed", row.committed);
      one.put("end", row.end);
      one.put("lag", row.lag());
      one.put("member", row.member);
      partitions.add(one);
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("group", group);
    document.put("state", description.groupState().toString());
    document.put("assignor", description.partitionAssignor());
    document.put("members", members);
    document.put("partitions", partitions);
    return document;
  }
}
