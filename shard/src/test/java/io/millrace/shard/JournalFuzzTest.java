package io.millrace.shard;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.millrace.log.MemoryDisk;
import io.millrace.log.SimulatedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever is in a journal file or in a snapshot is read, or refused in one of the announced ways.
 * Part of the build with a real journal, a real snapshot and random changes to them; {@code
 * JAZZER_FUZZ=1 mvn -pl shard test -Dtest=JournalFuzzTest#aJournal*} searches further.
 */
class JournalFuzzTest {

  private static final Path DIRECTORY = Path.of("/fuzz");
  private static final Path FILE = DIRECTORY.resolve("000001.journal");

  /** The files of a shard after some work, those of the journal cut to what was used. */
  private static List<byte[]> files(String directory, String ending) throws IOException {
    SimulatedDisk disk = new SimulatedDisk();
    ShardUnderTest it = ShardUnderTest.recovered(disk);
    for (int i = 0; i < 6; i++) {
      it.append(i % 2, TestBatch.of("record " + i, 1, 5, (short) 0, i / 2));
      String value = "value " + i;
      it.shard.execute(s -> it.register.set(s, "name", value, () -> {}));
      it.turnUntilIdle();
    }
    it.shard.execute(s -> s.trim(it.log(0), 1, () -> {}));
    it.shard.execute(s -> s.dropTopic(ShardUnderTest.TOPIC, 1, () -> {}));
    it.clock.advanceMs(2000);
    it.shard.execute(s -> s.expireProducers(it.shard.logs(), it.clock.millis() - 1000));
    it.turnUntilIdle();
    if (ending.equals(".snapshot")) {
      it.shard.close();
    }
    List<byte[]> found = new ArrayList<>();
    Path own = ShardUnderTest.DATA.resolve("shards/0").resolve(directory);
    for (String name : disk.list(own)) {
      if (name.endsWith(ending)) {
        byte[] bytes = disk.contents(own.resolve(name));
        found.add(Arrays.copyOf(bytes, Math.min(bytes.length, 10 * EntryCodec.ALIGNMENT)));
      }
    }
    assertThat(found).isNotEmpty();
    return found;
  }

  static Stream<byte[]> journals() throws IOException {
    return files("journal", ".journal").stream();
  }

  static Stream<byte[]> snapshots() throws IOException {
    return files("snapshots", ".snapshot").stream();
  }

  @MethodSource("journals")
  @FuzzTest(maxDuration = "3m")
  void aJournalIsReadOrRefused(byte[] data) throws IOException {
    readJournal(data);
    readJournal(withChecksums(data));
  }

  @MethodSource("snapshots")
  @FuzzTest(maxDuration = "3m")
  void aSnapshotIsReadOrRefused(byte[] data) throws IOException {
    readSnapshot(data);
    byte[] mended = data.clone();
    if (data.length >= 48) {
      ByteBuffer bytes = ByteBuffer.wrap(mended);
      bytes.putInt(0, Snapshot.MAGIC).putShort(4, Snapshot.VERSION).putShort(6, (short) 0);
      bytes.putInt(28, 0).putLong(40, data.length - 48);
      CRC32C crc = new CRC32C();
      crc.update(mended);
      bytes.putInt(28, (int) crc.getValue());
      readSnapshot(mended);
    }
  }

  @Test
  void randomChangesToAJournalAreReadOrRefused() throws IOException {
    Random random = new Random(11);
    List<byte[]> golden = journals().toList();
    for (int i = 0; i < 3000; i++) {
      aJournalIsReadOrRefused(changed(golden.get(random.nextInt(golden.size())), random));
    }
  }

  @Test
  void randomChangesToASnapshotAreReadOrRefused() throws IOException {
    Random random = new Random(12);
    byte[] golden = snapshots().toList().get(0);
    for (int i = 0; i < 20_000; i++) {
      aSnapshotIsReadOrRefused(changed(golden, random));
    }
  }

  private static byte[] changed(byte[] golden, Random random) {
    byte[] changed = golden.clone();
    for (int n = random.nextInt(5); n >= 0; n--) {
      // Mostly where something stands: at the beginning of a block.
      int block = random.nextInt(changed.length) / EntryCodec.ALIGNMENT * EntryCodec.ALIGNMENT;
      int at = Math.min(changed.length - 1, block + random.nextInt(200));
      changed[at] =
          random.nextBoolean()
              ? (byte) random.nextInt()
              : (byte) (changed[at] ^ 1 << random.nextInt(8));
    }
    return random.nextInt(8) == 0
        ? Arrays.copyOf(changed, random.nextInt(changed.length))
        : changed;
  }

  /** The same with every header's checksum mended, so that what it says is believed. */
  private static byte[] withChecksums(byte[] data) {
    ByteBuffer bytes = ByteBuffer.wrap(data.clone());
    if (data.length >= 28) {
      CRC32C crc = new CRC32C();
      crc.update(bytes.slice(0, 24));
      bytes.putInt(24, (int) crc.getValue());
    }
    for (int at = EntryCodec.ALIGNMENT;
        at + EntryCodec.FIXED_BYTES <= data.length;
        at += EntryCodec.ALIGNMENT) {
      int headerBytes = bytes.getInt(at + 8);
      if (headerBytes >= EntryCodec.FIXED_BYTES && headerBytes <= data.length - at) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(at + 8, headerBytes - 8));
        bytes.putInt(at + 4, (int) crc.getValue());
      }
    }
    return bytes.array();
  }

  private static MemoryDisk diskWith(Path file, byte[] data) throws IOException {
    MemoryDisk disk = new MemoryDisk(1L << 30);
    disk.createDirectories(DIRECTORY);
    disk.open(file, MemoryDisk.Mode.CREATE).write(ByteBuffer.wrap(data), 0);
    return disk;
  }

  private static void readJournal(byte[] data) throws IOException {
    MemoryDisk disk = diskWith(FILE, data);
    JournalScan scan = new JournalScan(disk, DIRECTORY, 1);
    try {
      scan.scan(0);
      long first = scan.dropTornTail();
      assertThat(scan.entries).hasSizeLessThan(1 + data.length / EntryCodec.ALIGNMENT);
      assertThat(scan.lastIndex()).isEqualTo(scan.entries.size());
      assertThat(first).isBetween(0L, scan.lastIndex() + 1);
    } catch (DamagedJournalException | NewerFormatException announced) {
      assertThat(announced).hasMessageContaining(DIRECTORY.toString());
    }
    try (JournalReader reader = new JournalReader(disk, FILE)) {
      while (reader.next() != null) {
        continue;
      }
      reader.ending();
    } catch (DamagedJournalException announced) {
      assertThat(announced).hasMessageContaining(FILE.toString());
    }
  }

  private static void readSnapshot(byte[] data) throws IOException {
    MemoryDisk disk = diskWith(Snapshot.path(DIRECTORY, 1), data);
    try {
      for (Snapshot.Part part : Snapshot.read(disk, DIRECTORY, 0, 1).items()) {
        part.log();
      }
    } catch (SnapshotException | NewerFormatException | IllegalStateException announced) {
      assertThat(announced.getMessage()).isNotEmpty();
    }
  }
}
