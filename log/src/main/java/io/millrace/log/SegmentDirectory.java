package io.millrace.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the segments in the directory of a log when the log is first used in a run, and puts right
 * what a crash left undone.
 *
 * <ul>
 *   <li>A replacement of segments that was noted is finished; what was written for one that was not
 *       is deleted.
 *   <li>Segments begun after the snapshot are deleted: the journal's replay writes them again. So
 *       are indexes of a segment that was rolled after it, for its end is written again.
 *   <li>Segments that lie below the log's start are deleted: they were trimmed, and the crash came
 *       before they were unlinked.
 * </ul>
 */
final class SegmentDirectory {

  private static final Logger LOG = LoggerFactory.getLogger(SegmentDirectory.class);
  private static final int DIGITS = 20;

  private SegmentDirectory() {}

  /**
   * Segments by base offset; the last is the one that is appended to, even if its file is missing,
   * unless the log has none.
   */
  static Segment[] open(LogStore store, LogId id, SavedLog expected, int indexIntervalBytes)
      throws IOException {
    List<Segment> found = new ArrayList<>();
    long activeBase = expected.activeBase();
    for (String name : settledNames(store.disk(), store.directory(id))) {
      long base = baseOffset(name);
      boolean segment = name.equals(LogStore.segmentName(base));
      if (base > activeBase || base == activeBase && !segment) {
        LOG.debug("{}: removing {}, made after the last checkpoint", id, name);
        store.disk().delete(store.directory(id).resolve(name));
      } else if (base >= 0 && base < activeBase && segment) {
        long size = size(store, id, base);
        found.add(new Segment(store, id, base, 0, size, indexIntervalBytes).rolledBeforeThisRun());
      }
    }
    if (activeBase >= 0) {
      found.add(active(store, id, expected, indexIntervalBytes));
    }
    while (found.size() > 1 && found.get(1).baseOffset() <= expected.startOffset()) {
      new TrimmedSegments(store.disk(), List.of(found.removeFirst())).delete();
    }
    for (int i = 0; i < found.size(); i++) {
      boolean last = i + 1 == found.size();
      found.get(i).endsBefore(last ? expected.endOffset() : found.get(i + 1).baseOffset());
    }
    return found.toArray(Segment[]::new);
  }

  private static Segment active(LogStore store, LogId id, SavedLog expected, int indexIntervalBytes)
      throws IOException {
    long base = expected.activeBase();
    boolean exists = store.disk().exists(store.segmentPath(id, base));
    long size = exists ? size(store, id, base) : 0;
    if (size < expected.activeBytes()) {
      LOG.error(
          "{}: {} holds {} bytes and must hold {}",
          id,
          LogStore.segmentName(base),
          size,
          expected.activeBytes());
    }
    long use = Math.min(size, expected.activeBytes());
    Segment active =
        new Segment(store, id, base, expected.activeCreatedMs(), use, indexIntervalBytes);
    return use < expected.activeBytes() ? active.thatLostItsTail() : active;
  }

  private static long size(LogStore store, LogId id, long base) throws IOException {
    try (DiskFile file = store.disk().open(store.segmentPath(id, base), Disk.Mode.READ)) {
      return file.size();
    }
  }

  /** The names in the directory once no replacement is half done. */
  private static List<String> settledNames(Disk disk, Path directory) throws IOException {
    List<String> names = disk.list(directory);
    boolean settled = true;
    for (String name : names) {
      if (name.endsWith(Replacement.NOTE_SUFFIX)) {
        Replacement.settle(disk, directory, name);
        settled = false;
      }
    }
    for (String name : names) {
      if (name.endsWith(Replacement.CLEANED_SUFFIX)) {
        // Nothing, if it has just been given its final name.
        disk.delete(directory.resolve(name));
        settled = false;
      }
    }
    return settled ? names : disk.list(directory);
  }

  /** The base offset in the name of a segment or an index, -1 for any other file. */
  private static long baseOffset(String name) {
    int dot = name.indexOf('.');
    if (dot != DIGITS) {
      return -1;
    }
    try {
      return Long.parseLong(name, 0, dot, 10);
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
