package io.millrace.systemtests.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A producer's process is killed among its transactions, and the next of the same id goes on. A
 * reader of committed records sees whole transactions only: those that were said to be committed,
 * and none that was aborted or had not come to its commit.
 */
class TransactionWriterKillTest {

  private static final String TOPIC = "transactions";
  private static final int PARTITIONS = 3;

  @TempDir Path directory;

  @Test
  void killedAmongItsTransactionsItLeavesWholeOnes() throws Exception {
    run(40, 6);
  }

  @Tag("long")
  @Test
  void killedAmongFiveHundredTransactionsItLeavesWholeOnes() throws Exception {
    run(500, 60);
  }

  private enum Told {
    BEGUN,
    COMMITTING,
    COMMITTED,
    ABORTED
  }

  private void run(int transactions, int kills) throws Exception {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    System.out.println("TransactionWriterKillTest: millrace.seed=" + seed);
    Random random = new Random(seed);
    Map<Integer, Told> told = new HashMap<>();
    try (BrokerProcess broker = BrokerProcess.in(directory).set("num.shards", 2).start()) {
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.kafka()))) {
        admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1))).all().get();
      }
      int next = 1;
      while (next <= transactions) {
        int lines = 1 + random.nextInt(6 * transactions / kills);
        next = 1 + writeAndKill(broker.kafka(), next, lines, told);
      }
      check(broker.kafka(), told);
      assertThat(broker.stop()).isZero();
    }
  }

  /**
   * @param lines after how many the writer is killed
   * @return the last transaction that was begun
   */
  private static int writeAndKill(String bootstrap, int first, int lines, Map<Integer, Told> told)
      throws IOException, InterruptedException {
    Process writer =
        ChildProcesses.start(
            new ProcessBuilder(
                    BrokerProcess.java(),
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-Dmillrace.log=error",
                    "-cp",
                    System.getProperty("java.class.path"),
                    TransactionWriter.class.getName(),
                    bootstrap,
                    TOPIC,
                    "" + PARTITIONS,
                    "writer",
                    "" + first)
                .redirectError(ProcessBuilder.Redirect.DISCARD));
    int last = first - 1;
    try (BufferedReader said = writer.inputReader(StandardCharsets.UTF_8)) {
      int read = 0;
      // What it wrote before it died was so, though it is read after that.
      for (String line; (line = said.readLine()) != null; ) {
        String[] words = line.split(" ");
        last = Integer.parseInt(words[1]);
        told.put(
            last,
            switch (words[0]) {
              case "begun" -> Told.BEGUN;
              case "committing" -> Told.COMMITTING;
              case "committed" -> Told.COMMITTED;
              default -> Told.ABORTED;
            });
        if (++read == lines) {
          writer.toHandle().destroyForcibly(); // which leaves its output to be read
        }
      }
    }
    assertThat(writer.waitFor()).as("it runs until it is killed").isEqualTo(137);
    return last;
  }

  private static void check(String bootstrap, Map<Integer, Told> told) {
    List<Set<Integer>> visible = new ArrayList<>();
    Map<String, Object> settings =
        Map.of("bootstrap.servers", bootstrap, "isolation.level", "read_committed");
    takeOver(bootstrap);
    try (KafkaConsumer<String, String> reader =
        new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        visible.add(read(reader, new TopicPartition(TOPIC, partition)));
      }
    }
    told.forEach((number, outcome) -> {
      boolean there = visible.get(0).contains(number);
      for (Set<Integer> numbers : visible) {
        assertThat(numbers.contains(number)).as("%d in every partition", number).isEqualTo(there);
      }
      if (outcome != Told.COMMITTING) {
        assertThat(there)
            .as("%d, which was %s", number, outcome)
            .isEqualTo(outcome == Told.COMMITTED);
      }
    });
  }

  /** Has what the last writer left open aborted. */
  private static void takeOver(String bootstrap) {
    try (var last =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap, "transactional.id", "writer"),
            new StringSerializer(),
            new StringSerializer())) {
      last.initTransactions();
    }
  }

  private static Set<Integer> read(KafkaConsumer<String, String> reader, TopicPartition partition) {
    reader.assign(List.of(partition));
    reader.seekToBeginning(List.of(partition));
    long end = reader.endOffsets(List.of(partition)).get(partition);
    Set<Integer> numbers = new HashSet<>();
    while (reader.position(partition) < end) {
      reader
          .poll(Duration.ofMillis(100))
          .forEach(record ->
              assertThat(numbers.add(Integer.valueOf(record.value())))
                  .as("%s once", record.value())
                  .isTrue());
    }
    return numbers;
  }
}
