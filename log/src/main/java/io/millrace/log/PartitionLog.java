package io.millrace.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition: committed record batches in order, in segments.
 *
 * <p><b>Threads.</b> One writer appends, trims and closes, namely whoever applies the shard's
 * entries. Readers take no lock: they see the log up to {@link #endOffset()}, which moves when
 * {@link #flush} has written. Opening the directory of a log that was idle is the one moment at
 * which writer and readers may wait for one another.
 *
 * <p><b>Life.</b> A log is in memory as a few numbers until it is used; its directory is made by
 * the first append. After a restart it goes on from a {@link SavedLog} without opening a file. What
 * its files hold beyond that (appended after the snapshot was taken) is never read, and goes with
 * the first append, which the journal's replay repeats.
 */
public final class PartitionLog {

  private static final Logger LOG = LoggerFactory.getLogger(PartitionLog.class);
  private static final Segment[] NONE = {};

  private final LogStore store;
  private final LogId id;
  private volatile LogSettings settings;

  private volatile long startOffset;
  private volatile long endOffset;

  /**
   * Sorted by base offset; null while the directory has not been looked at. The last is appended
   * to.
   */
  private volatile Segment @Nullable [] segments;

  /** Ranges of offsets that are lost: first and last in turn. */
  private volatile long[] damaged;

  // Owned by the writer.
  private long bytes;
  private long oldestMs;
  private long activeBase;
  private long activeBytes;
  private long activeCreatedMs;
  private boolean activeReady;
  private @Nullable Staged staged;

  /** A log that holds nothing yet. */
  public PartitionLog(LogStore store, LogId id, LogSettings settings) {
    this(store, id, settings, SavedLog.EMPTY, new long[0]);
  }

  /**
   * A log as a snapshot remembers it.
   *
   * @param damaged ranges of lost offsets: first and last in turn
   */
  public PartitionLog(
      LogStore store, LogId id, LogSettings settings, SavedLog saved, long[] damaged) {
    this.store = store;
    this.id = id;
    this.settings = settings;
    this.startOffset = saved.startOffset();
    this.endOffset = saved.endOffset();
    this.bytes = saved.bytes();
    this.oldestMs = saved.oldestMs();
    this.activeBase = saved.activeBase();
    this.activeBytes = saved.activeBytes();
    this.activeCreatedMs = saved.activeCreatedMs();
    this.damaged = damaged;
    if (saved.bytes() == 0 && saved.activeBase() < 0) {
      segments = NONE;
    }
  }

  public LogId id() {
    return id;
  }

  /** First offset that may be read. */
  public long startOffset() {
    return startOffset;
  }

  /** Offset after the last record: the high watermark, since a log holds committed records only. */
  public long endOffset() {
    return endOffset;
  }

  public LogSettings settings() {
    return settings;
  }

  public void settings(LogSettings newSettings) {
    settings = newSettings;
  }

  /** What a snapshot must remember. Writer only, with nothing staged. */
  public SavedLog save() {
    return new SavedLog(
        startOffset, endOffset, bytes, oldestMs, activeBase, activeBytes, activeCreatedMs);
  }

  /** Ranges of lost offsets: first and last in turn. */
  public long[] damagedRanges() {
    return damaged;
  }

  /** Bytes of all segments, as the writer last knew. */
  public long sizeInBytes() {
    return bytes;
  }

  @Override
  public String toString() {
    return id.toString();
  }

  // --- appending ---

  /** Batches of one turn that are to be written with one call. */
  private static final class Staged {
    private ByteBuffer[] batches = new ByteBuffer[4];
    private int count;
    private long position;
    private long nextOffset;

    void add(ByteBuffer batch) {
      if (count == batches.length) {
        batches = Arrays.copyOf(batches, count * 2);
      }
      batches[count++] = batch;
    }
  }

  /**
   * Adds a batch to what the next {@link #flush} writes and lets readers see.
   *
   * @param baseOffset at least {@link #endOffset()} and what was staged before; a gap is no error
   * @param lastOffset last offset of the batch
   * @param maxTimestamp its largest timestamp in ms, -1 if it has none
   * @param batch its bytes, which must stay as they are until the flush
   * @param nowMs time of the entry that is applied, by the sequencer's clock
   */
  public void stage(
      long baseOffset, long lastOffset, long maxTimestamp, ByteBuffer batch, long nowMs)
      throws IOException {
    int size = batch.remaining();
    Segment active = activeSegment(baseOffset, nowMs);
    if (active.isFullFor(size, lastOffset, nowMs, settings)) {
      flush();
      active = roll(active, baseOffset, nowMs);
    }
    Staged batches = staged;
    if (batches == null) {
      batches = new Staged();
      batches.position = active.writtenBytes();
      staged = batches;
    }
    batches.add(batch);
    batches.nextOffset = lastOffset + 1;
    active.note(baseOffset, lastOffset, maxTimestamp, size);
    bytes += size;
  }

  /** Whether batches are staged. */
  public boolean hasStaged() {
    return staged != null;
  }

  /** Writes what was staged and lets readers see it. */
  public void flush() throws IOException {
    Staged batches = staged;
    if (batches == null) {
      return;
    }
    staged = null;
    Segment[] all = open();
    Segment active = all[all.length - 1];
    active.write(batches.batches, batches.count, batches.position);
    store.changed(active);
    active.publish();
    activeBytes = active.writtenBytes();
    endOffset = batches.nextOffset;
  }

  /** The segment that is appended to, cut to the bytes of the log and ready to be written. */
  private Segment activeSegment(long baseOffset, long nowMs) throws IOException {
    Segment[] all = open();
    if (all.length == 0) {
      return roll(null, baseOffset, nowMs);
    }
    Segment active = all[all.length - 1];
    if (!activeReady) {
      active.prepareToAppend();
      deleteStraySegments();
      activeReady = true;
    }
    return active;
  }

  private Segment roll(@Nullable Segment full, long baseOffset, long nowMs) throws IOException {
    if (full == null) {
      store.makeDirectory(id);
      deleteStraySegments();
    } else {
      full.saveIndexes();
      store.fileWritten(IndexFile.offsetsPath(full.path()));
      store.fileWritten(IndexFile.timesPath(full.path()));
      if (open().length == 1) {
        oldestMs = full.maxTimestamp();
      }
      full.dropIndexes();
    }
    Segment next = new Segment(store, id, baseOffset, nowMs, 0, settings.indexIntervalBytes());
    Segment[] all = open();
    Segment[] more = Arrays.copyOf(all, all.length + 1);
    more[all.length] = next;
    activeBase = baseOffset;
    activeBytes = 0;
    activeCreatedMs = nowMs;
    activeReady = true;
    segments = more;
    store.directoryChanged(id);
    return next;
  }

  /**
   * Deletes segments that a run before this one began after the snapshot: the replay writes them
   * again.
   */
  private void deleteStraySegments() throws IOException {
    for (String name : store.disk().list(store.directory(id))) {
      long base = baseOffsetOf(name);
      if (base > activeBase) {
        LOG.debug("{}: removing {}, begun after the last checkpoint", id, name);
        store.disk().delete(store.directory(id).resolve(name));
        store.directoryChanged(id);
      }
    }
  }

  /** The base offset in the name of a segment or an index, -1 for any other file. */
  private static long baseOffsetOf(String name) {
    int dot = name.indexOf('.');
    if (dot != 20) {
      return -1;
    }
    try {
      return Long.parseLong(name, 0, dot, 10);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  // --- trimming ---

  /**
   * Moves the start of the log; records below it can no longer be read. Nothing is unlinked by this
   * call.
   *
   * @param newStart at most {@link #endOffset()}; one below {@link #startOffset()} changes nothing
   * @return the segments that now lie wholly below the start
   */
  public TrimmedSegments trim(long newStart) throws IOException {
    if (newStart <= startOffset) {
      return new TrimmedSegments(store.disk(), List.of());
    }
    // Opening the directory needs the start as the snapshot knew it.
    Segment[] all = open();
    startOffset = newStart;
    int gone = 0;
    while (gone < all.length && endOf(all, gone) <= newStart) {
      gone++;
    }
    List<Segment> removed = List.of(Arrays.copyOf(all, gone));
    if (gone == 0) {
      return new TrimmedSegments(store.disk(), removed);
    }
    for (Segment segment : removed) {
      bytes -= segment.bytes();
    }
    Segment[] left = Arrays.copyOfRange(all, gone, all.length);
    if (left.length == 0) {
      activeBase = -1;
      activeBytes = 0;
      activeCreatedMs = 0;
    }
    oldestMs = left.length > 1 ? left[0].maxTimestamp() : Long.MAX_VALUE;
    segments = left;
    return new TrimmedSegments(store.disk(), removed);
  }

  private long endOf(Segment[] all, int i) {
    return i + 1 < all.length ? all[i + 1].baseOffset() : endOffset;
  }

  /**
   * The topic was deleted: nothing is read or written any more, and the files are about to be
   * deleted.
   */
  public void abandon() throws IOException {
    Segment[] all = segments;
    segments = NONE;
    staged = null;
    if (all != null) {
      for (Segment segment : all) {
        segment.abandonFile();
      }
    }
  }

  /** Takes note that records were lost and must answer an error. Writer only. */
  public void markDamaged(long first, long last) {
    long[] ranges = Arrays.copyOf(damaged, damaged.length + 2);
    ranges[damaged.length] = first;
    ranges[damaged.length + 1] = last;
    damaged = ranges;
    endOffset = Math.max(endOffset, last + 1);
  }

  // --- opening ---

  private Segment[] open() throws IOException {
    Segment[] all = segments;
    return all != null ? all : openDirectory();
  }

  private synchronized Segment[] openDirectory() throws IOException {
    Segment[] known = segments;
    if (known != null) {
      return known;
    }
    List<Segment> found = new ArrayList<>();
    long foundBytes = 0;
    for (String name : store.disk().list(store.directory(id))) {
      long base = baseOffsetOf(name);
      if (base < 0 || base > activeBase || !name.equals(LogStore.segmentName(base))) {
        continue;
      }
      long size;
      try (DiskFile file = store.disk().open(store.segmentPath(id, base), Disk.Mode.READ)) {
        size = file.size();
      }
      boolean active = base == activeBase;
      if (active && size < activeBytes) {
        LOG.error("{}: {} holds {} bytes and must hold {}", id, name, size, activeBytes);
      }
      long use = active ? Math.min(size, activeBytes) : size;
      foundBytes += use;
      found.add(
          new Segment(
              store, id, base, active ? activeCreatedMs : 0, use, settings.indexIntervalBytes()));
    }
    while (found.size() > 1 && found.get(1).baseOffset() <= startOffset) {
      // Trimmed before the snapshot; the deletion was not done.
      Segment trimmed = found.removeFirst();
      foundBytes -= trimmed.bytes();
      new TrimmedSegments(store.disk(), List.of(trimmed)).delete();
    }
    Segment[] all = found.toArray(NONE);
    if (foundBytes < bytes && !settings.compacted()) {
      LOG.error(
          "{}: the segments hold {} bytes, the log must hold {}: looking for what is missing",
          id,
          foundBytes,
          bytes);
      damaged = Damage.find(all, startOffset, endOffset, damaged);
    }
    segments = all;
    return all;
  }

  // --- reading ---

  /**
   * Finds records from an offset on.
   *
   * @param offset offset of the first record wanted
   * @param bytesMax bytes to return at most
   * @param wholeFirst whether the first batch is returned whole even if it is larger than {@code
   *     bytesMax}
   */
  public LogRead read(long offset, int bytesMax, boolean wholeFirst) throws IOException {
    long end = endOffset;
    if (offset < startOffset || offset > end) {
      return new LogRead.OutOfRange(startOffset, end);
    }
    if (offset == end || bytesMax <= 0 && !wholeFirst) {
      return LogRead.EMPTY;
    }
    long lost = lostAt(offset);
    if (lost >= 0) {
      return new LogRead.Damaged("records up to offset " + lost + " are damaged on disk");
    }
    try {
      return readOpen(open(), offset, bytesMax, wholeFirst);
    } catch (CorruptSegmentException e) {
      LOG.error("reading {} at offset {}: {}", id, offset, e.getMessage());
      return new LogRead.Damaged("records from offset " + offset + " on are damaged on disk");
    }
  }

  /**
   * The first record whose timestamp is at least {@code timestamp}; null if there is none.
   *
   * @throws CorruptSegmentException if the records that decide it cannot be read
   */
  public @Nullable OffsetAndTime firstAtOrAfter(long timestamp) throws IOException {
    return TimeSearch.first(open(), timestamp, startOffset);
  }

  /** The first of the records with the largest timestamp; null if there is no record. */
  public @Nullable OffsetAndTime latestByTime() throws IOException {
    return TimeSearch.latest(open(), startOffset);
  }

  private long lostAt(long offset) {
    long[] ranges = damaged;
    for (int i = 0; i < ranges.length; i += 2) {
      if (offset >= ranges[i] && offset <= ranges[i + 1]) {
        return ranges[i + 1];
      }
    }
    return -1;
  }

  private LogRead readOpen(Segment[] all, long offset, int bytesMax, boolean wholeFirst)
      throws IOException {
    for (int i = Math.max(0, floor(all, offset)); i < all.length; i++) {
      Segment segment = all[i];
      long position = segment.positionOf(Math.max(offset, segment.baseOffset()));
      if (position < 0) {
        continue; // the offset lies in a gap at the segment's end
      }
      SegmentFile file = segment.acquire();
      boolean handedOver = false;
      try {
        long size = segment.sliceSize(position, bytesMax);
        if (size < 0) {
          size = segment.batchSize(file.file, position);
          if (size > bytesMax && !wholeFirst) {
            return LogRead.EMPTY;
          }
        }
        handedOver = true;
        return new LogRead.Found(new LogSlice(file, position, (int) size));
      } finally {
        if (!handedOver) {
          file.release();
        }
      }
    }
    throw new CorruptSegmentException("no segment of " + id + " holds offset " + offset);
  }

  /** The last segment whose base offset is at most {@code offset}, or -1. */
  private static int floor(Segment[] all, long offset) {
    int low = 0;
    int high = all.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (all[middle].baseOffset() <= offset) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }
}
