package io.millrace.cli;

import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.common.GroupState;

/** What the commands on groups say when they are refused. */
final class GroupRefusals {

  private GroupRefusals() {}

  static CommandFailure unknown(String group) {
    return CommandFailure.refused(
        "GROUP_ID_NOT_FOUND",
        "there is no group " + group,
        "millrace group list shows those there are");
  }

  /** A refusal that names the group where the broker's own words do not. */
  static CommandFailure refusal(String group, CommandFailure failure) {
    if (failure.name().equals("GROUP_ID_NOT_FOUND")) {
      return unknown(group);
    }
    if (failure.name().equals("NON_EMPTY_GROUP")) {
      return CommandFailure.refused(
          failure.name(), "group " + group + " has members", "stop them first");
    }
    if (failure.exit() != Exit.REFUSED || failure.message().contains(group)) {
      return failure;
    }
    return new CommandFailure(
        failure.exit(),
        failure.name(),
        "group " + group + ": " + failure.message(),
        failure.hint(),
        failure);
  }

  /**
   * Asks about a group.
   *
   * @return in the state {@link GroupState#DEAD} if the broker knows no members of it
   */
  static ConsumerGroupDescription describe(Admin admin, Connection connection, String group) {
    try {
      return connection.ask(
          admin.describeConsumerGroups(List.of(group)).describedGroups().get(group));
    } catch (CommandFailure e) {
      throw refusal(group, e);
    }
  }
}
