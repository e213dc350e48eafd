package io.millrace.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace topic create}. */
@Command(name = "create", description = "Makes a topic.")
final class TopicCreateCommand extends BrokerCommand {

  @Parameters(paramLabel = "TOPIC", description = "Its name.")
  private String topic = "";

  @Option(
      names = {"-p", "--partitions"},
      paramLabel = "N",
      description = "How many partitions. Default: what the broker says")
  private @Nullable Integer partitions;

  @Option(
      names = "--replication-factor",
      paramLabel = "N",
      description = "How many replicas. Default: what the broker says")
  private @Nullable Short replicas;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "A setting of the topic; may be given several times.")
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--if-not-exists",
      description = "Does nothing, and says so, if there is a topic of this name.")
  private boolean ifNotExists;

  TopicCreateCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() {
    if (partitions != null) {
      Choice.requireAtLeast("--partitions", partitions, 1);
    }
    if (replicas != null) {
      Choice.requireAtLeast("--replication-factor", replicas, 1);
    }
    NewTopic wanted =
        new NewTopic(topic, Optional.ofNullable(partitions), Optional.ofNullable(replicas))
            .configs(NameValue.parseAll("--set", settings));
    try (Admin admin = connection.open()) {
      CreateTopicsResult result = admin.createTopics(List.of(wanted));
      boolean made = make(result);
      int count = made ? connection.ask(result.numPartitions(topic)) : 0;
      if (json) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("topic", topic);
        answer.put("created", made);
        if (made) {
          answer.put("partitions", count);
        }
        terminal.say(Json.text(answer));
      } else if (made) {
        terminal.say("created " + topic + " with " + Amounts.count(count, "partition"));
      } else {
        terminal.say(topic + " exists already");
      }
    }
    return Exit.DONE;
  }

  private boolean make(CreateTopicsResult result) {
    try {
      connection.ask(result.values().get(topic));
      return true;
    } catch (CommandFailure e) {
      if (ifNotExists && e.name().equals("TOPIC_ALREADY_EXISTS")) {
        return false;
      }
      throw TopicRefusals.refusal(topic, e);
    }
  }
}
