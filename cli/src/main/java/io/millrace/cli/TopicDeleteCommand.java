package io.millrace.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code millrace topic delete}. */
@Command(name = "delete", description = "Deletes topics with all that is in them.")
final class TopicDeleteCommand extends BrokerCommand {

  @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "Their names.")
  private List<String> topics = new ArrayList<>();

  TopicDeleteCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() {
    List<Object> deleted = new ArrayList<>();
    Map<String, CommandFailure> refused = new LinkedHashMap<>();
    try (Admin admin = connection.open()) {
      Map<String, KafkaFuture<Void>> answers =
          admin.deleteTopics(new LinkedHashSet<>(topics)).topicNameValues();
      for (String topic : new LinkedHashSet<>(topics)) {
        try {
          connection.ask(answers.get(topic));
          deleted.add(topic);
        } catch (CommandFailure e) {
          refused.put(topic, TopicRefusals.refusal(topic, e));
        }
      }
    }
    if (json) {
      terminal.say(Json.text(Map.of("deleted", deleted)));
    } else {
      deleted.forEach(topic -> terminal.say("deleted " + topic));
    }
    return Failures.report(refused, json, terminal);
  }
}
