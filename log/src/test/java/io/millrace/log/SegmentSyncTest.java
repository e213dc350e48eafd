package io.millrace.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.TestBatches.TextRecord;
import io.millrace.record.Compression;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was written is synced by the next checkpoint, whatever was synced or closed meanwhile. */
class SegmentSyncTest {

  private final SimulatedDisk disk = new SimulatedDisk();
  private final LogUnderTest it =
      new LogUnderTest(disk, new LogSettings(1 << 20, Long.MAX_VALUE / 2, 0, 4096, false));

  private static ByteBuffer batch(long offset) {
    List<TextRecord> records = List.of(new TextRecord(offset, 1000, "key", "record " + offset));
    return TestBatches.batch(records, Compression.NONE);
  }

  private void assertCheckpointHoldsAll() throws IOException {
    it.checkpoint();
    for (int seed = 0; seed < 20; seed++) {
      LogUnderTest after = it.afterCrash(new Random(seed));
      for (long offset = 0; offset < it.log.endOffset(); offset++) {
        LogRead read = after.log.read(offset, 1, true);
        assertThat(read).isInstanceOf(LogRead.Found.class);
        for (var found : TestBatches.batches((LogRead.Found) read)) {
          assertThat(found.hasValidCrc()).isTrue();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aWriteThatASyncOvertookIsSyncedByTheNextCheckpoint(boolean wholeFileSystem)
      throws IOException {
    disk.canSyncFileSystem(wholeFileSystem);
    it.append(batch(0), 1000);
    LogStore.Changes earlier = it.store.takeChanges();
    disk.beforeNextWrite(earlier::sync);
    it.append(batch(1), 1000);
    assertCheckpointHoldsAll();
  }

  @Test
  void aWriteToAFileThatIsBeingClosedIsSyncedByTheNextCheckpoint() throws IOException {
    it.append(batch(0), 1000);
    it.store.openFiles().closeIdle();
    disk.beforeNextWrite(() -> {
      it.store.openFiles().closeIdle();
      it.store.openFiles().closeIdle();
    });
    it.append(batch(1), 1000);
    assertCheckpointHoldsAll();
  }

  @Test
  void theCutOfASegmentThatIsRolledAtOnceIsSyncedByTheNextCheckpoint() throws IOException {
    it.append(batch(0), 1000);
    it.checkpoint();
    it.append(batch(1), 1000);
    Path segment = it.store.segmentPath(LogUnderTest.ID, 0);
    byte[] lengthWithoutData = new byte[disk.contents(segment).length];
    System.arraycopy(disk.contents(segment), 0, lengthWithoutData, 0, batch(0).remaining());
    disk.overwrite(segment, lengthWithoutData);
    LogSettings smaller = new LogSettings(1, Long.MAX_VALUE / 2, 0, 4096, false);
    LogUnderTest rolled = it.recoveredOn(disk.afterCrash(new Random(0)), smaller);
    assertThat(rolled.bases()).containsExactly(0L, 1L);
    rolled.checkpoint();
    for (int seed = 0; seed < 20; seed++) {
      LogUnderTest after = rolled.afterCrash(new Random(seed));
      assertThat(TestBatches.readAll(after.log, 1 << 20)).hasSize(2);
    }
  }
}
