package io.millrace.systemtests.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.systemtests.process.BrokerProcess;
import io.millrace.systemtests.process.ChildProcesses;
import io.millrace.systemtests.process.Tools;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * librdkafka copies a topic in transactions, its offsets with its records, by a C program that is
 * built here: each record arrives once and in order, whoever is killed.
 */
@Tag("interop")
class LibrdkafkaTransactionsInteropTest {

  private static final String FROM = "from";
  private static final String TO = "to";
  private static final int PARTITIONS = 3;
  private static final int RECORDS = 6000;
  private static final long COPY_SECONDS = 180;

  @TempDir static Path built;
  private static Path program;

  @TempDir Path directory;

  @BeforeAll
  static void build() {
    Tools.require("gcc is not installed", "gcc", "--version");
    program = built.resolve("transactions");
    Tools.require(
        "librdkafka-dev is not installed",
        "gcc",
        "-O1",
        "-o",
        program.toString(),
        Path.of("src/test/c/transactions.c").toString(),
        "-lrdkafka");
  }

  @ParameterizedTest(name = "{0} shards")
  @ValueSource(ints = {1, 2})
  void copiesEachRecordOnce(int shards) throws Exception {
    try (BrokerProcess broker =
        BrokerProcess.in(directory).set("num.shards", shards).set("num.partitions", 3).start()) {
      write(broker.kafka());
      Process copy = copy(broker.kafka());
      assertThat(lastLine(copy)).isEqualTo("copied " + RECORDS + ", aborted 3");
      assertThat(copy.exitValue()).isZero();
      check(broker.kafka());
    }
  }

  @Test
  void copiesEachRecordOnceThoughItIsKilledAgainAndAgain() throws Exception {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    System.out.println("LibrdkafkaTransactionsInteropTest: millrace.seed=" + seed);
    Random random = new Random(seed);
    try (BrokerProcess broker = BrokerProcess.in(directory).set("num.shards", 2).start()) {
      write(broker.kafka());
      for (int round = 0; round < 8; round++) {
        Process copy = copy(broker.kafka());
        awaitReady(copy);
        copy.waitFor(random.nextInt(150), TimeUnit.MILLISECONDS);
        copy.destroyForcibly().waitFor();
      }
      Process last = copy(broker.kafka());
      assertThat(lastLine(last)).startsWith("copied ");
      check(broker.kafka());
    }
  }

  @Test
  void copiesEachRecordOnceThoughTheBrokerIsKilled() throws Exception {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    System.out.println("LibrdkafkaTransactionsInteropTest: millrace.seed=" + seed);
    Random random = new Random(seed);
    BrokerProcess.Builder builder =
        BrokerProcess.in(directory).port(BrokerProcess.freePort()).set("num.shards", 2);
    BrokerProcess broker = builder.start();
    try {
      write(broker.kafka());
      Process copy = copy(broker.kafka());
      awaitReady(copy);
      for (int round = 0; round < 4 && copy.isAlive(); round++) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20 + random.nextInt(150)));
        broker.kill();
        broker = builder.start();
      }
      assertThat(lastLine(copy)).startsWith("copied ");
      assertThat(copy.exitValue()).isZero();
      check(broker.kafka());
    } finally {
      broker.close();
    }
  }

  private Process copy(String bootstrap) throws IOException {
    return ChildProcesses.start(
        new ProcessBuilder(
                program.toString(), bootstrap, FROM, TO, "copier", "" + PARTITIONS, "500")
            .redirectError(directory.resolve("copy.err").toFile()));
  }

  private static void awaitReady(Process copy) throws IOException {
    assertThat(output(copy).readLine()).isEqualTo("ready");
  }

  private static BufferedReader output(Process process) {
    return process.inputReader(StandardCharsets.UTF_8);
  }

  /** The last line that it writes; it must end in time. */
  private String lastLine(Process copy) throws Exception {
    if (!copy.waitFor(COPY_SECONDS, TimeUnit.SECONDS)) {
      copy.destroyForcibly();
      throw new AssertionError("it did not end; it said " + errors());
    }
    String last = "";
    BufferedReader lines = output(copy);
    for (String line; (line = lines.readLine()) != null; ) {
      last = line;
    }
    return last.isEmpty() ? errors() : last;
  }

  private String errors() throws IOException {
    return Files.readString(directory.resolve("copy.err"), StandardCharsets.UTF_8);
  }

  private static void write(String bootstrap) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(FROM, PARTITIONS, (short) 1),
                  new NewTopic(TO, PARTITIONS, (short) 1)))
          .all()
          .get();
    }
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap),
            new StringSerializer(),
            new StringSerializer())) {
      for (int i = 0; i < RECORDS; i++) {
        producer.send(new ProducerRecord<>(FROM, i % PARTITIONS, "key", "value " + i));
      }
    }
  }

  private static void check(String bootstrap) {
    List<ConsumerRecord<String, String>> records = ReadCommitted.all(bootstrap, TO, PARTITIONS);
    for (int partition = 0; partition < PARTITIONS; partition++) {
      int number = partition;
      List<String> values =
          records.stream()
              .filter(record -> record.partition() == number)
              .map(ConsumerRecord::value)
              .toList();
      assertThat(values)
          .isEqualTo(
              IntStream.range(0, RECORDS)
                  .filter(i -> i % PARTITIONS == number)
                  .mapToObj(i -> "value " + i)
                  .toList());
    }
  }
}
