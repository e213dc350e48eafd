package io.millrace.systemtests.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.systemtests.process.BrokerProcess;
import io.millrace.systemtests.process.ChildProcesses;
import io.millrace.systemtests.process.Tools;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kafka Streams with {@code exactly_once_v2}, unmodified and in a process of its own, counts words
 * while it is killed and the broker is: each word is counted once.
 */
@Tag("interop")
class StreamsInteropTest {

  private static final String FROM = "lines";
  private static final String TO = "counts";
  private static final int PARTITIONS = 2;
  private static final int LINES = 600;
  private static final int WORDS_A_LINE = 5;
  private static final int DIFFERENT_WORDS = 40;
  private static final Path JARS = Path.of("target", "interop", "streams");

  @TempDir Path directory;
  private final Map<String, Long> written = new TreeMap<>();

  @BeforeAll
  static void jars() throws IOException {
    if (!Files.exists(JARS.resolve("complete"))) {
      Tools.require(
          "kafka-streams cannot be had by Maven",
          "mvn",
          "-q",
          "-f",
          Path.of("src/test/streams/pom.xml").toAbsolutePath().toString(),
          "dependency:copy-dependencies",
          "-DoutputDirectory=" + JARS.toAbsolutePath());
      Files.createFile(JARS.resolve("complete"));
    }
  }

  @ParameterizedTest(name = "{0} shards")
  @ValueSource(ints = {1, 2})
  void countsEachWordOnceWhoeverIsKilled(int shards) throws Exception {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    System.out.println("StreamsInteropTest: millrace.seed=" + seed);
    Random random = new Random(seed);
    BrokerProcess.Builder builder =
        BrokerProcess.in(directory.resolve("data"))
            .port(BrokerProcess.freePort())
            .set("group.initial.rebalance.delay.ms", 100)
            .set("num.shards", shards);
    BrokerProcess broker = builder.start();
    Process streams = null;
    try {
      topics(broker.kafka());
      streams = streams(broker.kafka());
      write(broker.kafka(), random);
      awaitCounts(broker.kafka(), 1);
      streams.destroyForcibly().waitFor();
      write(broker.kafka(), random);
      streams = streams(broker.kafka());
      awaitCounts(broker.kafka(), LINES * WORDS_A_LINE + 1);
      broker.kill();
      broker = builder.start();
      write(broker.kafka(), random);
      awaitCounts(broker.kafka(), 3 * LINES * WORDS_A_LINE);
      check(broker.kafka());
      streams.destroy();
      streams.waitFor();
      check(broker.kafka());
    } finally {
      if (streams != null) {
        streams.destroyForcibly();
      }
      broker.close();
    }
  }

  private Process streams(String bootstrap) throws IOException {
    return ChildProcesses.start(
        new ProcessBuilder(
                BrokerProcess.java(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                JARS.toAbsolutePath() + "/*",
                Path.of("src/test/streams/CountWords.java").toAbsolutePath().toString(),
                bootstrap,
                FROM,
                TO,
                directory.resolve("state").toString())
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(directory.resolve("streams.out").toFile()))
            .redirectError(
                ProcessBuilder.Redirect.appendTo(directory.resolve("streams.err").toFile())));
  }

  private static void topics(String bootstrap) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(FROM, PARTITIONS, (short) 1),
                  new NewTopic(TO, PARTITIONS, (short) 1)))
          .all()
          .get();
    }
  }

  private void write(String bootstrap, Random random) {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap),
            new StringSerializer(),
            new StringSerializer())) {
      for (int i = 0; i < LINES; i++) {
        StringBuilder line = new StringBuilder();
        for (int n = 0; n < WORDS_A_LINE; n++) {
          String word = "word-" + random.nextInt(DIFFERENT_WORDS);
          written.merge(word, 1L, Long::sum);
          line.append(n == 0 ? "" : " ").append(word);
        }
        producer.send(new ProducerRecord<>(FROM, i % PARTITIONS, null, line.toString()));
      }
    }
  }

  private void awaitCounts(String bootstrap, int atLeast) throws IOException {
    try {
      Awaitility.await("counts come")
          .atMost(Duration.ofSeconds(120))
          .pollInterval(Duration.ofMillis(200))
          .until(() -> ReadCommitted.all(bootstrap, TO, PARTITIONS).size() >= atLeast);
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(
          "there are "
              + ReadCommitted.all(bootstrap, TO, PARTITIONS).size()
              + " counts of "
              + atLeast
              + "; Streams said\n"
              + Files.readString(directory.resolve("streams.out"), StandardCharsets.UTF_8)
              + Files.readString(directory.resolve("streams.err"), StandardCharsets.UTF_8),
          e);
    }
  }

  /** The counts of each word are 1, 2, 3 and so on, in this order. */
  private void check(String bootstrap) {
    Map<String, List<Long>> counts = new HashMap<>();
    for (ConsumerRecord<String, String> one : ReadCommitted.all(bootstrap, TO, PARTITIONS)) {
      counts.computeIfAbsent(one.key(), word -> new ArrayList<>()).add(Long.valueOf(one.value()));
    }
    assertThat(counts).hasSameSizeAs(written);
    written.forEach((word, count) ->
        assertThat(counts.get(word))
            .as(word)
            .isEqualTo(LongStream.rangeClosed(1, count).boxed().toList()));
  }
}
