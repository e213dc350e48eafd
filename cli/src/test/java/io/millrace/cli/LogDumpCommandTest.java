package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.Millrace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class LogDumpCommandTest {

  /** What a broker has written, once for all tests: each has a copy. */
  @TempDir static Path written;

  @TempDir Path data;

  @BeforeEach
  void copyData() throws IOException {
    try (Stream<Path> files = Files.walk(written)) {
      for (Path from : files.toList()) {
        Path to = data.resolve(written.relativize(from).toString());
        if (Files.isDirectory(from)) {
          Files.createDirectories(to);
        } else {
          Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  /** Three batches of two records each, and an idempotent producer. */
  @BeforeAll
  static void makeData() {
    try (Millrace broker =
        Millrace.in(written)
            .set("journal.file.bytes", "65536")
            .set("group.initial.rebalance.delay.ms", "0")
            .start()) {
      String[] at = {"--server", broker.kafka()};
      Shell.run("topic", "create", "orders", at[0], at[1]).done();
      for (int i = 0; i < 3; i++) {
        Shell.runWith(
                "k" + i + ":first\nk" + i + ":second " + i,
                "produce",
                "orders",
                "-k",
                ":",
                "--header",
                "h=1",
                at[0],
                at[1])
            .done();
      }
      Shell.run("consume", "orders", "-g", "readers", "-e", at[0], at[1]).done();
    }
  }

  private Path file(String suffix) throws IOException {
    try (Stream<Path> files = Files.walk(data)) {
      return files
          .filter(file -> file.toString().endsWith(suffix))
          .max(java.util.Comparator.comparing(file -> file.toFile().lastModified()))
          .orElseThrow();
    }
  }

  /** The journal file that holds the entries. */
  private Path journal() throws IOException {
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".journal")).toList()) {
        if (dump(file).done().out().contains("entry index=")) {
          return file;
        }
      }
    }
    throw new AssertionError("no journal has entries");
  }

  private static Shell.Ended dump(Path path, String... options) {
    return Shell.run(
        Stream.concat(Stream.of("log", "dump", path.toString()), Stream.of(options))
            .toArray(String[]::new));
  }

  private static void spoil(Path file, int position, int... values) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < values.length; i++) {
      bytes[position + i] = (byte) values[i];
    }
    Files.write(file, bytes);
  }

  /** Where a text that a dump line has is, as a number behind a name. */
  private static int number(String line, String name) {
    int at = line.indexOf(" " + name + "=") + name.length() + 2;
    int end = line.indexOf(' ', at);
    return Integer.parseInt(end < 0 ? line.substring(at) : line.substring(at, end));
  }

  private static List<String> lines(Shell.Ended ended, String kind) {
    return ended.lines().stream().filter(line -> line.strip().startsWith(kind + " ")).toList();
  }

  @Test
  void aSegmentIsShownBatchByBatch() throws IOException {
    Shell.Ended ended = dump(file(".log")).done();
    List<String> batches = lines(ended, "batch");
    assertThat(batches).hasSize(3);
    assertThat(batches.get(1))
        .startsWith("  batch first=2 last=3 records=2 bytes=")
        .contains(" compression=none ", " producer=", " sequence=0 ", " intact=true");
    assertThat(lines(ended, "record")).isEmpty();
  }

  @Test
  void recordsAreShownWhereTheyAreAsked() throws IOException {
    List<String> records = lines(dump(file(".log"), "--records").done(), "record");
    assertThat(records).hasSize(6);
    assertThat(records.get(3))
        .startsWith("    record offset=3 time=20")
        .endsWith(" key=k1 value=second 1 headers=h:1");
  }

  @Test
  void aDirectoryWithNothingOfOursIsSaidSo(@TempDir Path foreign) throws IOException {
    Files.writeString(foreign.resolve("hosts"), "localhost");
    Files.createDirectory(foreign.resolve("empty"));
    dump(foreign).failed(Exit.CONFIGURATION, "nothing in " + foreign + " is ours", ".journal");
  }

  @Test
  void jsonIsADocumentALine() throws IOException {
    List<String> documents = dump(file(".log"), "--records", "--json").done().lines();
    assertThat(documents).hasSize(1 + 3 + 6).allMatch(d -> d.startsWith("{\"kind\":\""));
    assertThat(documents.get(2))
        .contains("\"kind\":\"record\",\"offset\":0", "\"key\":\"k0\",\"value\":\"first\"");
    assertThat(String.join("\n", documents))
        .contains("\"headers\":[{\"name\":\"h\",\"value\":\"1\"}]");
  }

  @Test
  void theJournalIsShownEntryByEntry() throws IOException {
    Shell.Ended ended = dump(journal(), "--records").done();
    assertThat(ended.lines().getFirst()).startsWith("journal file=").contains(" shard=0 id=");
    assertThat(lines(ended, "entry").getFirst()).contains("index=1 position=4096");
    assertThat(lines(ended, "change")).anyMatch(line -> line.contains("of=topics"));
    assertThat(lines(ended, "change")).anyMatch(line -> line.contains("of=groups"));
    assertThat(lines(ended, "batch")).hasSize(3).allMatch(line -> line.contains("intact=true"));
    assertThat(lines(ended, "record")).hasSize(6);
    assertThat(lines(ended, "end")).hasSize(1);
  }

  @Test
  void theSnapshotIsShownWithTheStateOfTheBroker() throws IOException {
    Shell.Ended ended = dump(file(".snapshot")).done();
    assertThat(lines(ended, "log").getFirst()).contains("partition=0 start=0 end=6 ");
    assertThat(ended.out()).contains("topic orders id=", "group readers ", "producer ids from ");
    assertThat(dump(file(".snapshot-copy")).done().lines()).hasSize(ended.lines().size());
  }

  @Test
  void aWholeDataDirectoryIsShown() {
    Shell.Ended ended = dump(data).done();
    for (String kind : List.of("segment", "journal", "snapshot", "replay")) {
      assertThat(lines(ended, kind)).as(kind).isNotEmpty();
    }
  }

  @Test
  void aBatchWithAFlippedBitIsNamed() throws IOException {
    Path log = file(".log");
    int position = number(lines(dump(log), "batch").get(1), "position");
    spoil(log, position + 80, 0xff);
    Shell.Ended ended = dump(log).failed(Exit.REFUSED, "millrace: 1 damaged place");
    assertThat(lines(ended, "batch")).hasSize(3);
    assertThat(lines(ended, "DAMAGED"))
        .containsExactly(
            "DAMAGED "
                + log
                + " at position "
                + position
                + ": the checksum of the batch at offset 2 is wrong: its records are not to be"
                + " trusted");
  }

  @Test
  void theNextBatchIsFoundBehindAHeaderThatIsNone() throws IOException {
    Path log = file(".log");
    List<String> batches = lines(dump(log), "batch");
    int second = number(batches.get(1), "position");
    int third = number(batches.get(2), "position");
    spoil(log, second + 16, 9);
    Shell.Ended ended = dump(log).failed(Exit.REFUSED);
    assertThat(lines(ended, "DAMAGED").getFirst())
        .endsWith(
            "at position "
                + second
                + ": no batch begins here; the next batch begins at position "
                + third);
    assertThat(lines(ended, "batch")).hasSize(2);
    spoil(log, second + 16, 2);
    spoil(log, second + 8, 0x7f, 0xff, 0xff, 0x00);
    assertThat(lines(dump(log).failed(Exit.REFUSED), "DAMAGED").getFirst()).contains("is cut off");
  }

  @Test
  void aBaseOffsetThatIsTooHighDoesNotHideTheNextBatch() throws IOException {
    Path log = file(".log");
    int second = number(lines(dump(log), "batch").get(1), "position");
    spoil(log, second, 0x40);
    Shell.Ended ended = dump(log).failed(Exit.REFUSED, "millrace: 1 damaged place");
    assertThat(lines(ended, "DAMAGED").getFirst())
        .contains("at position " + second + ": the batch says that it begins at offset ");
    assertThat(lines(ended, "batch").getLast()).contains("first=4 last=5", "intact=true");
  }

  @Test
  void aSegmentThatIsCutOffIsNamed() throws IOException {
    Path log = file(".log");
    byte[] bytes = Files.readAllBytes(log);
    Files.write(log, java.util.Arrays.copyOf(bytes, bytes.length - 3));
    assertThat(lines(dump(log).failed(Exit.REFUSED), "DAMAGED").getFirst())
        .contains("is cut off after ", "nothing readable follows");
    Files.write(log, new byte[0]);
    dump(log).done();
  }

  @Test
  void aSyncedEntryThatIsGoneIsNamed() throws IOException {
    Path journal = journal();
    int position = number(lines(dump(journal), "entry").get(1), "position");
    spoil(journal, position + 20, 0xff);
    assertThat(lines(dump(journal).failed(Exit.REFUSED), "DAMAGED").getFirst())
        .contains("at position " + position + ": entry 2 is not intact, and the entry at position");
  }

  @Test
  void theLastEntryMayBeTorn() throws IOException {
    Path journal = journal();
    List<String> entries = lines(dump(journal), "entry");
    int position = number(entries.getLast(), "position");
    spoil(journal, position + 20, 0xff);
    Shell.Ended ended = dump(journal).done();
    assertThat(lines(ended, "entry")).hasSize(entries.size() - 1);
    assertThat(lines(ended, "end").getFirst()).contains("position=" + position);
  }

  @Test
  void aSnapshotAndAnIndexThatAreDamagedAreNamed() throws IOException {
    Path snapshot = file(".snapshot");
    spoil(snapshot, 60, 0x7f, 0x7f);
    assertThat(dump(snapshot).failed(Exit.REFUSED).out()).contains("DAMAGED ", "checksum is wrong");
    Path index = snapshot.resolveSibling("00000000000000000000.index");
    Files.write(index, new byte[100]);
    assertThat(dump(index).failed(Exit.REFUSED).out())
        .contains("does not begin as an index does (it will be built again from its segment)");
  }

  @Test
  void indexesAreShownEntryByEntry() throws IOException {
    Path other = data.resolveSibling(data.getFileName() + "-rolled");
    try (Millrace broker = Millrace.in(other).start()) {
      String[] at = {"--server", broker.kafka()};
      Shell.run(
              "topic",
              "create",
              "rolled",
              "--set",
              "segment.bytes=1048576",
              "--set",
              "index.interval.bytes=100",
              at[0],
              at[1])
          .done();
      for (int i = 0; i < 4; i++) {
        Shell.runWith("x".repeat(400_000), "produce", "rolled", at[0], at[1]).done();
      }
    }
    try (Stream<Path> files = Files.walk(other)) {
      Path index = files.filter(f -> f.toString().endsWith(".index")).sorted().findFirst().get();
      Shell.Ended ended = dump(index).done();
      assertThat(ended.lines().getFirst()).contains(" base=0 ");
      assertThat(lines(ended, "entry").get(1)).startsWith("  entry offset=1 position=");
      Path times =
          index.resolveSibling(index.getFileName().toString().replace("index", "timeindex"));
      assertThat(lines(dump(times).done(), "entry").getFirst())
          .matches("  entry time=20.* offset=0");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {".log", ".journal", ".snapshot"})
  void noiseIsNamedAndNeverATrace(String suffix) throws IOException {
    Path file = suffix.equals(".journal") ? journal() : file(suffix);
    byte[] good = Files.readAllBytes(file);
    Random random = new Random(20260131);
    for (int round = 0; round < 200; round++) {
      byte[] bad = good.clone();
      int from = random.nextInt(Math.min(bad.length, 30_000));
      for (int i = from; i < Math.min(bad.length, from + 1 + random.nextInt(50)); i++) {
        bad[i] = (byte) random.nextInt();
      }
      Files.write(file, bad);
      Shell.Ended ended = dump(file, "--records");
      assertThat(ended.exit()).isIn(Exit.DONE, Exit.REFUSED);
      assertThat(ended.out() + ended.err()).doesNotContain("Exception", "\tat ", "INTERNAL");
      assertThat(ended.exit() == Exit.REFUSED).isEqualTo(ended.out().contains("DAMAGED "));
    }
  }

  @Test
  void whatIsNotThereOrNotOursIsRefused() throws IOException {
    dump(data.resolve("none")).failed(Exit.CONFIGURATION, "there is no file or directory");
    Path other = Files.writeString(data.resolve("other.txt"), "text");
    dump(other).failed(Exit.CONFIGURATION, "is none of ours", "Millrace's files end in");
    Shell.run("log", "dump").failed(Exit.USAGE, "PATH");
  }
}
