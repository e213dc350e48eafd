package io.millrace.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import picocli.CommandLine.Command;

/** {@code millrace group list}. */
@Command(name = "list", description = "Lists consumer groups and their states.")
final class GroupListCommand extends BrokerCommand {

  GroupListCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() {
    List<GroupListing> groups;
    try (Admin admin = connection.open()) {
      groups =
          new ArrayList<>(
              connection.ask(admin.listGroups(ListGroupsOptions.forConsumerGroups()).all()));
    }
    groups.sort(Comparator.comparing(GroupListing::groupId));
    if (json) {
      terminal.say(
          Json.text(Map.of("groups", groups.stream().map(GroupListCommand::document).toList())));
    } else if (groups.isEmpty()) {
      terminal.complain("there are no groups");
    } else {
      Table table = new Table("GROUP", "STATE");
      groups.forEach(group -> table.add(group.groupId(), state(group)));
      table.lines().forEach(terminal::say);
    }
    return Exit.DONE;
  }

  private static String state(GroupListing group) {
    return group.groupState().map(Object::toString).orElse("Unknown");
  }

  private static Map<String, Object> document(GroupListing group) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("group", group.groupId());
    document.put("state", state(group));
    return document;
  }
}
