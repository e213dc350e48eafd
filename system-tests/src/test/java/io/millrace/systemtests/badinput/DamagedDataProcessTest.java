package io.millrace.systemtests.badinput;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.systemtests.process.BrokerProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A disk that does not give back what was written. What is damaged answers an error or keeps the
 * broker from starting with a message that names the file; what is not damaged is read; nothing is
 * passed over in silence.
 */
class DamagedDataProcessTest {

  private static final int RECORDS = 60;
  private static final int ENTRY_ALIGNMENT = 4096;
  private static final int MAGIC_AT = 16;
  private static final int SMALL_FILE_BYTES = 64 * 1024;

  @TempDir Path directory;
  private Path data;
  private DataFiles files;

  @BeforeEach
  void place() {
    data = directory.resolve("data");
    files = new DataFiles(data);
  }

  private BrokerProcess.Builder broker() {
    return BrokerProcess.in(data).set("journal.file.bytes", 1 << 20);
  }

  private static NumberedRecords records(BrokerProcess broker) {
    return new NumberedRecords(broker.kafka());
  }

  private static List<String> values(int first, int end) {
    return IntStream.range(first, end).mapToObj(NumberedRecords::value).toList();
  }

  /** Everything in segments and a snapshot; the journal is not needed. */
  private void writeAndStop() throws Exception {
    try (BrokerProcess broker = broker().start()) {
      writeRecords(broker);
      assertThat(broker.stop()).isZero();
    }
  }

  private static void writeRecords(BrokerProcess broker) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.kafka()))) {
      Map<String, String> rolling = Map.of("segment.bytes", "1048576");
      admin
          .createTopics(List.of(new NewTopic(NumberedRecords.TOPIC, 1, (short) 1).configs(rolling)))
          .all()
          .get();
    }
    records(broker).write(0, RECORDS);
  }

  /** Everything in the journal, with the mark of an idle shard that all of it was synced. */
  private void writeAndKill() throws Exception {
    try (BrokerProcess broker = broker().start()) {
      writeRecords(broker);
      long before = broker.writtenBytes();
      Awaitility.await("the shard marks that it is synced")
          .pollDelay(Duration.ofMillis(1500))
          .atMost(Duration.ofSeconds(20))
          .until(() -> broker.writtenBytes() >= before);
      broker.kill();
    }
  }

  /** Starts it expecting that it refuses; what it says. */
  private String refusal() {
    try (BrokerProcess broker = broker().launch()) {
      assertThat(broker.awaitEnd()).as("exit status").isIn(1, 78);
      assertThat(broker.isReady()).isFalse();
      return broker.errors();
    }
  }

  private void requireAllRecords() throws Exception {
    try (BrokerProcess broker = broker().start()) {
      NumberedRecords.Reading reading = records(broker).read(0);
      assertThat(reading.failure()).isNull();
      assertThat(reading.values()).isEqualTo(values(0, RECORDS));
      records(broker).write(RECORDS, 1);
      assertThat(records(broker).read(RECORDS).values()).isEqualTo(values(RECORDS, RECORDS + 1));
    }
  }

  // --- segments ---

  @Test
  void flippedBitInASegmentIsAnErrorForThatRecordAndTheOthersAreRead() throws Exception {
    writeAndStop();
    Path segment = files.holding(".log", NumberedRecords.value(20));
    DataFiles.flipBit(segment, DataFiles.positionOf(segment, NumberedRecords.value(20)) + 5);
    try (BrokerProcess broker = broker().start()) {
      NumberedRecords.Reading before = records(broker).read(0);
      assertThat(before.failure()).isNotNull();
      assertThat(before.endOffset()).isEqualTo(RECORDS);
      assertThat(before.values()).isEqualTo(values(0, 20));
      NumberedRecords.Reading after = records(broker).read(21);
      assertThat(after.failure()).isNull();
      assertThat(after.values()).isEqualTo(values(21, RECORDS));
      records(broker).write(RECORDS, 3);
      assertThat(records(broker).read(RECORDS).values()).hasSize(3);
      assertThat(broker.stop()).isZero();
    }
  }

  @Test
  void flippedBitInAHeaderOfASegmentIsAnErrorForThatRecordAndTheOthersAreRead() throws Exception {
    writeAndStop();
    Path segment = files.holding(".log", NumberedRecords.value(20));
    DataFiles.flipBit(segment, DataFiles.startOfBatch(segment, 20) + MAGIC_AT);
    for (int run = 0; run < 2; run++) {
      try (BrokerProcess broker = broker().start()) {
        NumberedRecords.Reading before = records(broker).read(0);
        assertThat(before.failure()).isNotNull();
        assertThat(before.endOffset()).isEqualTo(RECORDS + run);
        assertThat(before.values()).isEqualTo(values(0, 20));
        NumberedRecords.Reading after = records(broker).read(21);
        assertThat(after.failure()).isNull();
        assertThat(after.values()).isEqualTo(values(21, RECORDS + run));
        assertThat(broker.errors())
            .contains(segment.getFileName().toString(), "offsets 20 to 20 are lost");
        records(broker).write(RECORDS + run, 1);
        assertThat(broker.stop()).isZero();
      }
    }
  }

  @Test
  void segmentThatLostItsEndIsAnErrorAndNotAShorterLog() throws Exception {
    writeAndStop();
    Path segment = files.holding(".log", NumberedRecords.value(0));
    long half = DataFiles.positionOf(segment, NumberedRecords.value(30));
    byte[] bytes = Files.readAllBytes(segment);
    Files.write(segment, Arrays.copyOf(bytes, (int) half));
    try (BrokerProcess broker = broker().launch()) {
      Awaitility.await("it is ready or has refused")
          .atMost(Duration.ofSeconds(30))
          .until(() -> broker.isReady() || !broker.isAlive());
      if (!broker.isAlive()) {
        assertThat(broker.errors()).contains(segment.getFileName().toString());
        return;
      }
      NumberedRecords.Reading reading = records(broker).read(0);
      assertThat(reading.endOffset()).isEqualTo(RECORDS);
      assertThat(reading.failure()).isNotNull();
      assertThat(reading.values()).isEqualTo(values(0, 30));
      records(broker).write(RECORDS, 5);
      assertThat(broker.stop()).isZero();
    }
    try (BrokerProcess broker = broker().start()) {
      assertThat(records(broker).read(0).values()).isEqualTo(values(0, 30));
      assertThat(records(broker).read(RECORDS).values()).isEqualTo(values(RECORDS, RECORDS + 5));
    }
  }

  @Test
  void missingAndStaleIndexesAreMadeAgain() throws Exception {
    writeAndStop();
    List<Path> indexes =
        Stream.concat(files.ending(".index").stream(), files.ending(".timeindex").stream())
            .toList();
    for (Path index : indexes) {
      Files.delete(index);
    }
    requireAllRecords();
    for (Path log : files.ending(".log")) {
      String name = log.getFileName().toString().replace(".log", "");
      Files.write(log.resolveSibling(name + ".index"), new byte[] {1, 2, 3, 4, 5, 6, 7});
      Files.write(log.resolveSibling(name + ".timeindex"), new byte[400]);
    }
    try (BrokerProcess broker = broker().start()) {
      assertThat(records(broker).read(0).values()).isEqualTo(values(0, RECORDS + 1));
      assertThat(records(broker).read(33).values()).isEqualTo(values(33, RECORDS + 1));
    }
  }

  // --- the journal ---

  @Test
  void flippedBitInAPayloadOfTheJournalLosesThatRecordOnlyAndSaysSo() throws Exception {
    writeAndKill();
    Path journal = files.holding(".journal", NumberedRecords.value(20));
    DataFiles.flipBit(journal, DataFiles.positionOf(journal, NumberedRecords.value(20)) + 5);
    try (BrokerProcess broker = broker().start()) {
      assertThat(broker.errors()).contains("damaged");
      NumberedRecords.Reading before = records(broker).read(0);
      assertThat(before.failure()).isNotNull();
      assertThat(before.endOffset()).isEqualTo(RECORDS);
      assertThat(before.values()).isEqualTo(values(0, 20));
      assertThat(records(broker).read(21).values()).isEqualTo(values(21, RECORDS));
    }
  }

  @Test
  void flippedBitInAHeaderOfTheJournalStopsTheBrokerAndNothingIsChanged() throws Exception {
    writeAndKill();
    Path journal = files.holding(".journal", NumberedRecords.value(20));
    long entry =
        DataFiles.positionOf(journal, NumberedRecords.value(20))
            / ENTRY_ALIGNMENT
            * ENTRY_ALIGNMENT;
    DataFiles.flipBit(journal, entry + 24);
    Map<String, ByteBuffer> before = files.everything();
    assertThat(refusal()).contains(journal.getFileName().toString());
    assertThat(files.everything()).isEqualTo(before);
    DataFiles.flipBit(journal, entry + 24);
    requireAllRecords();
  }

  /** The last record was synced, and the idle shard has said so: it is no torn tail. */
  @Test
  void flippedBitInTheLastEntryOfAnIdleJournalIsNotTakenForATornTail() throws Exception {
    writeAndKill();
    Path journal = files.holding(".journal", NumberedRecords.value(RECORDS - 1));
    long entry =
        DataFiles.positionOf(journal, NumberedRecords.value(RECORDS - 1))
            / ENTRY_ALIGNMENT
            * ENTRY_ALIGNMENT;
    DataFiles.flipBit(journal, entry + 24);
    assertThat(refusal()).contains(journal.getFileName().toString());
    DataFiles.flipBit(journal, entry + 24);
    requireAllRecords();
  }

  @Test
  void flippedBitInTheHeaderOfAJournalFileStopsTheBroker() throws Exception {
    writeAndKill();
    Path journal = files.holding(".journal", NumberedRecords.value(20));
    DataFiles.flipBit(journal, 9);
    Map<String, ByteBuffer> before = files.everything();
    assertThat(refusal()).contains(journal.getFileName().toString());
    assertThat(files.everything()).isEqualTo(before);
    DataFiles.flipBit(journal, 9);
    requireAllRecords();
  }

  @Test
  void missingJournalFileStopsTheBroker() throws Exception {
    try (BrokerProcess broker = broker().set("journal.file.bytes", SMALL_FILE_BYTES).start()) {
      writeRecords(broker);
      broker.kill();
    }
    Path first = files.holding(".journal", NumberedRecords.value(0));
    assertThat(first).isNotEqualTo(files.holding(".journal", NumberedRecords.value(RECORDS - 1)));
    Path aside = directory.resolve("aside");
    Files.move(first, aside);
    assertThat(refusal()).contains("missing");
    Files.move(aside, first);
    requireAllRecords();
  }

  // --- snapshots ---

  @Test
  void oneDamagedCopyOfASnapshotIsSurvivedAndTwoAreRefused() throws Exception {
    writeAndStop();
    Path snapshot = files.ending(".snapshot").getLast();
    Path copy = files.ending(".snapshot-copy").getLast();
    long middle = Files.size(snapshot) / 2;
    DataFiles.flipBit(snapshot, middle);
    try (BrokerProcess broker = broker().start()) {
      assertThat(records(broker).read(0).values()).isEqualTo(values(0, RECORDS));
      broker.kill();
    }
    DataFiles.flipBit(copy, middle);
    Map<String, ByteBuffer> before = files.everything();
    assertThat(refusal()).contains(snapshot.getFileName().toString());
    assertThat(files.everything()).isEqualTo(before);
    DataFiles.flipBit(snapshot, middle);
    requireAllRecords();
  }

  @Test
  void missingSnapshotStopsTheBrokerInsteadOfStartingEmpty() throws Exception {
    BrokerProcess.Builder frequent =
        broker()
            .set("journal.file.bytes", SMALL_FILE_BYTES)
            .set("journal.checkpoint.bytes", SMALL_FILE_BYTES);
    try (BrokerProcess broker = frequent.start()) {
      writeRecords(broker);
      assertThat(broker.stop()).isZero();
    }
    for (Path file :
        List.of(files.ending(".snapshot").getLast(), files.ending(".snapshot-copy").getLast())) {
      Files.move(file, directory.resolve(file.getFileName()));
    }
    Map<String, ByteBuffer> before = files.everything();
    assertThat(refusal()).contains("entry 1 ").contains("Nothing was changed");
    assertThat(files.everything()).isEqualTo(before);
  }

  // --- the directory ---

  @Test
  void secondProcessIsRefusedAndToldOfTheFirst() throws Exception {
    try (BrokerProcess first = broker().start()) {
      assertThat(refusal()).contains("process " + first.pid());
      records(first).write(0, 3);
      assertThat(records(first).read(0).values()).isEqualTo(values(0, 3));
    }
  }

  @Test
  void foreignDirectoryIsLeftAlone() throws IOException {
    Files.createDirectories(data);
    Files.writeString(data.resolve("thesis.txt"), "years of work");
    assertThat(refusal()).contains("not empty").contains("thesis.txt");
    assertThat(files.everything()).containsOnlyKeys("thesis.txt");
  }

  @Test
  void fileInsteadOfADirectoryIsRefused() throws IOException {
    Files.writeString(data, "no directory");
    assertThat(refusal()).contains(data.toString());
    assertThat(data).hasContent("no directory");
  }

  @Test
  void directoryOfALaterVersionIsLeftAlone() throws Exception {
    writeAndStop();
    Path meta = data.resolve("millrace.meta");
    Files.writeString(meta, Files.readString(meta).replaceFirst("data \\d+", "data 99"));
    Map<String, ByteBuffer> before = files.everything();
    assertThat(refusal()).contains("99");
    assertThat(files.everything()).isEqualTo(before);
  }

  @Test
  void strayFilesAreLeftAloneAndNothingElseSuffers() throws Exception {
    writeAndStop();
    Path log = files.ending(".log").get(0);
    Path logs = log.getParent().getParent().getParent();
    List<Path> stray =
        List.of(
            log.resolveSibling("notes.txt"),
            logs.resolve("not-a-topic-id"),
            files
                .ending(".snapshot")
                .getLast()
                .resolveSibling("00000000000000000001.snapshot.tmp"));
    for (Path one : stray) {
      Files.writeString(one, "stray");
    }
    requireAllRecords();
  }
}
