package io.millrace.shard;

import java.util.ArrayDeque;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The topics that were dropped lately. Who found a topic just before its deletion may ask for one
 * of its logs just after; and a batch that was sequenced before the drop was applied stands behind
 * it in the journal. Neither may make the log anew: it would take records, acknowledge them, and
 * lose them with the topic's directory.
 *
 * <p>Remembered for an hour of the entries' time, which is far longer than either can last, so that
 * a broker on which topics come and go does not collect them; and no more than {@link #MAX} of
 * them, so that one on which they come and go in a loop does not either. Any thread may ask; the
 * shard's adds.
 */
final class DroppedTopics {

  static final long REMEMBERED_MS = 3_600_000;

  /** Far more than can be dropped while a request or an entry of before is under way. */
  static final int MAX = 65_536;

  private record Dropped(UUID topicId, long timeMs) {}

  private final Set<UUID> ids = ConcurrentHashMap.newKeySet();
  private final ArrayDeque<Dropped> oldestFirst = new ArrayDeque<>();

  /**
   * @param timeMs of the entry that drops it
   */
  void add(UUID topicId, long timeMs) {
    while (!oldestFirst.isEmpty() && oldestFirst.element().timeMs < timeMs - REMEMBERED_MS) {
      forgetOldest();
    }
    if (!ids.add(topicId)) {
      return;
    }
    oldestFirst.add(new Dropped(topicId, timeMs));
    if (oldestFirst.size() > MAX) {
      forgetOldest();
    }
  }

  private void forgetOldest() {
    ids.remove(oldestFirst.remove().topicId);
  }

  boolean contains(UUID topicId) {
    return ids.contains(topicId);
  }
}
