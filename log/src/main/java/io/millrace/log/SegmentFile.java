package io.millrace.log;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open segment file and how many hold it: the segment itself while the file counts as open, and
 * every read under way. The last one to let go closes it, so a transfer survives the segment's trim
 * or idle close.
 */
final class SegmentFile {

  final DiskFile file;
  private final AtomicInteger holders = new AtomicInteger(1);

  SegmentFile(DiskFile file) {
    this.file = file;
  }

  /** Takes a hold unless the file is closed already. */
  boolean retain() {
    while (true) {
      int n = holders.get();
      if (n == 0) {
        return false;
      }
      if (holders.compareAndSet(n, n + 1)) {
        return true;
      }
    }
  }

  void release() throws IOException {
    if (holders.decrementAndGet() == 0) {
      file.close();
    }
  }
}
