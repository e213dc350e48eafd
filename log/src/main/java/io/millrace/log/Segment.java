package io.millrace.log;

import io.millrace.log.SegmentPart.Gap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One file of batches and the two indexes beside it.
 *
 * <p>The log's writer appends; any thread reads what was published. The file is opened when first
 * used and closed when idle; the indexes of a segment that was not written in this run are read, or
 * built again, when first needed.
 */
final class Segment {

  /** Offsets in a segment must fit in 31 bits above its base, as they do in Kafka's index. */
  static final long OFFSET_SPAN_MAX = Integer.MAX_VALUE;

  private static final Logger LOG = LoggerFactory.getLogger(Segment.class);
  private static final long NOT_ROLLED = Long.MAX_VALUE;

  private final LogStore store;
  private final LogId log;
  private final long baseOffset;

  /** When the first batch was appended, by the sequencer's clock in ms; 0 if not known. */
  final long createdMs;

  private final int indexIntervalBytes;

  // Written by the log's writer, published by the volatile below.
  private long writtenBytes;
  private long nextOffset;
  private long maxTimestamp = -1;
  private long offsetOfMaxTimestamp = -1;
  private long unindexedBytes;

  /** Bytes that readers may see. */
  private volatile long bytes;

  /**
   * Offset that all batches must be below. Published before the bytes, so that whoever sees these
   * sees an end that is not too low for them.
   */
  private volatile long endsBefore = Long.MAX_VALUE;

  /** Where the file is known to be damaged; changed with the index lock. */
  private volatile Gaps gaps = Gaps.NONE;

  /** What was in the file when this run began to append: indexed when first needed. */
  private static final class Front {
    private final long bytes;
    private final long endOffset;
    private volatile @Nullable IndexScan scanned;

    Front(long bytes, long endOffset) {
      this.bytes = bytes;
      this.endOffset = endOffset;
    }
  }

  /**
   * @param front what the two do not cover; null if they cover all
   */
  private record Indexes(OffsetIndex offsets, TimeIndex times, @Nullable Front front) {}

  /**
   * Held while the indexes are loaded or let go. Taken before the segment's own lock, which guards
   * the open file and under which no other is taken: whoever opens a file may have to close
   * another's.
   */
  private final Object indexLock = new Object();

  private volatile @Nullable Indexes indexes;
  private volatile @Nullable SegmentFile open;
  private volatile long lastUsed;

  /**
   * Whether bytes were written since the last sync. Set before a write, so that the file is not
   * closed unsynced, and again after it: a sync may have come between.
   */
  private volatile boolean dirty;

  /** A sync that failed before the file was closed: what was written then may be lost. */
  private @Nullable IOException failedSync;

  private volatile boolean deleted;

  /** Whether file and indexes stay open, because their names are about to be taken. */
  private boolean detached;

  /** Whether the file has been made. */
  private boolean exists;

  /** Whether the file is shorter than it was, and so may end inside a batch. */
  private boolean lostTail;

  /** Whether end and largest timestamp are known without looking at the file. */
  private volatile boolean endsKnown;

  /** How many checkpoints had begun when the segment was rolled; see {@link #isBelowSnapshot}. */
  private volatile long rolledAfter = NOT_ROLLED;

  /**
   * @param bytes bytes of the file that belong to the log; what lies beyond is not read and goes
   *     with the next append
   */
  Segment(
      LogStore store,
      LogId log,
      long baseOffset,
      long createdMs,
      long bytes,
      int indexIntervalBytes) {
    this.store = store;
    this.log = log;
    this.baseOffset = baseOffset;
    this.createdMs = createdMs;
    this.exists = bytes > 0;
    this.writtenBytes = bytes;
    this.bytes = bytes;
    this.nextOffset = baseOffset;
    this.indexIntervalBytes = indexIntervalBytes;
    if (bytes == 0) {
      indexes = new Indexes(new OffsetIndex(), new TimeIndex(), null);
      endsKnown = true;
    }
  }

  long baseOffset() {
    return baseOffset;
  }

  /** Bytes that readers may see. */
  long bytes() {
    return bytes;
  }

  /** Bytes appended, visible or not. Writer only. */
  long writtenBytes() {
    return writtenBytes;
  }

  Path path() {
    return store.segmentPath(log, baseOffset);
  }

  @Override
  public String toString() {
    return log + "/" + LogStore.segmentName(baseOffset);
  }

  // --- its place in the log ---

  /**
   * Nothing more is appended. By the log's writer.
   *
   * @param checkpointsBegun how many checkpoints have begun in this run
   */
  void rolled(long checkpointsBegun) throws IOException {
    offsetOfMaxTimestamp = offsetOfMaxTimestamp();
    maxTimestamp = maxTimestamp();
    rolledAfter = checkpointsBegun;
    indexes = null;
  }

  /** It lay below the segment that is appended to when the log was opened. */
  Segment rolledBeforeThisRun() {
    rolledAfter = -1;
    return this;
  }

  /**
   * The file is shorter than it was when the log was last saved. Nothing is appended to it any
   * more: it may end inside a batch, and what stood behind that could not be read again; and once
   * it had grown, its length would no longer say that something is lost.
   */
  Segment thatLostItsTail() {
    lostTail = true;
    return this;
  }

  /** No batch reaches to this offset. For a segment that was found, before it is used. */
  void endsBefore(long offset) {
    endsBefore = offset;
  }

  long endsBefore() {
    return endsBefore;
  }

  private boolean isRolled() {
    return rolledAfter != NOT_ROLLED;
  }

  /**
   * Whether the last finished checkpoint took the segment for rolled. Only then may its file be
   * replaced: a replay cuts the segment that the snapshot calls active to the bytes that it had,
   * and writes everything after it again.
   */
  boolean isBelowSnapshot() {
    return isRolled() && rolledAfter < store.checkpointsFinished();
  }

  // --- the file ---

  /** The open file, held for the caller, who releases it. Does not wait for a sync. */
  SegmentFile acquire() throws IOException {
    return acquire(false);
  }

  /**
   * The open file, held for the caller, who releases it.
   *
   * @param writes whether to write or sync it: then others may be synced and closed for it
   */
  private SegmentFile acquire(boolean writes) throws IOException {
    long now = store.openFiles().tick();
    if (lastUsed != now) {
      lastUsed = now;
    }
    SegmentFile file = open;
    if (file != null && file.retain()) {
      return file;
    }
    synchronized (this) {
      file = openFile();
      file.retain();
    }
    store.openFiles().opened(this, writes);
    return file;
  }

  /** The open file. The caller has the lock, and tells {@link OpenFiles} once he has not. */
  private SegmentFile openFile() throws IOException {
    if (deleted) {
      throw new SegmentGoneException(this);
    }
    SegmentFile file = open;
    if (file == null) {
      Disk.Mode mode = exists ? Disk.Mode.WRITE : Disk.Mode.CREATE;
      file = new SegmentFile(store.disk().open(path(), mode));
      open = file;
      exists = true;
    }
    return file;
  }

  long lastUsed() {
    return lastUsed;
  }

  /** Whether closing the file means to sync it. */
  boolean isDirty() {
    return dirty;
  }

  /** Closes the file until it is used again; what was not synced is synced first. */
  synchronized void closeFile() throws IOException {
    SegmentFile file = open;
    if (file == null) {
      // It may have been closed between its opening and the note of that.
      store.openFiles().closed(this);
      return;
    }
    if (detached) {
      return;
    }
    if (dirty && !deleted) {
      dirty = false;
      try {
        file.file.sync();
      } catch (IOException e) {
        failedSync = e;
        throw e;
      }
    }
    open = null;
    store.openFiles().closed(this);
    file.release();
  }

  /**
   * Opens file and indexes and keeps them, so that readers are served whatever becomes of the names
   * on disk, until {@link #abandonFile}.
   */
  void detach() throws IOException {
    synchronized (indexLock) {
      loadIndexes();
      synchronized (this) {
        openFile();
        detached = true;
      }
    }
    store.openFiles().opened(this, false);
  }

  /**
   * Forgets the file without syncing it: the segment is about to be deleted. Reads under way go on.
   */
  void abandonFile() throws IOException {
    synchronized (indexLock) {
      synchronized (this) {
        deleted = true;
        SegmentFile file = open;
        if (file != null) {
          open = null;
          store.openFiles().closed(this);
          file.release();
        }
      }
    }
  }

  /**
   * The file system as a whole is about to be synced: what is appended from now on counts as new.
   */
  void syncBegins() {
    dirty = false;
  }

  /** That sync was not to be had. */
  void syncAgain() {
    dirty = true;
  }

  /**
   * Makes what was appended before the call durable. A segment that was deleted has nothing to
   * sync.
   *
   * @throws IOException if that failed, or if it failed before when the file was closed
   */
  void sync() throws IOException {
    if (dirty && !deleted) {
      syncFile();
    }
    checkSynced();
  }

  /** Waits for a sync that goes with closing the file; throws if such a one has failed. */
  synchronized void checkSynced() throws IOException {
    if (failedSync != null && !deleted) {
      throw new IOException(this + " could not be synced when it was closed", failedSync);
    }
  }

  private void syncFile() throws IOException {
    SegmentFile file;
    try {
      file = acquire(true);
    } catch (SegmentGoneException e) {
      return;
    }
    try {
      dirty = false;
      file.file.sync();
    } finally {
      file.release();
    }
  }

  // --- appending, by the log's writer ---

  /**
   * Whether one more batch belongs into the next segment.
   *
   * @param size bytes of the batch
   * @param lastOffset its last offset
   * @param nowMs time of the entry that appends it
   */
  boolean isFullFor(int size, long lastOffset, long nowMs, LogSettings settings) {
    return lostTail
        || writtenBytes > 0
            && (writtenBytes + size > settings.segmentBytesMax()
                || lastOffset - baseOffset > OFFSET_SPAN_MAX
                || nowMs - createdMs > settings.segmentAgeMsMax(log, baseOffset));
  }

  /** Takes note of a batch that {@link #write} will write after those noted before. */
  void note(long firstOffset, long lastOffset, long timestamp, int size) {
    if (timestamp > maxTimestamp) {
      maxTimestamp = timestamp;
      offsetOfMaxTimestamp = firstOffset;
    }
    if (unindexedBytes >= indexIntervalBytes || writtenBytes == 0) {
      Indexes now = indexes;
      if (now == null) {
        throw new IllegalStateException("not prepared to append: " + this);
      }
      now.offsets.add(firstOffset - baseOffset, writtenBytes);
      now.times.add(maxTimestamp, offsetOfMaxTimestamp - baseOffset);
      unindexedBytes = 0;
    }
    unindexedBytes += size;
    writtenBytes += size;
    nextOffset = lastOffset + 1;
  }

  /** Writes batches at the end of the file; readers do not see them yet. */
  void write(ByteBuffer[] batches, int count, long position) throws IOException {
    SegmentFile file = acquire(true);
    try {
      dirty = true;
      file.file.write(batches, 0, count, position);
    } finally {
      dirty = true;
      file.release();
    }
  }

  /**
   * Begins to index what is going to be appended. What the file holds is not looked through now: a
   * thousand logs may be waiting for their first append after a restart.
   *
   * @param endOffset offset after the last batch
   */
  void prepareToAppend(long endOffset) throws IOException {
    synchronized (indexLock) {
      if (indexes == null) {
        nextOffset = endOffset;
        unindexedBytes = indexIntervalBytes;
        indexes =
            new Indexes(new OffsetIndex(), new TimeIndex(), new Front(writtenBytes, endOffset));
        endsKnown = true;
        store.indexLater(this);
      }
    }
  }

  /**
   * Cuts off what lies in the file beyond the bytes of the log. The next checkpoint syncs that even
   * if nothing is written afterwards: of a segment that is rolled, all bytes in the file count.
   */
  void cutExcess() throws IOException {
    SegmentFile file = acquire(true);
    try {
      if (file.file.size() > writtenBytes) {
        dirty = true;
        file.file.truncate(writtenBytes);
        dirty = true;
        store.changed(this);
      }
    } finally {
      file.release();
    }
  }

  /** Lets readers see what was written. */
  void publish() {
    endsBefore = nextOffset;
    bytes = writtenBytes;
  }

  // --- indexes ---

  /** Both indexes: from their files, and from a scan of what these do not cover. */
  private Indexes loadIndexes() throws IOException {
    Indexes loaded = indexes;
    if (loaded != null) {
      return loaded;
    }
    synchronized (indexLock) {
      loaded = indexes;
      if (loaded == null) {
        loaded = take(scan(bytes, endsBefore));
      }
      return loaded;
    }
  }

  /** The indexes are those of what was scanned, which is all of the segment. */
  private Indexes take(IndexScan found) {
    nextOffset = found.nextOffset;
    maxTimestamp = found.maxTimestamp;
    offsetOfMaxTimestamp = found.offsetOfMaxTimestamp;
    unindexedBytes = found.unindexedBytes;
    Indexes taken = new Indexes(found.offsets, found.times, null);
    indexes = taken;
    endsKnown = true;
    return taken;
  }

  private IndexScan scanned(Front front) throws IOException {
    IndexScan found = front.scanned;
    if (found != null) {
      return found;
    }
    synchronized (indexLock) {
      found = front.scanned;
      if (found == null) {
        found = scan(front.bytes, front.endOffset);
        front.scanned = found;
      }
      return found;
    }
  }

  /** The part that was there before this run; null if the indexes cover it. */
  private @Nullable IndexScan front() throws IOException {
    Indexes now = indexes;
    return now == null || now.front == null ? null : scanned(now.front);
  }

  /** Looks through what was there before this run, unless that has been done. */
  void indexFront() throws IOException {
    if (!deleted) {
      front();
    }
  }

  /** Indexes the first {@code end} bytes, with the help of the files. With the index lock. */
  private IndexScan scan(long end, long endOffset) throws IOException {
    if (deleted) {
      // The files by these names may be another's.
      throw new SegmentGoneException(this);
    }
    IndexScan found = new IndexScan(baseOffset, indexIntervalBytes);
    long covered = found.load(store.disk(), path(), end);
    if (covered >= end) {
      return found;
    }
    SegmentFile file = acquire();
    try {
      BatchScan scan = new BatchScan(this, file.file, covered, end, endOffset, gaps);
      while (scan.next()) {
        found.add(
            scan.position(),
            scan.size(),
            scan.baseOffset(),
            scan.lastOffset(),
            scan.maxTimestamp());
      }
      return found;
    } catch (CorruptSegmentException e) {
      return search(file.file, end, endOffset);
    } finally {
      file.release();
    }
  }

  /** Indexes what is intact in the first {@code end} bytes, and notes the gaps between. */
  private IndexScan search(DiskFile file, long end, long endOffset) throws IOException {
    IndexScan found = new IndexScan(baseOffset, indexIntervalBytes);
    Gaps known = gaps;
    Gaps now = Gaps.search(file, end, baseOffset, endOffset, found).with(known, end);
    for (Gap gap : now.without(known)) {
      LOG.error(
          "{} at position {}: {}; no intact batch begins up to position {}: {}",
          path(),
          gap.position(),
          gap.what(),
          gap.end(),
          gap.lastOffset() < gap.firstOffset()
              ? "no offset is lost"
              : "offsets " + gap.firstOffset() + " to " + gap.lastOffset() + " are lost");
    }
    gaps = now;
    return found;
  }

  /**
   * Somebody met bytes that are no batch: verifies every batch that readers may see, so that from
   * now on those that are intact are found and the others are known to be lost. Any thread.
   */
  void searchGaps() throws IOException {
    synchronized (indexLock) {
      SegmentFile file = acquire();
      try {
        long end = bytes; // before the offset that goes with it
        IndexScan found = search(file.file, end, endsBefore);
        if (!gaps.isEmpty() && isRolled() && !isDetached()) {
          // The next run must not trust the files, but find the gaps again.
          store.disk().delete(IndexFile.offsetsPath(path()));
          store.disk().delete(IndexFile.timesPath(path()));
          take(found);
        }
      } finally {
        file.release();
      }
    }
  }

  /**
   * Writes the indexes to their files, if they are in memory and the segment is not damaged: one
   * that is is looked through again by the next run. By the log's writer, or once the segment is
   * rolled.
   */
  void saveIndexes() throws IOException {
    Indexes now = indexes;
    if (now != null) {
      Indexes whole = now.front == null ? now : join(scanned(now.front), now);
      if (!gaps.isEmpty()) {
        return;
      }
      IndexFile.Covered covered =
          new IndexFile.Covered(writtenBytes, nextOffset, maxTimestamp(), offsetOfMaxTimestamp());
      IndexFile.save(store.disk(), path(), baseOffset, covered, whole.offsets, whole.times);
    }
  }

  private static Indexes join(IndexScan front, Indexes rest) {
    OffsetIndex offsets = new OffsetIndex();
    for (int i = 0; i < front.offsets.count(); i++) {
      offsets.add(front.offsets.relativeOffset(i), front.offsets.position(i));
    }
    for (int i = 0; i < rest.offsets.count(); i++) {
      offsets.add(rest.offsets.relativeOffset(i), rest.offsets.position(i));
    }
    TimeIndex times = new TimeIndex();
    for (int i = 0; i < front.times.count(); i++) {
      times.add(front.times.timestamp(i), front.times.relativeOffset(i));
    }
    for (int i = 0; i < rest.times.count(); i++) {
      if (rest.times.timestamp(i) > front.maxTimestamp) {
        times.add(rest.times.timestamp(i), rest.times.relativeOffset(i));
      }
    }
    return new Indexes(offsets, times, null);
  }

  /** Makes the indexes of a segment that was written by the cleaner, and their files. */
  void indexAnew() throws IOException {
    loadIndexes();
    saveIndexes();
    dropIndexes();
  }

  /** Frees the memory of a rolled segment's indexes; they are read again when next needed. */
  void dropIndexes() {
    synchronized (indexLock) {
      if (isRolled() && !isDetached()) {
        indexes = null;
      }
    }
  }

  private synchronized boolean isDetached() {
    return detached;
  }

  /** Looks at the indexes, once, for what they say of the segment's end. */
  private void learnEnds() throws IOException {
    if (endsKnown) {
      return;
    }
    boolean inUse = indexes != null;
    loadIndexes();
    if (!inUse) {
      dropIndexes();
    }
  }

  // --- reading, by any thread ---

  /** Largest timestamp of the records, -1 if there are none. */
  long maxTimestamp() throws IOException {
    learnEnds();
    IndexScan front = front();
    return front == null ? maxTimestamp : Math.max(front.maxTimestamp, maxTimestamp);
  }

  /** Largest timestamp of the first batch, -1 if it has none. Reads its header. */
  long firstTimestamp() throws IOException {
    SegmentFile file = acquire();
    try {
      BatchScan scan = scanFrom(file.file, 0);
      return scan.next() ? scan.maxTimestamp() : -1;
    } finally {
      file.release();
    }
  }

  /** Offset after the last record. */
  long nextOffset() throws IOException {
    learnEnds();
    return nextOffset;
  }

  /**
   * Position of the batch that holds {@code offset} or, if none does, of the next one; -1 if that
   * is past the end.
   */
  long positionOf(long offset) throws IOException {
    Indexes all = loadIndexes();
    OffsetIndex index = all.offsets;
    int entry = index.floorOfOffset(offset - baseOffset);
    if (entry < 0 && all.front != null) {
      index = scanned(all.front).offsets;
      entry = index.floorOfOffset(offset - baseOffset);
    }
    if (entry >= 0 && index.relativeOffset(entry) == offset - baseOffset) {
      long position = index.position(entry);
      if (position >= bytes) {
        return -1;
      }
      if (readableEnd(position) > position) {
        return position;
      }
    }
    SegmentFile file = acquire();
    try {
      BatchScan scan = scanFrom(file.file, entry < 0 ? 0 : index.position(entry));
      while (scan.next()) {
        if (scan.lastOffset() >= offset) {
          long position = scan.position();
          if (scan.baseOffset() != offset) {
            // Behind a hole, or said to reach so far: if not, the next does not fit behind it.
            scan.next();
          }
          return position;
        }
      }
      return -1;
    } finally {
      file.release();
    }
  }

  /** A walk over the batch headers from a position on. The caller holds the file. */
  BatchScan scanFrom(DiskFile file, long position) {
    long end = bytes; // before the offset that goes with it
    return new BatchScan(this, file, position, end, endsBefore, gaps);
  }

  /**
   * A walk over whole batches from a position on. The caller holds the file.
   *
   * @throws CorruptSegmentException if the segment is known to be damaged
   */
  BatchScan batchesFrom(DiskFile file, long position) throws CorruptSegmentException {
    Gap gap = gaps.endingBehind(0);
    if (gap != null) {
      throw new CorruptSegmentException(this + " at " + gap.position() + ": " + gap.what());
    }
    long end = bytes;
    return BatchScan.ofWholeBatches(this, file, position, end, endsBefore);
  }

  /** The last offset of those that were lost together with this one; -1 if it was not lost. */
  long lostUpTo(long offset) {
    return gaps.lostUpTo(offset);
  }

  /** How far readers may read from a position on: to the next damaged bytes or to the end. */
  long readableEnd(long position) {
    Gap gap = gaps.endingBehind(position);
    return gap == null ? bytes : Math.min(bytes, Math.max(position, gap.position()));
  }

  /**
   * Where to begin a search for the first record at or after {@code timestamp}: everything before
   * is older.
   */
  long scanStartForTime(long timestamp) throws IOException {
    Indexes all = loadIndexes();
    TimeIndex index = all.times;
    long from = 0;
    if (all.front != null) {
      IndexScan front = scanned(all.front);
      if (front.maxTimestamp >= timestamp) {
        index = front.times;
      } else {
        from = all.front.bytes;
      }
    }
    int entry = index.lastBelow(timestamp);
    if (entry < 0) {
      return from;
    }
    long position = positionOf(index.relativeOffset(entry) + baseOffset);
    return position < 0 ? bytes : position;
  }

  /** Base offset of the batch that holds the largest timestamp. */
  long offsetOfMaxTimestamp() throws IOException {
    learnEnds();
    IndexScan front = front();
    return front != null && front.maxTimestamp >= maxTimestamp
        ? front.offsetOfMaxTimestamp
        : offsetOfMaxTimestamp;
  }

  /**
   * How many bytes to send from the batch at {@code start} on: as many whole batches as {@code
   * wanted} bytes hold and the index knows of, none of them behind damaged bytes.
   *
   * @param end {@link #readableEnd} from there
   * @return -1 if the index knows no end of a batch within reach; then {@link #batchSize} tells
   */
  long sliceSize(long start, long end, long wanted) throws IOException {
    if (end - start <= wanted) {
      return end - start;
    }
    Indexes all = loadIndexes();
    long known = floor(all.offsets, start + wanted);
    if (known < 0 && all.front != null) {
      boolean beyond = start + wanted >= all.front.bytes;
      known = beyond ? all.front.bytes : floor(scanned(all.front).offsets, start + wanted);
    }
    return known > start ? known - start : -1;
  }

  /**
   * An offset that no record before a position reaches; {@code Long.MAX_VALUE} if the index knows
   * none.
   */
  long offsetBound(long position) throws IOException {
    OffsetIndex index = loadIndexes().offsets;
    int entry = index.floorOfPosition(position - 1) + 1;
    return entry < index.count() ? baseOffset + index.relativeOffset(entry) : Long.MAX_VALUE;
  }

  private static long floor(OffsetIndex index, long position) {
    int entry = index.floorOfPosition(position);
    return entry < 0 ? -1 : index.position(entry);
  }

  /** Bytes of the batch that begins at {@code position}. */
  int batchSize(DiskFile file, long position) throws IOException {
    BatchScan scan = scanFrom(file, position);
    if (!scan.next()) {
      throw new CorruptSegmentException(this, this + " at " + position + ": the segment ends");
    }
    return scan.size();
  }
}
