package io.millrace.log;

import io.millrace.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * A log with what its shard would do for it: a journal that repeats what came after the last
 * checkpoint, and checkpoints.
 */
final class LogUnderTest {

  static final LogId ID = new LogId(new UUID(7, 7), 0);
  private static final Path ROOT = Path.of("/data/logs");

  final SimulatedDisk disk;
  final LogStore store;
  final LogSettings settings;
  PartitionLog log;

  /** What is durable of this log beside its files. */
  private SavedLog saved;

  private long[] savedDamaged;
  private final List<Change> journal = new ArrayList<>();
  private List<TrimmedSegments> trimmed = new ArrayList<>();

  private sealed interface Change {
    record Append(ByteBuffer batch, long nowMs) implements Change {}

    record Trim(long start) implements Change {}
  }

  LogUnderTest(SimulatedDisk disk, LogSettings settings) {
    this(disk, settings, SavedLog.EMPTY, new long[0]);
  }

  private LogUnderTest(
      SimulatedDisk disk, LogSettings settings, SavedLog saved, long[] savedDamaged) {
    this.disk = disk;
    this.settings = settings;
    this.saved = saved;
    this.savedDamaged = savedDamaged;
    this.store = new LogStore(disk, ROOT, new OpenFiles(3));
    this.log = new PartitionLog(store, ID, settings, saved, savedDamaged);
  }

  /** Appends and lets readers see it. */
  void append(ByteBuffer batch, long nowMs) throws IOException {
    stage(batch, nowMs);
    log.flush();
  }

  /** Appends; {@link PartitionLog#flush} is to follow. */
  void stage(ByteBuffer batch, long nowMs) throws IOException {
    journal.add(new Change.Append(batch, nowMs));
    apply(new Change.Append(batch, nowMs));
  }

  private void apply(Change.Append append) throws IOException {
    ByteBuffer batch = append.batch;
    log.stage(
        RecordBatch.baseOffset(batch, batch.position()),
        RecordBatch.lastOffset(batch, batch.position()),
        RecordBatch.maxTimestamp(batch, batch.position()),
        batch.duplicate(),
        append.nowMs);
  }

  void trim(long start) throws IOException {
    log.flush();
    journal.add(new Change.Trim(start));
    trimmed.add(log.trim(start));
  }

  /** As a shard's: capture, sync, the snapshot is durable, then unlink. */
  void checkpoint() throws IOException {
    log.flush();
    SavedLog captured = log.save();
    LogStore.Changes changes = store.takeChanges();
    List<TrimmedSegments> gone = trimmed;
    trimmed = new ArrayList<>();
    changes.sync();
    saved = captured;
    savedDamaged = log.damagedRanges();
    journal.clear();
    store.checkpointFinished();
    for (TrimmedSegments segments : gone) {
      segments.delete();
    }
  }

  /** The log as the next run finds it after a crash now. */
  LogUnderTest afterCrash(RandomGenerator random) throws IOException {
    return recoveredOn(disk.afterCrash(random), settings);
  }

  /** The log as a run with other settings finds it on a disk. */
  LogUnderTest recoveredOn(SimulatedDisk after, LogSettings newSettings) throws IOException {
    LogUnderTest next = new LogUnderTest(after, newSettings, saved, savedDamaged);
    next.store.replaying(true);
    for (Change change : journal) {
      next.journal.add(change);
      switch (change) {
        case Change.Append append -> {
          next.apply(append);
          next.log.flush();
        }
        case Change.Trim trim -> next.trimmed.add(next.log.trim(trim.start));
      }
    }
    next.store.replaying(false);
    return next;
  }

  Path directory() {
    return store.directory(ID);
  }

  /** Base offsets of the segments there are. */
  List<Long> bases() throws IOException {
    return List.of(log.open()).stream().map(Segment::baseOffset).toList();
  }
}
