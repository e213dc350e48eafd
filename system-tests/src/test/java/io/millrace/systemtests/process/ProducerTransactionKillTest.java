package io.millrace.systemtests.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.producer.Producer;
import io.millrace.systemtests.OlderFlowProxy;
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
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process with Millrace's producer is killed among its transactions, and the next of the same id
 * goes on. A reader of committed records sees whole transactions only, and what is copied from
 * topic to topic is copied once.
 */
class ProducerTransactionKillTest {

  private static final String TOPIC = "written";
  private static final int PARTITIONS = 3;
  private static final int KILL_NANOS_MAX = 3_000_000;
  private static final int POLLED_MAX = MillraceTransactions.POLLED_MAX;

  @TempDir Path directory;

  @Test
  void killedAmongItsTransactionsItLeavesWholeOnes() throws Exception {
    write(25, 5, false);
  }

  @Tag("long")
  @Test
  void killedAmongFiveHundredTransactionsItLeavesWholeOnes() throws Exception {
    write(500, 60, false);
  }

  @Tag("long")
  @Test
  void killedAmongFiveHundredTransactionsOfTheOlderFlowItLeavesWholeOnes() throws Exception {
    write(500, 60, true);
  }

  @Test
  void killedWhileItCopiesItHasCopiedEachRecordOnce() throws Exception {
    copy(400, 4);
  }

  @Tag("long")
  @Test
  void killedTwoHundredTimesWhileItCopiesItHasCopiedEachRecordOnce() throws Exception {
    copy(20_000, 200);
  }

  private enum Told {
    BEGUN,
    COMMITTING,
    COMMITTED,
    ABORTED
  }

  private static Random random() {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    System.out.println("ProducerTransactionKillTest: millrace.seed=" + seed);
    return new Random(seed);
  }

  // --- writing ---

  private void write(int transactions, int kills, boolean olderFlow) throws Exception {
    Random random = random();
    Map<Integer, Told> told = new HashMap<>();
    try (BrokerProcess broker = broker(TOPIC, PARTITIONS);
        OlderFlowProxy proxy = OlderFlowProxy.before(broker.kafka())) {
      String address = olderFlow ? proxy.address() : broker.kafka();
      int next = 1;
      while (next <= transactions) {
        int lines = 1 + random.nextInt(6 * transactions / kills);
        int[] last = {next - 1};
        runAndKill(
            lines,
            random,
            line -> {
              String[] words = line.split(" ");
              last[0] = Integer.parseInt(words[1]);
              told.put(
                  last[0],
                  switch (words[0]) {
                    case "begun" -> Told.BEGUN;
                    case "committing" -> Told.COMMITTING;
                    case "committed" -> Told.COMMITTED;
                    default -> Told.ABORTED;
                  });
            },
            "write",
            address,
            TOPIC,
            "" + PARTITIONS,
            "" + next);
        next = last[0] + 1;
      }
      takeOver(address, "write");
      checkWritten(broker.kafka(), told);
      assertThat(broker.stop()).isZero();
    }
  }

  private static void checkWritten(String bootstrap, Map<Integer, Told> told) {
    List<Map<Integer, Integer>> visible = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      Set<String> seen = new HashSet<>();
      Map<Integer, Integer> counts = new HashMap<>();
      for (String value : read(bootstrap, TOPIC, partition)) {
        assertThat(seen.add(value)).as("%s once", value).isTrue();
        String[] parts = value.split("/");
        int transaction = Integer.parseInt(parts[2]);
        int message = counts.merge(transaction, 1, Integer::sum) - 1;
        assertThat(value)
            .isEqualTo(MillraceTransactions.value(TOPIC, partition, transaction, message));
      }
      visible.add(counts);
    }
    told.forEach((number, outcome) -> {
      boolean there = visible.get(0).containsKey(number);
      for (Map<Integer, Integer> counts : visible) {
        assertThat(counts.getOrDefault(number, 0))
            .as("messages of %d, which was %s, in a partition", number, outcome)
            .isEqualTo(there ? MillraceTransactions.messages(number) : 0);
      }
      if (outcome != Told.COMMITTING) {
        assertThat(there)
            .as("%d, which was %s", number, outcome)
            .isEqualTo(outcome == Told.COMMITTED);
      }
    });
    assertThat(told.values()).contains(Told.COMMITTED);
    visible.forEach(counts -> assertThat(told.keySet()).containsAll(counts.keySet()));
  }

  // --- copying ---

  private void copy(int records, int kills) throws Exception {
    Random random = random();
    try (BrokerProcess broker = broker("in", 1)) {
      try (Producer producer = Producer.open(Map.of("bootstrap.servers", broker.kafka()))) {
        for (int i = 0; i < records; i++) {
          producer.produce("in", null, ("in/" + i).getBytes(StandardCharsets.UTF_8));
        }
      }
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.kafka()))) {
        admin.createTopics(List.of(new NewTopic("out", 1, (short) 1))).all().get();
      }
      long[] copied = {0};
      for (int kill = 0; kill < kills || copied[0] < records; kill++) {
        // No more are awaited than there are to come: the last is killed when all is copied.
        long left = (records - copied[0] + POLLED_MAX - 1) / POLLED_MAX;
        int most = kill < kills ? Math.max(1, records / POLLED_MAX / kills) : Integer.MAX_VALUE;
        int lines = (int) Math.min(left, kill < kills ? 1 + random.nextInt(most) : most);
        runAndKill(
            lines,
            random,
            line -> copied[0] = Long.parseLong(line.split(" ")[1]),
            "copy",
            broker.kafka(),
            "in",
            "out");
      }
      takeOver(broker.kafka(), "copy");
      assertThat(read(broker.kafka(), "out", 0))
          .containsExactlyElementsOf(
              IntStream.range(0, records).mapToObj(i -> "out/in/" + i).toList());
      assertThat(broker.stop()).isZero();
    }
  }

  // --- processes ---

  private BrokerProcess broker(String topic, int partitions) throws Exception {
    BrokerProcess broker = BrokerProcess.in(directory).set("num.shards", 2).start();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.kafka()))) {
      admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
    }
    return broker;
  }

  /**
   * @param lines a short while after how many it is killed
   */
  private static void runAndKill(
      int lines, Random random, Consumer<String> heard, String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                BrokerProcess.java(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dmillrace.log=error",
                "-cp",
                System.getProperty("java.class.path"),
                MillraceTransactions.class.getName()));
    command.addAll(List.of(arguments));
    Process process =
        ChildProcesses.start(
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD));
    try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8)) {
      int read = 0;
      if (lines == 0) {
        process.toHandle().destroyForcibly();
      }
      // What it wrote before it died was so, though it is read after that.
      for (String line; (line = said.readLine()) != null; ) {
        heard.accept(line);
        if (++read == lines) {
          LockSupport.parkNanos(random.nextInt(KILL_NANOS_MAX));
          process.toHandle().destroyForcibly(); // which leaves its output to be read
        }
      }
    }
    assertThat(process.waitFor()).as("it runs until it is killed").isEqualTo(137);
  }

  /** Has what the last process left open aborted. */
  private static void takeOver(String bootstrap, String id) throws InterruptedException {
    try (Producer last =
        Producer.open(Map.of("bootstrap.servers", bootstrap, "transactional.id", id))) {
      last.initTransactions(Duration.ofSeconds(60));
    }
  }

  private static List<String> read(String bootstrap, String topic, int number) {
    TopicPartition partition = new TopicPartition(topic, number);
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<String, String> reader =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap, "isolation.level", "read_committed"),
            new StringDeserializer(),
            new StringDeserializer())) {
      reader.assign(List.of(partition));
      reader.seekToBeginning(List.of(partition));
      long end = reader.endOffsets(List.of(partition)).get(partition);
      while (reader.position(partition) < end) {
        reader.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
      }
    }
    return values;
  }
}
