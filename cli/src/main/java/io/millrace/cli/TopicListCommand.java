package io.millrace.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.TopicListing;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace topic list}. */
@Command(name = "list", description = "Lists topics.")
final class TopicListCommand extends BrokerCommand {

  @Option(names = "--internal", description = "Lists those that the broker keeps for itself too.")
  private boolean internal;

  TopicListCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() {
    List<TopicDescription> topics = new ArrayList<>();
    try (Admin admin = connection.open()) {
      List<String> names =
          connection
              .ask(admin.listTopics(new ListTopicsOptions().listInternal(internal)).listings())
              .stream()
              .map(TopicListing::name)
              .toList();
      admin
          .describeTopics(names)
          .topicNameValues()
          .forEach((name, description) -> {
            try {
              topics.add(connection.ask(description));
            } catch (CommandFailure e) {
              if (!e.name().equals("UNKNOWN_TOPIC_OR_PARTITION")) {
                throw e; // Deleted since it was listed: not there.
              }
            }
          });
    }
    topics.sort(Comparator.comparing(TopicDescription::name));
    if (json) {
      terminal.say(Json.text(Map.of("topics", topics.stream().map(this::document).toList())));
    } else if (topics.isEmpty()) {
      terminal.complain("there are no topics");
    } else {
      Table table = new Table("TOPIC", "PARTITIONS");
      topics.forEach(topic -> table.add(topic.name(), topic.partitions().size()));
      table.lines().forEach(terminal::say);
    }
    return Exit.DONE;
  }

  private Map<String, Object> document(TopicDescription topic) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("topic", topic.name());
    document.put("id", topic.topicId().toString());
    document.put("partitions", topic.partitions().size());
    document.put("internal", topic.isInternal());
    return document;
  }
}
