package io.millrace.log;

import io.millrace.log.SegmentPart.Batch;
import io.millrace.log.SegmentPart.Gap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a segment is known to be damaged: gaps in the order of their positions. Immutable. */
final class Gaps {

  static final Gaps NONE = new Gaps(List.of());

  /** A segment with more is not read behind the last one. */
  private static final int COUNT_MAX = 10_000;

  private final Gap[] gaps;

  private Gaps(List<Gap> gaps) {
    this.gaps = gaps.toArray(Gap[]::new);
  }

  /**
   * Looks for gaps.
   *
   * @param index gets the batches between them
   * @param endOffset offset that all batches must be below
   */
  static Gaps search(DiskFile file, long end, long baseOffset, long endOffset, IndexScan index)
      throws IOException {
    List<Gap> found = new ArrayList<>();
    BatchSearch search = new BatchSearch(file, end, baseOffset, endOffset);
    for (SegmentPart part; (part = search.next()) != null; ) {
      switch (part) {
        case Batch b ->
            index.add(b.position(), b.size(), b.baseOffset(), b.lastOffset(), b.maxTimestamp());
        case Gap gap -> {
          if (found.size() == COUNT_MAX - 1) {
            found.add(new Gap(gap.position(), end, gap.firstOffset(), endOffset - 1, gap.what()));
            return new Gaps(found);
          }
          found.add(gap);
        }
      }
    }
    return found.isEmpty() ? NONE : new Gaps(found);
  }

  /** These, which were found before a position, and those of others that lie behind it. */
  Gaps with(Gaps others, long end) {
    List<Gap> all = new ArrayList<>(List.of(gaps));
    for (Gap other : others.gaps) {
      if (other.position() >= end) {
        all.add(other);
      }
    }
    return all.isEmpty() ? NONE : new Gaps(all);
  }

  /** Those that are not among others. */
  List<Gap> without(Gaps others) {
    List<Gap> rest = new ArrayList<>(List.of(gaps));
    rest.removeAll(List.of(others.gaps));
    return rest;
  }

  boolean isEmpty() {
    return gaps.length == 0;
  }

  /** The last offset of the gap in which an offset was lost, -1 if it was not. */
  long lostUpTo(long offset) {
    for (Gap gap : gaps) {
      if (offset >= gap.firstOffset() && offset <= gap.lastOffset()) {
        return gap.lastOffset();
      }
    }
    return -1;
  }

  /** The first gap that ends behind a position; null if none does. */
  @Nullable Gap endingBehind(long position) {
    int low = 0;
    int high = gaps.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (gaps[middle].end() > position) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low == gaps.length ? null : gaps[low];
  }
}
