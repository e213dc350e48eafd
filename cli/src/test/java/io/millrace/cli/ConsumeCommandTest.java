package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class ConsumeCommandTest extends WithBroker {

  private static long committed(String group, String topic, int partition)
      throws ExecutionException, InterruptedException {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", broker.kafka());
    try (Admin admin = Admin.create(properties)) {
      var offset =
          admin
              .listConsumerGroupOffsets(group)
              .partitionsToOffsetAndMetadata()
              .get()
              .get(new TopicPartition(topic, partition));
      return offset == null ? -1 : offset.offset();
    }
  }

  @Test
  void valuesArePrintedALineEach() {
    String topic = topic(1);
    produce(topic, "k:one", "k:two");
    assertThat(run("consume", topic, "--from", "earliest", "--count", "2").done().out())
        .isEqualTo("one\ntwo\n");
  }

  @Test
  void latestIsWhatComesFromNowOn() {
    String topic = topic(2);
    produce(topic, "k:old");
    Shell.Running running = start("consume", topic);
    // It is not known when it has begun to read, so records come until one is seen.
    org.awaitility.Awaitility.await()
        .until(() -> {
          produce(topic, "k:new");
          return running.out().contains("new\n");
        });
    Shell.Ended ended = running.interrupt().ended();
    assertThat(ended.exit()).isEqualTo(Exit.INTERRUPTED);
    assertThat(ended.out()).doesNotContain("old");
    assertThat(ended.err()).isEmpty();
  }

  @Test
  void untilEndReadsWhatIsThere() {
    String topic = topic(3);
    produce(topic, IntStream.range(0, 300).mapToObj(i -> i + ":" + i).toArray(String[]::new));
    assertThat(run("consume", topic, "--until-end").done().lines())
        .hasSize(300)
        .contains("0", "299");
    assertThat(run("consume", topic, "--until-end", "--from", "latest").done().out()).isEmpty();
    assertThat(run("consume", topic(1), "-e").done().out()).isEmpty();
  }

  @Test
  void countEndsIt() {
    String topic = topic(1);
    produce(topic, "k:1", "k:2", "k:3");
    assertThat(run("consume", topic, "--until-end", "-n", "2").done().lines())
        .containsExactly("1", "2");
  }

  @Test
  void anOffsetIsAPlaceToBegin() {
    String topic = topic(1);
    produce(topic, "k:0", "k:1", "k:2");
    assertThat(run("consume", topic, "--from", "offset:1", "-e").done().lines())
        .containsExactly("1", "2");
    assertThat(run("consume", topic, "--from", "offset:3", "-e").done().out()).isEmpty();
    run("consume", topic, "--from", "offset:4", "-e")
        .failed(Exit.REFUSED, topic + "-0 has no offset 4 yet: it ends at 3");
  }

  @Test
  void aTimeIsAPlaceToBegin() throws Exception {
    String topic = topic(2);
    Properties properties = new Properties();
    properties.put("bootstrap.servers", broker.kafka());
    Instant noon = Instant.parse("2026-01-31T12:00:00Z");
    try (var producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new StringSerializer())) {
      for (int i = 0; i < 10; i++) {
        long ms = noon.plusSeconds(i).toEpochMilli();
        producer.send(new ProducerRecord<>(topic, i % 2, ms, null, "r" + i)).get();
      }
    }
    assertThat(run("consume", topic, "--from", "time:2026-01-31T12:00:07Z", "-e").done().lines())
        .containsExactlyInAnyOrder("r7", "r8", "r9");
    assertThat(run("consume", topic, "--from", "time:2026-01-31T13:00:09+01:00", "-e").done().out())
        .isEqualTo("r9\n");
    assertThat(run("consume", topic, "--from", "time:2026-02-01T12:00:00Z", "-e").done().out())
        .isEmpty();
    assertThat(run("consume", topic, "-e", "--format", "%T\\n").done().lines())
        .contains("" + noon.toEpochMilli());
  }

  @Test
  void onlyThePartitionsAskedFor() {
    String topic = topic(3);
    for (int partition = 0; partition < 3; partition++) {
      runWith("in " + partition, "produce", topic, "-p", "" + partition).done();
    }
    assertThat(run("consume", topic, "-e", "--partition", "1").done().lines())
        .containsExactly("in 1");
    assertThat(run("consume", topic, "-e", "-p", "0,2").done().lines())
        .containsExactlyInAnyOrder("in 0", "in 2");
    run("consume", topic, "-p", "7")
        .failed(Exit.REFUSED, topic + " has no partition 7: it has 3 partitions");
  }

  @Test
  void theFormatSaysHow() {
    String topic = topic(1);
    produce(topic, "k:v");
    assertThat(run("consume", topic, "-e", "--format", "%t/%p/%o %k\\t%v\\n").done().out())
        .isEqualTo(topic + "/0/0 k\tv\n");
    run("consume", topic, "--format", "%x").failed(Exit.USAGE, "not %x");
  }

  @Test
  void jsonIsADocumentALine() throws Exception {
    String topic = topic(1);
    runWith("k:v", "produce", topic, "-k", ":", "--header", "h=1").done();
    Properties properties = new Properties();
    properties.put("bootstrap.servers", broker.kafka());
    try (var producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topic, 0, 5L, null, new byte[] {(byte) 0xff, 0})).get();
    }
    List<String> documents = run("consume", topic, "-e", "--json").done().lines();
    assertThat(documents.get(0))
        .matches(
            "\\{\"topic\":\""
                + topic
                + "\",\"partition\":0,\"offset\":0,\"timestamp\":\\d+,\"key\":\"k\","
                + "\"value\":\"v\",\"headers\":\\[\\{\"name\":\"h\",\"value\":\"1\"}]}");
    assertThat(documents.get(1))
        .contains("\"timestamp\":5,\"key\":null,\"value_base64\":\"/wA=\",\"headers\":[]}");
    run("consume", topic, "--json", "--format", "%v").failed(Exit.USAGE, "exclude each other");
  }

  @Test
  void aGroupGoesOnWhereItStands() throws Exception {
    String topic = topic(1);
    produce(topic, "k:0", "k:1", "k:2", "k:3");
    assertThat(run("consume", topic, "-g", "steps", "--from", "earliest", "-n", "3").done().lines())
        .containsExactly("0", "1", "2");
    assertThat(committed("steps", topic, 0)).isEqualTo(3);
    assertThat(run("consume", topic, "-g", "steps", "-e").done().lines()).containsExactly("3");
    assertThat(run("consume", topic, "-g", "steps", "-e").done().out()).isEmpty();
    assertThat(committed("steps", topic, 0)).isEqualTo(4);
  }

  @Test
  void aNewGroupBeginsAtTheEndUnlessToldOtherwise() throws Exception {
    String topic = topic(1);
    produce(topic, "k:0");
    run("consume", topic, "-g", "fresh", "--timeout-ms", "2000")
        .failed(Exit.TIMED_OUT, "no record came for 2000 ms, after 0 records");
    assertThat(run("consume", topic, "-g", "fresh-too", "-e").done().lines()).containsExactly("0");
  }

  @Test
  void membersOfAGroupShareThePartitions() throws Exception {
    String topic = topic(4);
    Shell.Running one = start("consume", topic, "-g", "shared", "--from", "earliest");
    Shell.Running other = start("consume", topic, "-g", "shared", "--from", "earliest");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      lines.add(i + ":line " + i);
    }
    produce(topic, lines.toArray(String[]::new));
    org.awaitility.Awaitility.await()
        .atMost(java.time.Duration.ofSeconds(30))
        .until(() -> (one.out() + other.out()).lines().distinct().count() == 100);
    // The first leaves, so the other gets what comes now without waiting for a session to expire.
    assertThat(one.interrupt().ended().exit()).isEqualTo(Exit.INTERRUPTED);
    for (int partition = 0; partition < 4; partition++) {
      runWith("after " + partition, "produce", topic, "-p", "" + partition).done();
    }
    for (int partition = 0; partition < 4; partition++) {
      other.untilItPrints("after " + partition + "\n");
    }
    assertThat(other.interrupt().ended().exit()).isEqualTo(Exit.INTERRUPTED);
    long sum = 0;
    for (int partition = 0; partition < 4; partition++) {
      sum += committed("shared", topic, partition);
    }
    assertThat(sum).isEqualTo(104);
  }

  @Test
  void waitingEndsWhereATimeoutIsGiven() {
    String topic = topic(1);
    produce(topic, "k:0");
    Shell.Ended ended =
        run("consume", topic, "--from", "earliest", "-n", "5", "--timeout-ms", "1000")
            .failed(Exit.TIMED_OUT, "no record came for 1000 ms, after 1 record");
    assertThat(ended.out()).isEqualTo("0\n");
  }

  @Test
  void whatCannotBeIsRefused() {
    String topic = topic(1);
    run("consume", "no-such-topic", "-e").failed(Exit.REFUSED, "there is no topic no-such-topic");
    run("consume", "no/such", "-e").failed(Exit.REFUSED, "no/such");
    run("consume", topic, "--from", "yesterday").failed(Exit.USAGE, "--from cannot be");
    run("consume", topic, "--from", "by:3").failed(Exit.USAGE, "--from wants");
    run("consume", topic, "--count", "0").failed(Exit.USAGE, "--count cannot be 0");
    run("consume", topic, "-g", "g", "--from", "offset:3")
        .failed(Exit.USAGE, "with a group, --from is earliest or latest");
    run("consume", topic, "-g", "g", "-p", "0").failed(Exit.USAGE, "leave out --partition");
    assertThat(run("topic", "list").done().out()).doesNotContain("no-such-topic");
  }
}
