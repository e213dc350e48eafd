package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TopicAlterCommandTest extends WithBroker {

  @Test
  void settingsAreSetAndUnset() {
    String topic = topic(1);
    assertThat(
            run("topic", "alter", topic, "--set", "retention.ms=1000", "--set", "flush=os")
                .done()
                .out())
        .isEqualTo("altered " + topic + "\n");
    assertThat(run("topic", "describe", topic).done().out())
        .contains("  flush=os\n  retention.ms=1000\n");
    assertThat(
            run("topic", "alter", topic, "--unset", "flush", "--set", "retention.ms=2000", "--json")
                .done()
                .out())
        .isEqualTo(
            "{\"topic\":\""
                + topic
                + "\",\"set\":{\"retention.ms\":\"2000\"},\"unset\":[\"flush\"]}\n");
    assertThat(run("topic", "describe", topic).done().out())
        .contains("settings:\n  retention.ms=2000\nretention");
  }

  @Test
  void partitionsAreAdded() {
    String topic = topic(1);
    run("topic", "alter", topic, "--partitions", "4").done();
    assertThat(run("topic", "list").done().lines()).anyMatch(l -> l.matches(topic + " +4"));
    run("topic", "alter", topic, "--partitions", "4").failed(Exit.REFUSED, topic);
    run("topic", "alter", topic, "--partitions", "2").failed(Exit.REFUSED, topic);
  }

  @Test
  void bothAreDoneOrNothing() {
    String topic = topic(3);
    run("topic", "alter", topic, "--partitions", "1", "--set", "flush=os").failed(Exit.REFUSED);
    assertThat(run("topic", "describe", topic).done().out()).contains("settings: none are set");
    run("topic", "alter", topic, "--partitions", "6", "--set", "flush=floppy")
        .failed(Exit.REFUSED, "flush cannot be \"floppy\": it wants disk, os".substring(0, 30));
    assertThat(run("topic", "list").done().lines()).anyMatch(l -> l.matches(topic + " +3"));
    run("topic", "alter", topic, "--partitions", "6", "--set", "flush=os").done();
    assertThat(run("topic", "list").done().lines()).anyMatch(l -> l.matches(topic + " +6"));
    assertThat(run("topic", "describe", topic).done().out()).contains("flush=os");
  }

  @Test
  void whatCannotBeIsRefused() {
    String topic = topic(1);
    run("topic", "alter", topic).failed(Exit.USAGE, "nothing to alter");
    run("topic", "alter", topic, "--set", "x").failed(Exit.USAGE, "--set wants NAME=VALUE");
    run("topic", "alter", topic, "--set", "flush=os", "--unset", "flush")
        .failed(Exit.USAGE, "flush cannot be both set and unset");
    run("topic", "alter", topic, "--set", "retention.mss=1")
        .failed(Exit.REFUSED, "did you mean retention.ms?");
    run("topic", "alter", "none", "--set", "flush=os")
        .failed(Exit.REFUSED, "there is no topic none");
    run("topic", "alter", "none", "-p", "3").failed(Exit.REFUSED, "there is no topic none");
  }
}
