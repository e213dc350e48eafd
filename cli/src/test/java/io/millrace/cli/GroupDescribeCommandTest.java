package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GroupDescribeCommandTest extends WithBroker {

  @Test
  void whatIsLeftToReadIsShown() {
    String topic = topic(2);
    for (int i = 0; i < 5; i++) {
      runWith("a\nb", "produce", topic, "-p", "0").done();
    }
    run("consume", topic, "-g", "behind", "--from", "earliest", "-n", "3").done();
    assertThat(run("group", "describe", "behind").done().lines())
        .containsExactly(
            "group behind, Empty, 0 members",
            pad("TOPIC", topic) + "PARTITION  COMMITTED  END  LAG  MEMBER",
            pad(topic, topic) + "        0          3   10    7       -");
    assertThat(run("group", "describe", "behind", "--json").done().out())
        .startsWith("{\"group\":\"behind\",\"state\":\"Empty\",\"assignor\":\"")
        .contains("\"members\":[],\"partitions\":[{\"topic\":\"" + topic + "\",\"partition\":0,")
        .contains("\"committed\":3,\"end\":10,\"lag\":7,\"member\":null}");
  }

  private static String pad(String text, String topic) {
    return text + " ".repeat(topic.length() - text.length() + 2);
  }

  @Test
  void membersAndWhatTheyHaveAreShown() {
    String topic = topic(3);
    produce(topic, "k:v");
    Shell.Running member = start("consume", topic, "-g", "busy", "--from", "earliest");
    member.untilItPrints("v\n");
    Shell.Ended ended = run("group", "describe", "busy").done();
    assertThat(ended.lines().get(0)).isEqualTo("group busy, Stable, 1 member");
    assertThat(ended.lines().get(1)).startsWith("MEMBER").endsWith("PARTITIONS");
    assertThat(ended.lines().get(2)).matches("millrace-\\S+ +millrace +/127\\.0\\.0\\.1 +3");
    assertThat(ended.lines().subList(4, 7))
        .allMatch(line -> line.matches(topic + " +\\d +-? *\\d* .*millrace-\\S+"));
    assertThat(run("group", "describe", "busy", "--json").done().out())
        .contains("\"members\":[{\"member\":\"millrace-", "\"client\":\"millrace\"");
    member.interrupt().ended();
  }

  @Test
  void aGroupThatIsNotThereIsRefused() {
    run("group", "describe", "nobody")
        .failed(
            Exit.REFUSED, "there is no group nobody", "millrace group list shows those there are");
  }
}
