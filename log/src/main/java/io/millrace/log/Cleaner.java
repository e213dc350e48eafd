package io.millrace.log;

import io.millrace.record.CompressionException;
import io.millrace.record.CorruptBatchException;
import io.millrace.record.EndMarker;
import io.millrace.record.Record;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.record.RecordReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compaction: rewrites rolled segments so that of each key the last record is left, at its own
 * offset.
 *
 * <p>One pass over the part that was not cleaned yet collects the last offset of each key, as many
 * keys as the table holds; a second pass over everything up to there writes each segment anew,
 * small neighbours into one, without the records that a later one of the same key has superseded.
 *
 * <p><b>Tombstones</b> (records without a value) are kept until readers that are behind have had
 * time to see them: the first cleaning that meets one gives its batch a delete horizon, the first
 * after that time leaves it out (KIP-534).
 *
 * <p><b>What stays though no key asks for it.</b> A batch that loses all its records goes, except
 * the last of a segment, which stays without records, so that each segment reaches as far as it did
 * and a missing one is noticed. Kafka also keeps the last batch of each producer, because its
 * broker learns producer sequences from the log; here they live in snapshot and journal, so nothing
 * is kept for them. Records without a key stay: they come from a time when the topic was not
 * compacted, and nothing says that they are superseded.
 *
 * <p><b>Transactions.</b> Nothing from the first open one on is cleaned. Records of an aborted one
 * go; those of a committed one are records like others. A marker that commits goes: readers need
 * only those that abort, by which they know where to stop leaving out. These stay while the log
 * remembers their transactions, which it need not do once a cleaning has passed them; the next one
 * takes the markers.
 *
 * <p><b>What it may touch</b>: only segments that the last finished checkpoint took for rolled, see
 * {@link Segment#isBelowSnapshot}. So what a replay cuts and writes again is never something that
 * was cleaned, and a crash at any moment leaves either the old segments or the new one ({@link
 * Replacement}).
 *
 * <p>For one thread, except {@link #stop}.
 */
public final class Cleaner {

  private static final Logger LOG = LoggerFactory.getLogger(Cleaner.class);

  private final int keyBytesMax;
  private final int expandedBytesMax;
  private final long reserveBytes;
  private final Runnable betweenSegments;
  private volatile boolean stopped;

  /**
   * @param keyBytesMax memory for the table of keys while a log is cleaned; {@code
   *     log.cleaner.dedupe.buffer.size}
   * @param expandedBytesMax what a compressed batch may expand to
   * @param reserveBytes free disk space that it leaves alone
   * @param betweenSegments run after each segment, so that what else its thread has to do need not
   *     wait until a large log is cleaned
   */
  public Cleaner(
      int keyBytesMax, int expandedBytesMax, long reserveBytes, Runnable betweenSegments) {
    this.keyBytesMax = keyBytesMax;
    this.expandedBytesMax = expandedBytesMax;
    this.reserveBytes = reserveBytes;
    this.betweenSegments = betweenSegments;
  }

  /** What came of a look at a log. */
  public sealed interface Outcome {
    /** There is too little to clean. */
    record NotDue() implements Outcome {}

    /** There is something to clean once a checkpoint has finished. */
    record WaitsForCheckpoint() implements Outcome {}

    /** It was interrupted by {@link Cleaner#stop} or by a trim; the next call goes on. */
    record Interrupted() implements Outcome {}

    /**
     * It was cleaned.
     *
     * @param cleanedTo offset before which no key occurs twice now
     * @param bytesBefore bytes of the segments that were looked at
     * @param bytesAfter bytes of what is left of them
     */
    record Cleaned(long cleanedTo, long bytesBefore, long bytesAfter) implements Outcome {}

    /**
     * There is no room for the new segment beside the old ones.
     *
     * @param bytes what it may need, above the reserve
     */
    record NoRoom(long bytes) implements Outcome {}

    /** A record in it cannot be read; it should not be tried again in this run. */
    record Damaged(String what) implements Outcome {}

    Outcome NOT_DUE = new NotDue();
    Outcome WAITS_FOR_CHECKPOINT = new WaitsForCheckpoint();
    Outcome INTERRUPTED = new Interrupted();
  }

  /** Has a cleaning under way end soon, without a trace. Any thread. */
  public void stop() {
    stopped = true;
  }

  /**
   * Cleans a log if it is worth it.
   *
   * @param nowMs the time, by the clock that tombstones and lags are measured with
   * @throws IOException if the disk fails; the log is as it was, or as it should be, and need not
   *     be tried again in this run
   */
  public Outcome clean(PartitionLog log, CleaningRules rules, long nowMs) throws IOException {
    if (log.oldestMs() == Long.MAX_VALUE) {
      return Outcome.NOT_DUE; // nothing is rolled
    }
    try {
      CleaningPlan plan = CleaningPlan.of(log, rules, nowMs);
      if (!plan.due()) {
        return plan.waits() ? Outcome.WAITS_FOR_CHECKPOINT : Outcome.NOT_DUE;
      }
      return clean(log, plan, nowMs, nowMs + rules.deleteRetentionMs());
    } catch (SegmentGoneException e) {
      return Outcome.INTERRUPTED;
    } catch (CorruptSegmentException e) {
      log.searchDamaged(e);
      return new Outcome.Damaged(String.valueOf(e.getMessage()));
    } catch (CorruptBatchException | CompressionException e) {
      return new Outcome.Damaged(String.valueOf(e.getMessage()));
    }
  }

  private Outcome clean(PartitionLog log, CleaningPlan plan, long nowMs, long newHorizonMs)
      throws IOException {
    KeyOffsets keys = new KeyOffsets(keyBytesMax, plan.end() - plan.from());
    // Whatever was decided when the plan was made is in this.
    Stability stability = log.stability();
    long to = collect(plan, keys, stability);
    long before = 0;
    long after = 0;
    for (List<Segment> group : plan.groups(to, log.settings())) {
      GroupRewrite rewrite = new GroupRewrite(log, group, keys, stability, nowMs, newHorizonMs);
      if (!rewrite.hasRoom()) {
        return new Outcome.NoRoom(rewrite.bytesBefore());
      }
      long bytes = rewrite.run();
      if (bytes < 0 || stopped) {
        return Outcome.INTERRUPTED;
      }
      before += rewrite.bytesBefore();
      after += bytes;
      betweenSegments.run();
    }
    log.cleanerMark(new CleanerMark(to));
    LOG.debug("{}: cleaned up to offset {}, {} bytes to {}", log, to, before, after);
    return new Outcome.Cleaned(to, before, after);
  }

  // --- the first pass ---

  /**
   * Collects the last offset of each key.
   *
   * @return offset up to which every key is in the table
   */
  private long collect(CleaningPlan plan, KeyOffsets keys, Stability stability) throws IOException {
    for (int i = 0; i < plan.segments().size() && !stopped; i++) {
      Segment segment = plan.segments().get(i);
      long position = segment.positionOf(Math.max(plan.from(), segment.baseOffset()));
      if (position < 0) {
        continue;
      }
      SegmentFile file = segment.acquire();
      try {
        BatchScan scan = segment.batchesFrom(file.file, position);
        while (!stopped && scan.next()) {
          if (!counts(scan.batch(), stability)) {
            continue;
          }
          long missing = collect(scan.batch(), plan.from(), keys);
          if (missing >= 0) {
            return missing;
          }
        }
      } finally {
        file.release();
      }
      betweenSegments.run();
    }
    return plan.end();
  }

  /** Offset of the first record whose key found no room, -1 if there is none. */
  private long collect(RecordBatch batch, long from, KeyOffsets keys) {
    try (RecordReader records = batch.records(expandedBytesMax)) {
      for (Record record : records) {
        ByteBuffer key = record.key();
        if (record.offset() >= from && key != null && !keys.put(key, record.offset())) {
          return record.offset();
        }
      }
    }
    return -1;
  }

  /** Whether the records of a batch supersede others: they are a user's, and not aborted. */
  private static boolean counts(RecordBatch batch, Stability stability) {
    boolean aborted =
        batch.isTransactional()
            && stability.abortedAt(batch.producerId(), batch.baseOffset()) != null;
    return !batch.isControl() && !aborted;
  }

  private static boolean isAbortMarker(RecordBatch batch) {
    return batch.isControl() && batch.recordCount() > 0 && !EndMarker.isCommit(batch);
  }

  /** Whether readers are told of the transaction that a marker aborted. */
  private static boolean isNeeded(RecordBatch marker, Stability stability) {
    return isAbortMarker(marker)
        && stability.abortedAt(marker.producerId(), marker.baseOffset()) != null;
  }

  // --- the second pass ---

  /** Writes neighbouring segments anew, as one. */
  private final class GroupRewrite {
    private final PartitionLog log;
    private final List<Segment> group;
    private final KeyOffsets keys;
    private final Stability stability;
    private final long nowMs;
    private final long newHorizonMs;
    private final Path path;
    private boolean changed;

    /** The last batch, without its records; null if the last batch kept some. */
    private @Nullable ByteBuffer emptyEnd;

    GroupRewrite(
        PartitionLog log,
        List<Segment> group,
        KeyOffsets keys,
        Stability stability,
        long nowMs,
        long newHorizonMs) {
      this.log = log;
      this.group = group;
      this.keys = keys;
      this.stability = stability;
      this.nowMs = nowMs;
      this.newHorizonMs = newHorizonMs;
      this.path = Replacement.cleanedPath(directory(), first().baseOffset());
      this.changed = group.size() > 1;
    }

    private Segment first() {
      return group.get(0);
    }

    private Path directory() {
      return log.store().directory(log.id());
    }

    long bytesBefore() {
      return group.stream().mapToLong(Segment::bytes).sum();
    }

    boolean hasRoom() throws IOException {
      return log.store().disk().usableBytes(directory()) - reserveBytes >= bytesBefore();
    }

    /**
     * @return bytes of what is there now; -1 if the segments were trimmed meanwhile or the cleaner
     *     was stopped
     */
    long run() throws IOException {
      CleanedFile[] made = new CleanedFile[1];
      boolean there =
          log.segmentList()
              .changeFiles(() -> made[0] = CleanedFile.create(log.store().disk(), path));
      if (!there) {
        return -1;
      }
      long bytes;
      try (CleanedFile out = made[0]) {
        for (Segment segment : group) {
          rewrite(segment, out);
        }
        if (emptyEnd != null) {
          out.add(emptyEnd);
        }
        bytes = out.finish();
      } catch (IOException | RuntimeException e) {
        log.store().disk().delete(path);
        throw e;
      }
      if (stopped || !changed) {
        log.store().disk().delete(path);
        return stopped ? -1 : bytes;
      }
      return replace(bytes) ? bytes : -1;
    }

    private boolean replace(long bytes) throws IOException {
      LogStore store = log.store();
      List<Long> bases = group.stream().map(Segment::baseOffset).toList();
      Replacement files = new Replacement(store.disk(), directory(), bases, bytes);
      Segment by =
          new Segment(
                  store,
                  log.id(),
                  first().baseOffset(),
                  0,
                  bytes,
                  log.settings().indexIntervalBytes())
              .rolledBeforeThisRun();
      by.endsBefore(group.getLast().endsBefore());
      boolean replaced = log.segmentList().replace(group, by, files);
      if (!replaced) {
        store.disk().delete(path);
      }
      return replaced;
    }

    private void rewrite(Segment segment, CleanedFile out) throws IOException {
      SegmentFile file = segment.acquire();
      try {
        BatchScan scan = segment.batchesFrom(file.file, 0);
        while (!stopped && scan.next()) {
          rewrite(scan.batch(), out);
        }
      } finally {
        file.release();
      }
    }

    private void rewrite(RecordBatch batch, CleanedFile out) throws IOException {
      if (isNeeded(batch, stability)) {
        keep(batch, out);
        return;
      }
      List<Record> kept = new ArrayList<>();
      boolean tombstones = false;
      if (Cleaner.counts(batch, stability)) {
        try (RecordReader records = batch.records(expandedBytesMax)) {
          for (Record record : records) {
            if (counts(record, batch)) {
              kept.add(record);
              tombstones |= isTombstone(record);
            }
          }
        }
      }
      boolean setsHorizon = tombstones && !batch.hasDeleteHorizon();
      if (kept.isEmpty()) {
        boolean was = batch.recordCount() == 0;
        changed |= !was || emptyEnd != null;
        emptyEnd = was ? copy(batch) : RecordBatchBuilder.like(batch).build();
      } else if (kept.size() == batch.recordCount() && !setsHorizon) {
        keep(batch, out);
      } else {
        RecordBatchBuilder builder = RecordBatchBuilder.like(batch);
        if (setsHorizon) {
          builder.deleteHorizon(newHorizonMs);
        }
        kept.forEach(builder::append);
        changed = true;
        endsWithRecords();
        out.add(builder.build());
      }
    }

    private void keep(RecordBatch batch, CleanedFile out) throws IOException {
      endsWithRecords();
      out.add(batch.bytes());
    }

    private void endsWithRecords() {
      changed |= emptyEnd != null;
      emptyEnd = null;
    }

    /** Whether a record is the last of its key and, if it is a tombstone, still to be seen. */
    private boolean counts(Record record, RecordBatch batch) {
      ByteBuffer key = record.key();
      if (key == null) {
        return true;
      }
      if (record.offset() < keys.get(key)) {
        return false;
      }
      boolean overdue = batch.hasDeleteHorizon() && nowMs >= batch.baseTimestamp();
      return !overdue || !isTombstone(record);
    }

    private static boolean isTombstone(Record record) {
      return record.key() != null && record.value() == null;
    }

    private static ByteBuffer copy(RecordBatch batch) {
      return ByteBuffer.allocate(batch.sizeInBytes()).put(batch.bytes()).flip();
    }
  }
}
