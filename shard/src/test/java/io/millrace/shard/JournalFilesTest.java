package io.millrace.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.Disk;
import io.millrace.log.DiskFile;
import io.millrace.log.MemoryDisk;
import io.millrace.log.OpenFiles;
import io.millrace.log.SimulatedDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JournalFilesTest {

  private static final long MIB = 1 << 20;
  private static final Path FIRST = Path.of("/data/shards/0/journal/000001.journal");

  private static JournalFiles files(Disk disk) {
    return new JournalFiles(
        ShardFiles.in(disk, Path.of("/data"), Path.of("/data"), 0, new OpenFiles(4)),
        0,
        new JournalSettings(16 * MIB, MIB, 64 * MIB, 128 * MIB, 256 * MIB),
        new Surroundings(new ManualClock(), new Random(1), Runnable::run, failure -> {}));
  }

  private static long bytes(Disk disk) throws IOException {
    try (DiskFile file = disk.open(FIRST, Disk.Mode.READ)) {
      return file.size();
    }
  }

  @Test
  void aSpareIsPreparedAQuarterOfAFileAhead() throws IOException {
    Disk disk = new MemoryDisk(1 << 30);
    JournalFiles files = files(disk);
    files.keepAhead(0, 16 * MIB);
    assertThat(bytes(disk)).isEqualTo(4 * MIB);
    files.keepAhead(MIB / 2, MIB);
    assertThat(bytes(disk)).isEqualTo(12 * MIB);
    files.keepAhead(15 * MIB, 16 * MIB);
    assertThat(bytes(disk)).isEqualTo(16 * MIB);
    JournalFile next = files.nextUnsealed(4096);
    assertThat(next.path()).isEqualTo(FIRST);
    assertThat(next.capacity()).isEqualTo(16 * MIB);
  }

  @Test
  void anIdIsGreaterThanTheLastOneAndCannotBeGuessedFromIt() {
    Random random = new Random(7);
    long ofAnOldVersion = 12;
    long first = JournalFile.idAfter(ofAnOldVersion, random);
    long second = JournalFile.idAfter(first, random);
    assertThat(first).isGreaterThan(ofAnOldVersion);
    assertThat(second).isGreaterThan(first);
    assertThat(JournalFile.idAfter(first, random)).isGreaterThan(first).isNotEqualTo(second);
    assertThat(Math.abs((long) (int) second - (int) first)).isGreaterThan(1000);
  }

  @Test
  void whatWasNotReadyInTimeBecomesTheSpareAfterTheNext() throws IOException {
    Disk disk = new MemoryDisk(1 << 30);
    JournalFiles files = files(disk);
    files.keepAhead(0, 16 * MIB);
    JournalFile small = files.nextUnsealed(4096);
    assertThat(small.path()).isNotEqualTo(FIRST);
    assertThat(small.capacity()).isEqualTo(MIB);
    files.keepAhead(MIB, MIB);
    assertThat(files.nextUnsealed(4096).path()).isEqualTo(FIRST);
  }

  @Test
  void aDiskThatFailsMeanwhileIsAskedAgainForTheNextFile() throws IOException {
    SimulatedDisk disk = new SimulatedDisk();
    JournalFiles files = files(disk);
    disk.failSyncAt(3);
    files.keepAhead(0, 16 * MIB);
    files.keepAhead(15 * MIB, 16 * MIB);
    assertThat(bytes(disk)).isLessThan(16 * MIB);
    JournalFile next = files.nextUnsealed(4096);
    files.keepAhead(MIB, MIB);
    assertThat(files.nextUnsealed(4096).capacity()).isEqualTo(16 * MIB);
    assertThat(next.capacity()).isLessThan(16 * MIB);
  }
}
