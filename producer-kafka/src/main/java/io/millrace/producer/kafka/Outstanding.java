package io.millrace.producer.kafka;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Records that were sent and whose callbacks have not run yet, counted so that a flush can wait for
 * those before it and not for those behind it. Any thread.
 *
 * <p>They are counted by epochs, and a flush begins a new one. A record counts in the epoch that is
 * the current one both before and after it was counted: so a flush that begins later sees it.
 */
final class Outstanding {

  /** The records between two flushes. */
  static final class Epoch {
    private final AtomicLong open = new AtomicLong();

    /** The epoch before, as long as something of it, or of those before, may be open. */
    private volatile @Nullable Epoch before;

    private Epoch(@Nullable Epoch before) {
      this.before = before;
    }

    /** One of its records is done with. */
    void done() {
      open.decrementAndGet();
    }
  }

  private volatile Epoch current = new Epoch(null);

  /** Counts a record that is about to be sent. */
  Epoch begin() {
    while (true) {
      Epoch epoch = current;
      epoch.open.incrementAndGet();
      if (epoch == current) {
        return epoch;
      }
      epoch.done();
    }
  }

  /** Returns the epoch that ends now; what is sent from now on is not part of it. */
  synchronized Epoch cut() {
    Epoch ended = current;
    current = new Epoch(ended);
    return ended;
  }

  /** Whether nothing of an epoch that has ended, nor of those before it, is open. */
  static boolean isDone(Epoch ended) {
    Epoch before = ended.before;
    if (before != null) {
      if (!isDone(before)) {
        return false;
      }
      ended.before = null;
    }
    return ended.open.get() == 0;
  }
}
