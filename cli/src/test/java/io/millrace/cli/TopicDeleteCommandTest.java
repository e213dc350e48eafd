package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TopicDeleteCommandTest extends WithBroker {

  @Test
  void topicsGoWithAllThatIsInThem() {
    String one = topic(1);
    String two = topic(2);
    produce(one, "k:v");
    assertThat(run("topic", "delete", one, two).done().out())
        .isEqualTo("deleted " + one + "\ndeleted " + two + "\n");
    assertThat(run("topic", "list").done().out()).doesNotContain(one, two);
    run("consume", one, "-e").failed(Exit.REFUSED, "there is no topic " + one);
    run("topic", "create", one).done();
    assertThat(run("consume", one, "-e").done().out()).isEmpty();
  }

  @Test
  void theOthersGoThoughOneIsNotThere() {
    String topic = topic(1);
    Shell.Ended ended = run("topic", "delete", "none", topic);
    ended.failed(Exit.REFUSED, "there is no topic none");
    assertThat(ended.out()).isEqualTo("deleted " + topic + "\n");
  }

  @Test
  void jsonSaysTheSame() {
    String topic = topic(1);
    Shell.Ended ended = run("topic", "delete", topic, "none", "--json");
    ended.failed(Exit.REFUSED, "{\"error\":{\"code\":1,\"name\":\"UNKNOWN_TOPIC_OR_PARTITION\"");
    assertThat(ended.out()).isEqualTo("{\"deleted\":[\"" + topic + "\"]}\n");
    run("topic", "delete").failed(Exit.USAGE, "TOPIC");
  }
}
