package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

class GroupResetCommandTest extends WithBroker {

  private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

  private String topic;
  private String group;

  /** Two partitions of ten records, a second apart; the group stands at 4 in each. */
  @BeforeEach
  void readSome(TestInfo test) throws Exception {
    topic = topic(2);
    group = test.getTestMethod().orElseThrow().getName();
    Properties properties = new Properties();
    properties.put("bootstrap.servers", broker.kafka());
    try (var producer =
        new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
      for (int i = 0; i < 20; i++) {
        long ms = NOON.plusSeconds(i / 2).toEpochMilli();
        producer.send(new ProducerRecord<>(topic, i % 2, ms, null, "r" + i / 2)).get();
      }
    }
    run("group", "reset", group, "--topic", topic, "--to", "offset:4").done();
  }

  private List<String> reset(String... options) {
    String[] words = new String[options.length + 5];
    System.arraycopy(new String[] {"group", "reset", group, "--topic", topic}, 0, words, 0, 5);
    System.arraycopy(options, 0, words, 5, options.length);
    return run(words).done().lines().stream()
        .skip(1)
        .map(line -> line.replaceAll(" +", " "))
        .toList();
  }

  private List<String> left() {
    return run("consume", topic, "-g", group, "-e", "--format", "%p:%v\\n").done().lines();
  }

  @Test
  void toTheEarliest() {
    assertThat(reset("--to", "earliest")).containsExactly(topic + " 0 4 0", topic + " 1 4 0");
    assertThat(left()).hasSize(20).contains("0:r0", "1:r9");
  }

  @Test
  void toTheLatest() {
    assertThat(reset("--to", "latest")).containsExactly(topic + " 0 4 10", topic + " 1 4 10");
    assertThat(left()).isEmpty();
  }

  @Test
  void toAnOffset() {
    assertThat(reset("--to", "offset:9")).containsExactly(topic + " 0 4 9", topic + " 1 4 9");
    assertThat(left()).containsExactlyInAnyOrder("0:r9", "1:r9");
  }

  @Test
  void toATime() {
    assertThat(reset("--to", "time:2026-01-31T12:00:08Z"))
        .containsExactly(topic + " 0 4 8", topic + " 1 4 8");
    assertThat(reset("--to", "time:2026-02-01T00:00:00Z"))
        .containsExactly(topic + " 0 8 10", topic + " 1 8 10");
    assertThat(reset("--to", "time:2025-01-01T00:00:00Z")).contains(topic + " 0 10 0");
  }

  @Test
  void onAndBackByRecords() {
    assertThat(reset("--to", "by:3")).contains(topic + " 0 4 7");
    assertThat(reset("--to", "by:-2")).contains(topic + " 0 7 5");
    assertThat(reset("--to", "by:+100")).contains(topic + " 0 5 10");
    assertThat(reset("--to", "by:-9223372036854775808")).contains(topic + " 0 10 0");
  }

  @Test
  void onlyThePartitionsNamed() {
    assertThat(
            run("group", "reset", group, "--topic", topic + ":1", "--to", "latest").done().lines())
        .hasSize(2);
    assertThat(left()).hasSize(6).allMatch(line -> line.startsWith("0:"));
  }

  @Test
  void aDryRunChangesNothing() {
    Shell.Ended ended =
        run("group", "reset", group, "--topic", topic, "--to", "latest", "--dry-run").done();
    assertThat(ended.err()).isEqualTo("a dry run: nothing was changed\n");
    assertThat(left()).hasSize(12);
  }

  @Test
  void jsonSaysTheSame() {
    assertThat(
            run(
                    "group",
                    "reset",
                    group,
                    "--topic",
                    topic + ":0",
                    "--to",
                    "offset:1",
                    "--dry-run",
                    "--json")
                .done()
                .out())
        .isEqualTo(
            "{\"group\":\""
                + group
                + "\",\"done\":false,\"partitions\":[{\"topic\":\""
                + topic
                + "\",\"partition\":0,\"from\":4,\"to\":1}]}\n");
  }

  @Test
  void aGroupInUseIsRefusedAndNothingMoves() {
    Shell.Running member = start("consume", topic, "-g", group);
    member.untilItPrints("r9");
    run("group", "reset", group, "--topic", topic, "--to", "earliest")
        .failed(
            Exit.REFUSED, "group " + group + " is in use (Stable, 1 member)", "stop them first");
    assertThat(member.interrupt().ended().exit()).isEqualTo(Exit.INTERRUPTED);
    assertThat(left()).isEmpty();
  }

  @Test
  void placesThatAreNotThereAreRefusedAndNothingMoves() {
    run("group", "reset", group, "--topic", topic, "--to", "offset:11")
        .failed(Exit.REFUSED, topic + "-0 has no offset 11: it begins at 0 and ends at 10");
    run("group", "reset", "fresh", "--topic", topic, "--to", "by:1")
        .failed(Exit.REFUSED, "has committed nothing in " + topic + "-0");
    run("group", "reset", group, "--topic", topic + ":7", "--to", "latest")
        .failed(Exit.REFUSED, topic + " has no partition 7: it has 2 partitions");
    run("group", "reset", group, "--topic", "no-such", "--to", "latest")
        .failed(Exit.REFUSED, "there is no topic no-such");
    run("group", "reset", group, "--topic", topic + ":x", "--to", "latest")
        .failed(Exit.USAGE, "--topic wants TOPIC or TOPIC:0,2");
    run("group", "reset", group, "--topic", topic).failed(Exit.USAGE, "--to");
    run("group", "reset", group, "--to", "latest").failed(Exit.USAGE, "--topic");
    run("group", "reset", group, "--topic", topic, "--to", "soon").failed(Exit.USAGE, "--to");
    assertThat(left()).hasSize(12);
  }

  @Test
  void aNewGroupMayBeGivenAPlace() {
    run("group", "reset", "made", "--topic", topic, "--to", "offset:9").done();
    assertThat(run("consume", topic, "-g", "made", "-e").done().lines()).hasSize(2);
  }
}
