package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TopicDescribeCommandTest extends WithBroker {

  @Test
  void partitionsAreShownWithOffsetsAndSizes() {
    String topic = topic(2);
    runWith("a\nb\nc", "produce", topic, "-p", "1").done();
    Shell.Ended ended = run("topic", "describe", topic).done();
    assertThat(ended.lines().get(0)).matches("topic " + topic + ", id \\S{22}");
    assertThat(ended.lines().get(1)).isEqualTo("PARTITION  LEADER  START  END  RECORDS  BYTES");
    assertThat(ended.lines().get(2)).matches(" +0 +1 +0 +0 +0 +0");
    assertThat(ended.lines().get(3)).matches(" +1 +1 +0 +3 +3 +[1-9]\\d+");
    assertThat(ended.lines().get(4)).isEqualTo("settings: none are set");
    assertThat(ended.err()).isEmpty();
  }

  @Test
  void theRetentionRuleThatBitesFirstIsSaid() {
    run("topic", "create", "aged", "--set", "retention.ms=3600000").done();
    assertThat(run("topic", "describe", "aged").done().out())
        .contains(
            "settings:\n  retention.ms=3600000\n",
            "retention: time: records go after retention.ms (60 min); size is not limited");
    run(
            "topic",
            "create",
            "sized",
            "--set",
            "retention.bytes=200",
            "--set",
            "segment.bytes=1048576")
        .done();
    runWith("x".repeat(500), "produce", "sized").done();
    assertThat(run("topic", "describe", "sized").done().out())
        .contains("retention: size bites first: partition 0 holds as much as retention.bytes");
    run("topic", "create", "compacted", "--set", "cleanup.policy=compact").done();
    assertThat(run("topic", "describe", "compacted").done().out())
        .contains("retention: compacted: the last record of each key stays");
    assertThat(run("topic", "describe", topic(1)).done().out())
        .contains("retention: time bites first unless much comes: retention.ms (7 d) or");
  }

  @Test
  void jsonSaysTheSame() {
    run("topic", "create", "in-json", "--set", "retention.ms=3600000").done();
    assertThat(run("topic", "describe", "in-json", "--json").done().out())
        .matches(
            "\\{\"topic\":\"in-json\",\"id\":\"\\S{22}\",\"internal\":false,\"partitions\":"
                + "\\[\\{\"partition\":0,\"leader\":1,\"start\":0,\"end\":0,\"bytes\":0}],"
                + "\"settings\":\\{\"retention.ms\":\"3600000\"},\"retention\":\\{.*}}\n")
        .contains("\"first\":\"time\"");
  }

  @Test
  void aTopicThatIsNotThereIsRefused() {
    run("topic", "describe", "none")
        .failed(Exit.REFUSED, "there is no topic none", "millrace topic list shows");
  }
}
