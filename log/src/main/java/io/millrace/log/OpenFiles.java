package io.millrace.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segment files that are open, at most about {@code limit}: a log costs a file descriptor only
 * while it is used.
 *
 * <p>Files not used for a while are closed by {@link #closeIdle}; when the limit is reached the
 * opener closes an eighth of it, those used longest ago. A file with unsynced bytes is synced
 * before it is closed, so that no write error can go unseen: if that fails, so does the next
 * checkpoint. Readers need not wait for that: only who writes closes such files. Any thread may
 * call.
 */
public final class OpenFiles {

  private static final Logger LOG = LoggerFactory.getLogger(OpenFiles.class);

  private final int limit;
  private final ReentrantLock closing = new ReentrantLock();
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

  /**
   * Takes note of an open file, and closes others if there are too many.
   *
   * @param writes whether it was opened to be written
   */
  void opened(Segment segment, boolean writes) {
    open.add(segment);
    ticks.incrementAndGet();
    if (open.size() > limit && closing.tryLock()) {
      try {
        closeOldest(Math.max(1, limit / 8), segment, writes);
      } finally {
        closing.unlock();
      }
    }
  }

  void closed(Segment segment) {
    open.remove(segment);
  }

  private void closeOldest(int howMany, Segment except, boolean dirtyToo) {
    List<Segment> oldest = new ArrayList<>(open);
    oldest.sort(Comparator.comparingLong(Segment::lastUsed));
    int closed = 0;
    for (Segment segment : oldest) {
      if (closed == howMany) {
        break;
      }
      if (segment != except && (dirtyToo || !segment.isDirty())) {
        close(segment);
        closed++;
      }
    }
  }

  /**
   * Closes files that were not used since the last call: call it every half minute, and a file
   * closes after half a minute to a minute without use.
   */
  public void closeIdle() {
    closing.lock();
    try {
      for (Segment segment : open) {
        if (segment.lastUsed() < lastSweep) {
          close(segment);
        }
      }
      lastSweep = ticks.incrementAndGet();
    } finally {
      closing.unlock();
    }
  }

  private static void close(Segment segment) {
    try {
      segment.closeFile();
    } catch (IOException e) {
      // Whoever wanted another file has nothing to do with it; the next checkpoint has.
      LOG.error("closing {}: {}", segment, e.toString());
    }
  }

  /** How many files are open. */
  public int size() {
    return open.size();
  }
}
