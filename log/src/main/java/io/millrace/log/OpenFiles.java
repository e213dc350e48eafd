package io.millrace.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The segment files that are open, at most about {@code limit}: a log costs a file descriptor only
 * while it is used.
 *
 * <p>Files not used for a while are closed by {@link #closeIdle}; when the limit is reached the
 * opener closes the eighth that was used longest ago. A file with unsynced bytes is synced before
 * it is closed, so that no write error can go unseen: if that fails, so does the next checkpoint.
 * Any thread may call.
 */
public final class OpenFiles {

  private final int limit;
  private final Set<Segment> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong ticks = new AtomicLong();
  private long lastSweep;

  /**
   * @param limit files to keep open at most; reads under way may hold a few more
   */
  public OpenFiles(int limit) {
    this.limit = limit;
  }

  /** A stamp of use: larger means later. */
  long tick() {
    return ticks.get();
  }

  void opened(Segment segment) throws IOException {
    open.add(segment);
    ticks.incrementAndGet();
    if (open.size() > limit) {
      closeOldest(Math.max(1, limit / 8), segment);
    }
  }

  void closed(Segment segment) {
    open.remove(segment);
  }

  private synchronized void closeOldest(int howMany, Segment except) throws IOException {
    if (open.size() <= limit) {
      return;
    }
    List<Segment> oldest = new ArrayList<>(open);
    oldest.sort(Comparator.comparingLong(Segment::lastUsed));
    int closed = 0;
    for (Segment segment : oldest) {
      if (closed == howMany) {
        break;
      }
      if (segment != except) {
        segment.closeFile();
        closed++;
      }
    }
  }

  /**
   * Closes files that were not used since the last call: call it every half minute, and a file
   * closes after half a minute to a minute without use.
   */
  public synchronized void closeIdle() throws IOException {
    for (Segment segment : open) {
      if (segment.lastUsed() < lastSweep) {
        segment.closeFile();
      }
    }
    lastSweep = ticks.incrementAndGet();
  }

  /** How many files are open. */
  public int size() {
    return open.size();
  }
}
