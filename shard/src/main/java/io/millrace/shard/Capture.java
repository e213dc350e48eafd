package io.millrace.shard;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Writes down the state as it was at one entry, while later entries change it: copy before change.
 *
 * <p>It begins with a list of all items; {@link #slice} writes some of them at a time; {@link
 * #keep} writes one that is about to change. An item made after the beginning is not part of it.
 * Belongs to the shard's thread.
 */
public final class Capture {

  private static final int CHUNK_BYTES = 256 * 1024;

  private final List<ByteBuffer> chunks = new ArrayList<>();
  private SnapshotItem[] items = {};
  private int next;
  private long count;
  private StateWriter chunk = new StateWriter(0);
  private final StateWriter scratch = new StateWriter(1024);

  void begin(Collection<SnapshotItem> all) {
    items = all.toArray(SnapshotItem[]::new);
    for (SnapshotItem item : items) {
      item.toBeCaptured = true;
    }
    next = 0;
    count = 0;
    chunks.clear();
    chunk = new StateWriter(1024);
  }

  /**
   * Writes an item as it is now, if a snapshot under way has not done so yet. Call it before an
   * item is changed or removed.
   */
  public void keep(SnapshotItem item) {
    if (item.toBeCaptured) {
      write(item);
    }
  }

  private void write(SnapshotItem item) {
    item.toBeCaptured = false;
    scratch.clear();
    item.encode(scratch);
    if (chunk.size() + scratch.size() > CHUNK_BYTES && chunk.size() > 0) {
      chunks.add(chunk.view());
      chunk = new StateWriter(Math.max(CHUNK_BYTES, scratch.size() + 16));
    }
    chunk.int8(item.kind()).bytes(scratch.view());
    count++;
  }

  /**
   * Writes up to {@code most} items.
   *
   * @return whether all are written
   */
  boolean slice(int most) {
    for (int n = 0; n < most && next < items.length; n++) {
      keep(items[next++]);
    }
    return next == items.length;
  }

  /**
   * Ends the capture: how many items there are and their bytes, each behind its kind and its
   * length.
   */
  Captured finish() {
    chunks.add(chunk.view());
    Captured captured = new Captured(count, List.copyOf(chunks));
    items = new SnapshotItem[0];
    next = 0;
    chunks.clear();
    chunk = new StateWriter(0);
    return captured;
  }

  record Captured(long count, List<ByteBuffer> chunks) {}
}
