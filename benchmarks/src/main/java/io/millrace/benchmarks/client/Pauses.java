package io.millrace.benchmarks.client;

import com.sun.management.GarbageCollectionNotificationInfo;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/**
 * The longest time for which the collector has stopped this JVM. Phases that run beside the program
 * are not pauses, and are not counted.
 */
final class Pauses {
  private long longestMs;

  /** Counts from now on. */
  static Pauses watch() {
    Pauses pauses = new Pauses();
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      if (!collector.getName().contains("Concurrent")
          && collector instanceof NotificationEmitter emitter) {
        emitter.addNotificationListener(
            (notification, _) -> pauses.ended(notification.getType(), notification.getUserData()),
            null,
            null);
      }
    }
    return pauses;
  }

  private void ended(String type, Object what) {
    if (type.equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)) {
      GarbageCollectionNotificationInfo info =
          GarbageCollectionNotificationInfo.from((CompositeData) what);
      longest(info.getGcInfo().getDuration());
    }
  }

  private synchronized void longest(long ms) {
    longestMs = Math.max(longestMs, ms);
  }

  /** Milliseconds, whole ones; 0 if there was no collection. */
  synchronized long longestMs() {
    return longestMs;
  }

  /** Forgets what was. */
  synchronized void clear() {
    longestMs = 0;
  }
}
