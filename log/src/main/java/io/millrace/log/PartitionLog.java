package io.millrace.log;

import java.io.IOException;
import java.nio.ByteBuffer;
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
 * which writer and readers may wait for one another. A {@link Cleaner} replaces rolled segments
 * meanwhile; the {@link SegmentList} keeps it and the writer apart.
 *
 * <p><b>Life.</b> A log is in memory as a few numbers until it is used; its directory is made by
 * the first append. After a restart it goes on from a {@link SavedLog} without opening a file. What
 * its files hold beyond that (appended after the snapshot was taken) is never read, and goes when
 * the log is first used; the journal's replay repeats it.
 */
public final class PartitionLog {

  private static final Logger LOG = LoggerFactory.getLogger(PartitionLog.class);

  private final LogStore store;
  private final LogId id;
  private final SegmentList segments;
  private volatile LogSettings settings;

  private volatile long startOffset;
  private volatile long endOffset;

  /** Changed before the end of the log moves past the records that change it. */
  private volatile Stability stability = Stability.STABLE;

  /** Ranges of offsets that are lost: first and last in turn. */
  private volatile long[] damaged;

  /** Bytes that the log held when it was restored, until its directory is looked at. */
  private final long restoredBytes;

  // Changed by the writer only.
  private volatile long activeBase;
  private volatile long activeBytes;
  private volatile long activeCreatedMs;
  private boolean activeReady;
  private @Nullable Staged staged;

  /** The cleaner's own. */
  private @Nullable CleanerMark cleanerMark;

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
    this.segments = new SegmentList(saved.bytes() - saved.activeBytes(), saved.oldestMs());
    this.restoredBytes = saved.bytes();
    this.startOffset = saved.startOffset();
    this.endOffset = saved.endOffset();
    this.activeBase = saved.activeBase();
    this.activeBytes = saved.activeBytes();
    this.activeCreatedMs = saved.activeCreatedMs();
    this.damaged = damaged;
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

  /** Which records belong to transactions. Look up {@link #endOffset} before. */
  public Stability stability() {
    return stability;
  }

  /** What an entry has made of the transactions; before its batches are flushed. */
  public void stability(Stability changed) {
    stability = changed;
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
        startOffset,
        endOffset,
        sizeInBytes(),
        segments.oldestMs(),
        activeBase,
        activeBytes,
        activeCreatedMs);
  }

  /** Ranges of lost offsets: first and last in turn. */
  public long[] damagedRanges() {
    return damaged;
  }

  /**
   * Bytes of all segments. For a log that was not used since a restart, what its snapshot said:
   * more than there is, if the log was cleaned after the snapshot.
   */
  public long sizeInBytes() {
    return segments.rolledBytes() + activeBytes;
  }

  /**
   * Largest timestamp in the oldest rolled segment in ms; -1 if its records have none, {@code
   * Long.MAX_VALUE} if no segment is rolled.
   */
  public long oldestMs() {
    return segments.oldestMs();
  }

  /** When the segment that is appended to got its first batch, by the sequencer's clock in ms. */
  long activeCreatedMs() {
    return activeCreatedMs;
  }

  /** Whether the log's directory has been looked at in this run. */
  boolean isOpen() {
    return segments.now() != null;
  }

  LogStore store() {
    return store;
  }

  SegmentList segmentList() {
    return segments;
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
      active.prepareToAppend(endOffset);
      if (!store.isReplaying()) {
        active.cutExcess();
        activeReady = true;
      }
    }
    return active;
  }

  private Segment roll(@Nullable Segment full, long baseOffset, long nowMs) throws IOException {
    Segment next = new Segment(store, id, baseOffset, nowMs, 0, settings.indexIntervalBytes());
    if (full == null) {
      store.makeDirectory(id);
    } else {
      if (!activeReady) {
        full.cutExcess();
      }
      full.saveIndexes();
      store.fileWritten(IndexFile.offsetsPath(full.path()));
      store.fileWritten(IndexFile.timesPath(full.path()));
      full.rolled(store.checkpointsBegun());
    }
    segments.add(next);
    activeBase = baseOffset;
    activeBytes = 0;
    activeCreatedMs = nowMs;
    activeReady = true;
    store.directoryChanged(id);
    return next;
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
    open();
    startOffset = newStart;
    List<Segment> gone = segments.removeBelow(newStart, endOffset);
    if (!gone.isEmpty() && gone.getLast().baseOffset() == activeBase) {
      activeBase = -1;
      activeBytes = 0;
      activeCreatedMs = 0;
    }
    return new TrimmedSegments(store.disk(), gone);
  }

  /**
   * The topic was deleted: nothing is read or written any more, and the files are about to be
   * deleted.
   */
  public void abandon() throws IOException {
    staged = null;
    segments.removeAll();
  }

  /** Takes note that records were lost and must answer an error. Writer only. */
  public void markDamaged(long first, long last) {
    long[] ranges = Arrays.copyOf(damaged, damaged.length + 2);
    ranges[damaged.length] = first;
    ranges[damaged.length + 1] = last;
    damaged = ranges;
    endOffset = Math.max(endOffset, last + 1);
  }

  // --- cleaning ---

  /** How far the log has been cleaned. The cleaner's thread only. */
  CleanerMark cleanerMark() throws IOException {
    CleanerMark mark = cleanerMark;
    if (mark == null) {
      mark = CleanerMark.read(store.disk(), store.directory(id));
      cleanerMark = mark;
    }
    return mark;
  }

  void cleanerMark(CleanerMark mark) throws IOException {
    cleanerMark = mark;
    segments.changeFiles(() -> mark.write(store.disk(), store.directory(id)));
  }

  // --- opening ---

  /**
   * Looks at the directory of a log that was trimmed, if that was not done yet in this run:
   * segments that a crash kept from being unlinked go. Any thread.
   */
  public void unlinkTrimmed() throws IOException {
    if (startOffset > 0) {
      open();
    }
  }

  /** The segments, from the directory if this is the first use. */
  Segment[] open() throws IOException {
    Segment[] all = segments.now();
    return all != null ? all : openDirectory();
  }

  private Segment[] openDirectory() throws IOException {
    synchronized (segments) {
      Segment[] known = segments.now();
      if (known != null) {
        return known;
      }
      Segment[] found = SegmentDirectory.open(store, id, save(), settings.indexIntervalBytes());
      long foundBytes = Arrays.stream(found).mapToLong(Segment::bytes).sum();
      if (foundBytes < restoredBytes) {
        // After a crash this may also mean that the log was cleaned after the snapshot.
        long[] ranges = Damage.find(found, startOffset, endOffset, damaged);
        if (ranges.length > damaged.length) {
          LOG.error(
              "{}: the segments hold {} bytes, the log must hold {}: offsets {} are lost",
              id,
              foundBytes,
              restoredBytes,
              Arrays.toString(Arrays.copyOfRange(ranges, damaged.length, ranges.length)));
        }
        damaged = ranges;
      }
      return segments.opened(found);
    }
  }

  // --- reading ---

  /** Something to be found out from the segments. */
  interface Look<T extends @Nullable Object> {
    T at(Segment[] all) throws IOException;
  }

  /**
   * Looks at the segments, and again if one of them went meanwhile, or turned out to be damaged and
   * was searched for what is not.
   */
  <T extends @Nullable Object> T look(Look<T> look) throws IOException {
    Segment searched = null;
    while (true) {
      Segment[] all = open();
      try {
        return look.at(all);
      } catch (SegmentGoneException e) {
        if (segments.now() == all) {
          throw new IllegalStateException("a segment of the log was deleted", e);
        }
      } catch (CorruptSegmentException e) {
        if (e.segment() == null || e.segment() == searched) {
          throw e;
        }
        searched = e.segment();
        searchDamaged(e);
      }
    }
  }

  /** Has a segment that turned out to be damaged searched for batches that are not. Any thread. */
  void searchDamaged(CorruptSegmentException e) throws IOException {
    Segment segment = e.segment();
    if (segment != null) {
      try {
        segment.searchGaps();
      } catch (SegmentGoneException gone) {
        LOG.debug("{} went while it was searched", segment);
      }
    }
  }

  /**
   * Finds records from an offset on.
   *
   * @param offset offset of the first record wanted
   * @param bytesMax bytes to return at most
   * @param wholeFirst whether the first batch is returned whole even if it is larger than {@code
   *     bytesMax}
   */
  public LogRead read(long offset, int bytesMax, boolean wholeFirst) throws IOException {
    return read(offset, bytesMax, wholeFirst, Long.MAX_VALUE);
  }

  /**
   * Finds records from an offset on that belong to no open transaction.
   *
   * @param seen the log's {@link #stability}, by which aborted records are left out later; if the
   *     log {@link Stability#hasForgottenSince has forgotten} some since, what is found is of no
   *     use
   * @param upTo its last stable offset
   */
  public LogRead readStable(
      long offset, int bytesMax, boolean wholeFirst, Stability seen, long upTo) throws IOException {
    if (offset < seen.knownFrom()) {
      return new LogRead.OutOfRange(seen.knownFrom(), endOffset); // it is about to be trimmed
    }
    if (seen.firstOpen() == Long.MAX_VALUE) {
      LogRead found = read(offset, bytesMax, wholeFirst);
      if (stability == seen) {
        return found; // no transaction has begun, so none was met
      }
      if (found instanceof LogRead.Found records) {
        records.slice().close();
      }
    }
    return read(offset, bytesMax, wholeFirst, upTo);
  }

  /**
   * @param upTo where to stop: first offset of a batch, or the end of the log
   */
  private LogRead read(long offset, int bytesMax, boolean wholeFirst, long upTo)
      throws IOException {
    long end = endOffset;
    if (offset < startOffset || offset > end) {
      return new LogRead.OutOfRange(startOffset, end);
    }
    if (offset >= Math.min(end, upTo) || bytesMax <= 0 && !wholeFirst) {
      return LogRead.EMPTY;
    }
    try {
      open(); // which may find out that something is lost
      long lost = lostAt(offset);
      if (lost >= 0) {
        return damagedUpTo(lost);
      }
      return look(all -> readAt(all, offset, bytesMax, wholeFirst, upTo));
    } catch (CorruptSegmentException e) {
      LOG.error("reading {} at offset {}: {}", id, offset, e.getMessage());
      return new LogRead.Damaged("records from offset " + offset + " on are damaged on disk");
    }
  }

  /**
   * The first record whose timestamp is at least {@code timestamp}; null if there is none. Records
   * that are lost are passed over.
   *
   * @throws CorruptSegmentException if the records that decide it cannot be read
   */
  public @Nullable OffsetAndTime firstAtOrAfter(long timestamp) throws IOException {
    return look(all -> TimeSearch.first(all, timestamp, startOffset));
  }

  /**
   * The first of the records with the largest timestamp; null if there is no record. Records that
   * are lost are passed over.
   */
  public @Nullable OffsetAndTime latestByTime() throws IOException {
    return look(all -> TimeSearch.latest(all, startOffset));
  }

  private static LogRead damagedUpTo(long offset) {
    return new LogRead.Damaged("records up to offset " + offset + " are damaged on disk");
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

  /** The next lost offset behind one that is not lost; a reader must not be led past it. */
  private long firstLostBehind(long offset) {
    long[] ranges = damaged;
    long next = Long.MAX_VALUE;
    for (int i = 0; i < ranges.length; i += 2) {
      if (ranges[i] > offset) {
        next = Math.min(next, ranges[i]);
      }
    }
    return next;
  }

  private LogRead readAt(Segment[] all, long offset, int bytesMax, boolean wholeFirst, long upTo)
      throws IOException {
    for (int i = Math.max(0, floor(all, offset)); i < all.length; i++) {
      Segment segment = all[i];
      long wanted = Math.max(offset, segment.baseOffset());
      long position = segment.positionOf(wanted);
      long lostUpTo = segment.lostUpTo(wanted);
      if (lostUpTo >= 0) {
        return damagedUpTo(lostUpTo);
      }
      if (position < 0) {
        continue; // the offset lies in a gap at the segment's end
      }
      long readable = segment.readableEnd(position);
      if (readable <= position) {
        throw new CorruptSegmentException(segment, segment + " was found to be damaged meanwhile");
      }
      long lost = firstLostBehind(offset);
      long stop = Math.min(lost, upTo);
      if (i + 1 == all.length || stop < all[i + 1].baseOffset()) {
        long end = stop == Long.MAX_VALUE ? -1 : segment.positionOf(stop);
        if (end == position) {
          return stop == lost
              ? new LogRead.Damaged("records from offset " + lost + " on are damaged on disk")
              : LogRead.EMPTY; // compaction has left nothing in between
        }
        end = Math.min(end, readable);
        if (end >= 0 && end - position <= bytesMax) {
          return new LogRead.Found(
              new LogSlice(segment.acquire(), position, (int) (end - position)), stop);
        }
      }
      SegmentFile file = segment.acquire();
      boolean handedOver = false;
      try {
        long size = segment.sliceSize(position, readable, bytesMax);
        if (size < 0) {
          size = segment.batchSize(file.file, position);
          if (size > bytesMax && !wholeFirst) {
            return LogRead.EMPTY;
          }
        }
        long next = i + 1 < all.length ? all[i + 1].baseOffset() : Long.MAX_VALUE;
        long bound = Math.min(segment.offsetBound(position + size), next);
        handedOver = true;
        return new LogRead.Found(new LogSlice(file, position, (int) size), bound);
      } finally {
        if (!handedOver) {
          file.release();
        }
      }
    }
    if (segments.isRemoved()) {
      return LogRead.EMPTY;
    }
    if (offset < startOffset) {
      return new LogRead.OutOfRange(startOffset, endOffset); // trimmed meanwhile
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
