package io.millrace.cli;

/** What the commands on topics say when they are refused. */
final class TopicRefusals {

  private TopicRefusals() {}

  /** A refusal that names the topic where the broker's own words do not. */
  static CommandFailure refusal(String topic, CommandFailure failure) {
    if (failure.name().equals("UNKNOWN_TOPIC_OR_PARTITION")) {
      return unknown(topic);
    }
    if (failure.exit() != Exit.REFUSED || failure.message().contains(topic)) {
      return failure;
    }
    return new CommandFailure(
        failure.exit(), failure.name(), topic + ": " + failure.message(), failure.hint(), failure);
  }

  static CommandFailure unknown(String topic) {
    return CommandFailure.refused(
        "UNKNOWN_TOPIC_OR_PARTITION",
        "there is no topic " + topic,
        "millrace topic list shows those there are; millrace topic create " + topic + " makes it");
  }
}
