package io.millrace.cli;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace group reset}. */
@Command(
    name = "reset",
    description = {
      "Moves a group to another place. All partitions move or, if one cannot, none.",
      "Refused while the group has members: they would go on where they are and commit that."
    })
final class GroupResetCommand extends BrokerCommand {

  private static final String FORMS = Position.FORMS + ", or by:N";

  @Parameters(
      paramLabel = "GROUP",
      description = "Its name. One that does not exist is made, with these offsets.")
  private String group = "";

  @Option(
      names = "--topic",
      paramLabel = "TOPIC[:N,...]",
      required = true,
      description =
          "Which topic, or which of its partitions, to move in; may be given several times.")
  private List<String> topics = new ArrayList<>();

  @Option(
      names = "--to",
      paramLabel = "PLACE",
      required = true,
      description =
          "Where to: "
              + FORMS
              + " from where it stands, by:-N back. A time without a zone is local time.")
  private String to = "";

  @Option(names = "--dry-run", description = "Shows what would be done, and does nothing.")
  private boolean dryRun;

  GroupResetCommand(Terminal terminal) {
    super(terminal);
  }

  /** A partition and where its group goes on; {@code from} is null if nothing was committed. */
  private record Move(TopicPartition partition, @Nullable Long from, long to) {}

  @Override
  public Integer call() {
    Position position = Position.parse("--to", FORMS, to, ZoneId.systemDefault());
    try (Admin admin = connection.open()) {
      requireEmpty(admin);
      List<Move> moves = moves(admin, position);
      if (!dryRun) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        moves.forEach(move -> offsets.put(move.partition, new OffsetAndMetadata(move.to)));
        try {
          connection.ask(admin.alterConsumerGroupOffsets(group, offsets).all());
        } catch (CommandFailure e) {
          throw GroupRefusals.refusal(group, e);
        }
      }
      report(moves);
    }
    return Exit.DONE;
  }

  private void requireEmpty(Admin admin) {
    ConsumerGroupDescription description;
    try {
      description = GroupRefusals.describe(admin, connection, group);
    } catch (CommandFailure e) {
      if (e.name().equals("GROUP_ID_NOT_FOUND")) {
        return;
      }
      throw e;
    }
    GroupState state = description.groupState();
    if (state != GroupState.EMPTY && state != GroupState.DEAD) {
      throw CommandFailure.refused(
          "NON_EMPTY_GROUP",
          "group "
              + group
              + " is in use ("
              + state
              + ", "
              + Amounts.count(description.members().size(), "member")
              + "), and its members would commit over what is set",
          "stop them first");
    }
  }

  private List<Move> moves(Admin admin, Position position) {
    List<TopicPartition> partitions = partitions(admin);
    Map<TopicPartition, OffsetAndMetadata> committed =
        connection.ask(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
    Map<TopicPartition, Long> starts = offsets(admin, partitions, OffsetSpec.earliest());
    Map<TopicPartition, Long> ends = offsets(admin, partitions, OffsetSpec.latest());
    Map<TopicPartition, Long> byTime =
        position instanceof Position.Time time
            ? offsets(admin, partitions, OffsetSpec.forTimestamp(time.ms()))
            : Map.of();
    List<Move> moves = new ArrayList<>();
    for (TopicPartition partition : partitions) {
      OffsetAndMetadata at = committed.get(partition);
      Long from = at == null ? null : Long.valueOf(at.offset());
      long target =
          new ResetTarget(
                  TopicPartitions.at(starts, partition), TopicPartitions.at(ends, partition), from)
              .of(position, byTime.getOrDefault(partition, -1L), partition.toString());
      moves.add(new Move(partition, from, target));
    }
    return moves;
  }

  private List<TopicPartition> partitions(Admin admin) {
    Map<TopicPartition, Boolean> wanted = new TreeMap<>(GroupDescribeCommand.BY_NAME);
    for (String text : topics) {
      TopicPartitions named = TopicPartitions.parse("--topic", text);
      int count;
      try {
        count =
            connection
                .ask(
                    admin
                        .describeTopics(List.of(named.topic()))
                        .topicNameValues()
                        .get(named.topic()))
                .partitions()
                .size();
      } catch (CommandFailure e) {
        throw TopicRefusals.refusal(named.topic(), e);
      }
      named.of(count).forEach(partition -> wanted.put(partition, true));
    }
    return List.copyOf(wanted.keySet());
  }

  private Map<TopicPartition, Long> offsets(
      Admin admin, List<TopicPartition> partitions, OffsetSpec spec) {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    partitions.forEach(partition -> wanted.put(partition, spec));
    Map<TopicPartition, Long> offsets = new HashMap<>();
    connection
        .ask(admin.listOffsets(wanted).all())
        .forEach((partition, info) -> offsets.put(partition, info.offset()));
    return offsets;
  }

  private void report(List<Move> moves) {
    if (json) {
      List<Object> partitions = new ArrayList<>();
      for (Move move : moves) {
        Map<String, @Nullable Object> one = new LinkedHashMap<>();
        one.put("topic", move.partition.topic());
        one.put("partition", move.partition.partition());
        one.put("from", move.from);
        one.put("to", move.to);
        partitions.add(one);
      }
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("group", group);
      answer.put("done", !dryRun);
      answer.put("partitions", partitions);
      terminal.say(Json.text(answer));
      return;
    }
    Table table = new Table("TOPIC", "PARTITION", "FROM", "TO");
    for (Move move : moves) {
      table.add(move.partition.topic(), move.partition.partition(), move.from, move.to);
    }
    table.lines().forEach(terminal::say);
    if (dryRun) {
      terminal.complain("a dry run: nothing was changed");
    }
  }
}
