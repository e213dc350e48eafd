package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.Disk;
import io.millrace.log.LocalDisk;
import io.millrace.server.Millrace;
import io.millrace.shard.JournalReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(180)
class BackupCommandTest {

  @TempDir Path directory;

  private Path data;
  private Path backup;
  private Path restored;

  @org.junit.jupiter.api.BeforeEach
  void paths() {
    data = directory.resolve("data");
    backup = directory.resolve("backup.zip");
    restored = directory.resolve("restored");
  }

  /** A broker that makes a checkpoint every few MiB. */
  private static Millrace.Builder busy(Path data) {
    return Millrace.in(data)
        .set("group.initial.rebalance.delay.ms", "0")
        .set("journal.file.bytes", "1048576")
        .set("journal.checkpoint.bytes", "2097152");
  }

  private static Shell.Ended on(Millrace broker, String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--server", broker.kafka()));
    return Shell.run(all.toArray(String[]::new));
  }

  private static Set<String> keys(Millrace broker, String topic) {
    return new HashSet<>(
        on(broker, "consume", topic, "--until-end", "--format", "%k\\n").done().lines());
  }

  /** Records that go to a topic until it is told to stop, each known once it is acknowledged. */
  private static final class Load implements AutoCloseable {
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Void> ended;

    Load(Millrace broker, String topic) {
      Properties properties = new Properties();
      properties.put("bootstrap.servers", broker.kafka());
      properties.put("linger.ms", 0);
      String padding = "x".repeat(2000);
      ended =
          CompletableFuture.runAsync(
              () -> {
                try (var producer =
                    new KafkaProducer<>(
                        properties, new StringSerializer(), new StringSerializer())) {
                  for (int i = 0; !stopped.get(); i++) {
                    String key = "" + i;
                    producer.send(
                        new ProducerRecord<>(topic, key, padding),
                        (metadata, failure) -> {
                          if (failure == null) {
                            acknowledged.add(key);
                          }
                        });
                    if (i % 50 == 49) {
                      producer.flush();
                    }
                  }
                }
              },
              action -> new Thread(action).start());
    }

    void untilAcknowledged(int count) {
      Awaitility.await()
          .atMost(java.time.Duration.ofSeconds(60))
          .until(() -> acknowledged.size() >= count);
    }

    @Override
    public void close() {
      stopped.set(true);
      ended.join();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "2"})
  void underLoadEveryAcknowledgedRecordIsInIt(String shards) throws IOException {
    Set<String> before;
    try (Millrace broker = busy(data).set("num.shards", shards).start()) {
      on(broker, "topic", "create", "load", "-p", "4").done();
      try (Load load = new Load(broker, "load")) {
        // Several in a row, so that some meet checkpoints and journal files that are used again.
        for (int i = 1; i <= 3; i++) {
          load.untilAcknowledged(2000 * i);
          before = new HashSet<>(load.acknowledged);
          Shell.run("backup", "--data", data.toString(), "--to", backup.toString()).done();
          Shell.run("restore", backup.toString(), "--data", restored.toString()).done();
          try (Millrace again = Millrace.in(restored).start()) {
            before.removeAll(keys(again, "load"));
            assertThat(before).as("acknowledged and not in the backup").isEmpty();
          }
          assertThat(Shell.run("log", "dump", restored.toString()).done().out())
              .contains("replay ");
          Files.delete(backup);
          delete(restored);
        }
      }
    }
    assertNothingIsLeft(data);
  }

  @Test
  void aStoppedBrokerIsBackedUpWhole() throws IOException {
    Set<String> all;
    try (Millrace broker = busy(data).start()) {
      on(broker, "topic", "create", "load", "-p", "2").done();
      try (Load load = new Load(broker, "load")) {
        load.untilAcknowledged(3000);
      }
      all = keys(broker, "load");
      on(broker, "consume", "load", "-g", "readers", "-e").done();
    }
    Shell.Ended ended =
        Shell.run("backup", "--data", data.toString(), "--to", backup.toString(), "--json").done();
    assertThat(ended.out())
        .matches(
            "\\{\"from\":\".*data\",\"to\":\".*zip\",\"files\":\\d+,\"bytes\":\\d+,"
                + "\"seconds\":[0-9.E-]+}\n");
    assertThat(Shell.run("restore", backup.toString(), "--data", restored.toString()).done().out())
        .startsWith("restored " + backup + " to " + restored + ": ");
    try (Millrace again = busy(restored).start()) {
      assertThat(keys(again, "load")).isEqualTo(all);
      assertThat(on(again, "consume", "load", "-g", "readers", "-e").done().out()).isEmpty();
    }
  }

  @Test
  void aBrokerThatWasKilledIsBackedUpAsItsRecoveryWouldFindIt() throws IOException {
    Path copy = directory.resolve("killed");
    try (Millrace broker = busy(data).start()) {
      on(broker, "topic", "create", "load").done();
      try (Load load = new Load(broker, "load")) {
        load.untilAcknowledged(500);
      }
      Set<String> all = keys(broker, "load");
      copy(data, copy); // what a kill would leave
      Shell.run("backup", "--data", copy.toString(), "--to", backup.toString()).done();
      Shell.run("restore", backup.toString(), "--data", restored.toString()).done();
      try (Millrace again = Millrace.in(restored).start()) {
        assertThat(keys(again, "load")).isEqualTo(all);
      }
    }
  }

  @Test
  void theJournalMayBeElsewhere() throws IOException {
    Path journal = directory.resolve("journal");
    Path restoredJournal = directory.resolve("restored-journal");
    Set<String> all;
    try (Millrace broker = busy(data).journals(journal).start()) {
      on(broker, "topic", "create", "load").done();
      try (Load load = new Load(broker, "load")) {
        load.untilAcknowledged(500);
      }
      all = keys(broker, "load");
      Shell.run("backup", "--data", data.toString(), "--to", backup.toString())
          .failed(Exit.CONFIGURATION, "there is no journal in ");
      assertThat(backup).doesNotExist();
      Shell.run(
              "backup",
              "--data",
              data.toString(),
              "--journal",
              journal.toString(),
              "--to",
              backup.toString())
          .done();
    }
    Shell.run(
            "restore",
            backup.toString(),
            "--data",
            restored.toString(),
            "--journal",
            restoredJournal.toString())
        .done();
    try (Millrace again = Millrace.in(restored).journals(restoredJournal).start()) {
      assertThat(keys(again, "load")).isEqualTo(all);
    }
  }

  @Test
  void whatIsNoDataDirectoryIsRefused() throws IOException {
    Shell.run("backup", "--data", data.toString(), "--to", backup.toString())
        .failed(Exit.CONFIGURATION, "there is no data directory");
    Files.createDirectory(data);
    Shell.run("backup", "--data", data.toString(), "--to", backup.toString())
        .failed(Exit.CONFIGURATION, "is not a Millrace data directory");
    Shell.run("backup", "--data", data.toString()).failed(Exit.USAGE, "--to");
    assertThat(backup).doesNotExist();
  }

  @Test
  void nothingIsOverwritten() throws IOException {
    makeBackup();
    Shell.run("backup", "--data", data.toString(), "--to", backup.toString())
        .failed(Exit.CONFIGURATION, backup + " exists already");
    Shell.run("backup", "--data", data.toString(), "--to", directory + "/no/such/file")
        .failed(Exit.CONFIGURATION, "there is no directory");
    Shell.run("backup", "--data", data.toString(), "--to", data + "/file")
        .failed(Exit.CONFIGURATION, "cannot be written into what it is a copy of");
    Shell.run("restore", backup.toString(), "--data", data.toString())
        .failed(Exit.CONFIGURATION, data + " is not empty: nothing was changed");
    Shell.run("restore", backup.toString(), "--data", backup.toString())
        .failed(Exit.CONFIGURATION, "is a file, not a directory");
    Path foreign = Files.createDirectory(directory.resolve("restored.restoring"));
    Shell.run("restore", backup.toString(), "--data", restored.toString())
        .failed(Exit.CONFIGURATION, foreign + " is in the way");
    assertThat(foreign).exists();
    Files.delete(foreign);
    Files.createDirectory(restored);
    Shell.run("restore", backup.toString(), "--data", restored.toString()).done();
  }

  @Test
  void whatAKilledRestoreLeftIsRemoved() throws IOException {
    makeBackup();
    Path left = Files.createDirectory(directory.resolve("restored.restoring"));
    Files.createFile(left.resolve("millrace.restoring"));
    Files.createFile(left.resolve("half"));
    Shell.run("restore", backup.toString(), "--data", restored.toString()).done();
    assertThat(left).doesNotExist();
    assertThat(restored.resolve("half")).doesNotExist();
  }

  @Test
  void whatAKilledBackupLeftIsRemoved() throws IOException {
    makeBackup();
    Path left = Files.createDirectory(data.resolve("millrace.backup-1-1"));
    Files.createFile(left.resolve("lock"));
    Path copies = Files.createDirectory(directory.resolve("backup.zip2.journals-1-1"));
    Shell.run("backup", "--data", data.toString(), "--to", backup + "2").done();
    assertNothingIsLeft(data);
    assertThat(copies).doesNotExist();
  }

  @Test
  void everyFlippedByteIsFoundAndLeavesNothing() throws IOException {
    makeBackup();
    byte[] good = Files.readAllBytes(backup);
    for (int at = 0; at < good.length; at += good.length / 60) {
      byte[] bad = good.clone();
      bad[at] ^= 0x10;
      Files.write(backup, bad);
      Shell.Ended ended = Shell.run("restore", backup.toString(), "--data", restored.toString());
      if (ended.exit() == Exit.DONE) {
        // A byte that says nothing about the content, as the time of a zip entry.
        try (Millrace again = Millrace.in(restored).start()) {
          assertThat(keys(again, "load")).hasSize(100);
        }
        delete(restored);
        continue;
      }
      ended.failed(Exit.CONFIGURATION, "millrace: ");
      assertThat(restored).doesNotExist();
      assertThat(directory.resolve("restored.restoring")).doesNotExist();
    }
  }

  @Test
  void aBackupThatIsCutOffIsRefused() throws IOException {
    makeBackup();
    byte[] good = Files.readAllBytes(backup);
    for (int bytes : new int[] {0, 100, good.length / 2, good.length - 10}) {
      Files.write(backup, java.util.Arrays.copyOf(good, bytes));
      Shell.run("restore", backup.toString(), "--data", restored.toString())
          .failed(Exit.CONFIGURATION, "is not a backup, or is cut off");
      assertThat(restored).doesNotExist();
    }
    Shell.run("restore", directory + "/none", "--data", restored.toString())
        .failed(Exit.CONFIGURATION, "there is no file");
  }

  @Test
  void anArchiveThatIsNoBackupIsRefused() throws IOException {
    archive("other", "text");
    Shell.run("restore", backup.toString(), "--data", restored.toString())
        .failed(Exit.CONFIGURATION, "has no manifest");
    archive("manifest", "millrace backup 2\nmade 2026-01-31T12:00:00Z\nfiles 0\n");
    Shell.run("restore", backup.toString(), "--data", restored.toString())
        .failed(Exit.CONFIGURATION, "format version 2; this version of Millrace reads up to 1");
    String sha = "0".repeat(64);
    for (String path : List.of("../outside", "/outside", "a/../../outside", "a\\b")) {
      archive(
          "manifest",
          "millrace backup 1\nmade 2026-01-31T12:00:00Z\nfiles 1\n" + sha + " 0 " + path + "\n");
      Shell.run("restore", backup.toString(), "--data", restored.toString())
          .failed(Exit.CONFIGURATION, "names a file outside the data directory");
    }
    archive(
        "manifest",
        "millrace backup 1\nmade 2026-01-31T12:00:00Z\nfiles 1\n" + sha + " 0 missing\n");
    Shell.run("restore", backup.toString(), "--data", restored.toString())
        .failed(Exit.CONFIGURATION, "does not hold the files that its manifest names");
    assertThat(restored).doesNotExist();
  }

  @Test
  void aDamagedJournalIsNotBackedUp() throws IOException {
    makeBackup();
    Files.delete(backup);
    Path copy = directory.resolve("damaged");
    try (Millrace broker = Millrace.in(data).start()) {
      try (Load load = new Load(broker, "load")) {
        load.untilAcknowledged(500);
      }
      copy(data, copy);
    }
    Path journal = spoilLastJournal(copy);
    Shell.run("backup", "--data", copy.toString(), "--to", backup.toString())
        .failed(Exit.CONFIGURATION, "is missing or damaged, though it had been synced");
    assertThat(backup).doesNotExist();
    Shell.run("log", "dump", journal.toString()).failed(Exit.REFUSED, "1 damaged place");
  }

  /** Without its header a file says nothing of its entries, which must not pass for none. */
  @Test
  void aJournalWithoutItsHeaderIsNotBackedUp() throws IOException {
    Path copy = directory.resolve("headless");
    try (Millrace broker = Millrace.in(directory.resolve("fresh")).start()) {
      try (Load load = new Load(broker, "load")) {
        load.untilAcknowledged(500);
      }
      copy(directory.resolve("fresh"), copy);
    }
    List<Path> journals;
    try (Stream<Path> files = Files.walk(copy)) {
      journals = files.filter(file -> file.toString().endsWith(".journal")).toList();
    }
    for (Path journal : journals) {
      try (RandomAccessFile file = new RandomAccessFile(journal.toFile(), "rw")) {
        file.seek(20);
        int there = file.read();
        file.seek(20);
        file.write(there ^ 0x41);
      }
    }
    Shell.run("backup", "--data", copy.toString(), "--to", backup.toString())
        .failed(Exit.CONFIGURATION, "the header of ", " is damaged", "had been synced");
    assertThat(backup).doesNotExist();
    Shell.run("log", "dump", copy.toString()).failed(Exit.REFUSED, "1 damaged place");
  }

  /** Flips a bit in the header of an entry in the middle of the last journal file. */
  private static Path spoilLastJournal(Path data) throws IOException {
    Disk disk = new LocalDisk();
    Path last = data;
    long lastId = -1;
    long position = 0;
    List<Path> journals;
    try (Stream<Path> files = Files.walk(data)) {
      journals = files.filter(file -> file.toString().endsWith(".journal")).toList();
    }
    for (Path journal : journals) {
      try (JournalReader reader = new JournalReader(disk, journal)) {
        List<Long> positions = new ArrayList<>();
        for (JournalReader.EntryFound entry; (entry = reader.next()) != null; ) {
          positions.add(entry.position());
        }
        if (positions.size() > 10 && reader.header().id() > lastId) {
          last = journal;
          lastId = reader.header().id();
          position = positions.get(positions.size() / 2);
        }
      }
    }
    byte[] bytes = Files.readAllBytes(last);
    bytes[(int) position + 40] ^= 1;
    Files.write(last, bytes);
    return last;
  }

  /** A data directory with 100 records and a backup of it. */
  private void makeBackup() throws IOException {
    try (Millrace broker = Millrace.in(data).set("journal.file.bytes", "65536").start()) {
      on(broker, "topic", "create", "load").done();
      Path lines = directory.resolve("lines");
      List<String> all = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        all.add(i + " line");
      }
      Files.write(lines, all);
      on(broker, "produce", "load", "--file", lines.toString(), "-k", " ").done();
      Shell.run("backup", "--data", data.toString(), "--to", backup.toString()).done();
    }
    try (ZipFile zip = new ZipFile(backup.toFile())) {
      assertThat(zip.getEntry("millrace.meta")).isNotNull();
    }
  }

  private void archive(String name, String text) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(backup))) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
  }

  private void assertNothingIsLeft(Path data) throws IOException {
    try (Stream<Path> entries = Files.list(data)) {
      assertThat(entries.map(entry -> entry.getFileName().toString()))
          .noneMatch(name -> name.startsWith("millrace.backup"));
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> entries = Files.walk(from)) {
      for (Path entry : entries.toList()) {
        Path target = to.resolve(from.relativize(entry).toString());
        if (Files.isDirectory(entry)) {
          Files.createDirectories(target);
        } else {
          Files.copy(entry, target, java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> entries = Files.walk(directory)) {
      for (Path entry : entries.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(entry);
      }
    }
  }
}
