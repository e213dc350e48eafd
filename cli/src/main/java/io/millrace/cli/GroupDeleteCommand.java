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

/** {@code millrace group delete}. */
@Command(
    name = "delete",
    description = "Deletes groups without members, with all that they have committed.")
final class GroupDeleteCommand extends BrokerCommand {

  @Parameters(paramLabel = "GROUP", arity = "1..*", description = "Their names.")
  private List<String> groups = new ArrayList<>();

  GroupDeleteCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() {
    List<Object> deleted = new ArrayList<>();
    Map<String, CommandFailure> refused = new LinkedHashMap<>();
    try (Admin admin = connection.open()) {
      LinkedHashSet<String> names = new LinkedHashSet<>(groups);
      Map<String, KafkaFuture<Void>> answers = admin.deleteConsumerGroups(names).deletedGroups();
      for (String group : names) {
        try {
          connection.ask(answers.get(group));
          deleted.add(group);
        } catch (CommandFailure e) {
          refused.put(group, GroupRefusals.refusal(group, e));
        }
      }
    }
    if (json) {
      terminal.say(Json.text(Map.of("deleted", deleted)));
    } else {
      deleted.forEach(group -> terminal.say("deleted " + group));
    }
    return Failures.report(refused, json, terminal);
  }
}
