package io.millrace.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The segments of one log, sorted by base offset; the last is appended to, the others are rolled.
 *
 * <p>Readers take the array as it is and need no lock: an array is never changed, and a reader
 * whose segment went meanwhile takes the next array. Those who change the list (the log's writer,
 * which adds and trims, and the cleaner, which replaces) wait for one another.
 */
final class SegmentList {

  private static final Segment[] NONE = {};

  /** Null while the directory has not been looked at. */
  private volatile Segment @Nullable [] segments;

  private volatile long rolledBytes;
  private volatile long oldestMs;
  private volatile boolean removed;

  /**
   * A list whose directory has not been looked at.
   *
   * @param rolledBytes bytes of the rolled segments
   * @param oldestMs largest timestamp in the oldest rolled segment, {@code Long.MAX_VALUE} if there
   *     is none
   */
  SegmentList(long rolledBytes, long oldestMs) {
    this.rolledBytes = rolledBytes;
    this.oldestMs = oldestMs;
  }

  /** The segments; null while the directory has not been looked at. */
  Segment @Nullable [] now() {
    return segments;
  }

  /** Bytes of the rolled segments. */
  long rolledBytes() {
    return rolledBytes;
  }

  /**
   * Largest timestamp in the oldest rolled segment in ms, -1 if its records have none, {@code
   * Long.MAX_VALUE} if no segment is rolled.
   */
  long oldestMs() {
    return oldestMs;
  }

  /** Whether the log's files are about to be deleted. */
  boolean isRemoved() {
    return removed;
  }

  /** Takes what was found in the directory. The caller has the lock and has seen that it is due. */
  Segment[] opened(Segment[] found) {
    segments = found;
    rolledBytes = bytes(Arrays.asList(found).subList(0, Math.max(0, found.length - 1)));
    return found;
  }

  /** Adds the segment that is appended to from now on. By the log's writer, once opened. */
  synchronized void add(Segment next) throws IOException {
    Segment[] all = known();
    if (removed) {
      return;
    }
    if (all.length == 1) {
      oldestMs = all[0].maxTimestamp();
    }
    if (all.length > 0) {
      rolledBytes += all[all.length - 1].bytes();
    }
    Segment[] more = Arrays.copyOf(all, all.length + 1);
    more[all.length] = next;
    segments = more;
  }

  /**
   * Takes out the segments that lie wholly below an offset. By the log's writer, once opened.
   *
   * @param endOffset end of the last segment
   */
  synchronized List<Segment> removeBelow(long offset, long endOffset) throws IOException {
    Segment[] all = known();
    int gone = 0;
    while (gone < all.length
        && (gone + 1 < all.length ? all[gone + 1].baseOffset() : endOffset) <= offset) {
      gone++;
    }
    List<Segment> taken = List.of(Arrays.copyOf(all, gone));
    if (gone > 0) {
      Segment[] left = Arrays.copyOfRange(all, gone, all.length);
      rolledBytes = left.length == 0 ? 0 : rolledBytes - bytes(taken);
      oldestMs = left.length > 1 ? left[0].maxTimestamp() : Long.MAX_VALUE;
      segments = left;
    }
    return taken;
  }

  /** Empties the list for good: nothing is made in the log's directory from now on. */
  synchronized void removeAll() throws IOException {
    Segment[] all = segments;
    removed = true;
    segments = NONE;
    rolledBytes = 0;
    oldestMs = Long.MAX_VALUE;
    if (all != null) {
      for (Segment segment : all) {
        segment.abandonFile();
      }
    }
  }

  /** Something that makes or changes names in the log's directory. */
  interface FileChange {
    void run() throws IOException;
  }

  /**
   * Changes names in the log's directory, unless the directory is about to be deleted.
   *
   * @return whether it was done
   */
  synchronized boolean changeFiles(FileChange change) throws IOException {
    if (removed) {
      return false;
    }
    change.run();
    return true;
  }

  /**
   * Puts one segment in the place of some neighbouring rolled ones, on disk and here.
   *
   * <p>Whoever reads the old ones goes on: their files and indexes stay open until the new list is
   * there, and while a transfer holds them. If the disk fails, the old segments stay, and the next
   * opening of the log settles what is on disk.
   *
   * @param old segments of this list; if one is no longer in it, nothing is done
   * @param by the segment that is going to have the first one's name
   * @return whether it was done
   */
  synchronized boolean replace(List<Segment> old, Segment by, Replacement files)
      throws IOException {
    Segment[] all = known();
    int at = indexOf(all, old);
    if (removed || at < 0) {
      return false;
    }
    for (Segment segment : old) {
      segment.detach();
    }
    files.note();
    files.carryOut();
    List<Segment> now = new ArrayList<>(Arrays.asList(all).subList(0, at));
    now.add(by);
    now.addAll(Arrays.asList(all).subList(at + old.size(), all.length));
    by.indexAnew();
    if (at == 0) {
      oldestMs = by.maxTimestamp();
    }
    rolledBytes += by.bytes() - bytes(old);
    segments = now.toArray(NONE);
    for (Segment segment : old) {
      segment.abandonFile();
    }
    return true;
  }

  private static int indexOf(Segment[] all, List<Segment> part) {
    int at = Arrays.asList(all).indexOf(part.get(0));
    boolean together =
        at >= 0
            && at + part.size() < all.length
            && Arrays.asList(all).subList(at, at + part.size()).equals(part);
    return together ? at : -1;
  }

  private Segment[] known() {
    Segment[] all = segments;
    if (all == null) {
      throw new IllegalStateException("the directory has not been looked at");
    }
    return all;
  }

  private static long bytes(List<Segment> some) {
    return some.stream().mapToLong(Segment::bytes).sum();
  }
}
