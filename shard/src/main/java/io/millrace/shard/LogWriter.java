package io.millrace.shard;

import io.millrace.log.PartitionLog;
import io.millrace.log.TrimmedSegments;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Writes the batches of applied entries to their logs, which makes them readable, and trims logs.
 *
 * <p>The one writer of all logs of a shard: it runs on the logs' own thread under load, on the
 * shard's thread when nothing waits, never both at a time.
 */
final class LogWriter {

  private final List<ShardLog> touched = new ArrayList<>();
  private List<Removed> removed = new ArrayList<>();
  private volatile boolean hasRemoved;

  /** Files that may be deleted once a checkpoint knows that they are no longer needed. */
  sealed interface Removed {
    record Segments(TrimmedSegments segments) implements Removed {}

    record Topic(UUID topicId) implements Removed {}
  }

  void write(Entry entry) throws IOException {
    stage(entry);
    flush();
  }

  /**
   * Takes an entry for the next {@link #flush}, which writes what several entries have for a log at
   * once. The bytes of its batches must stay as they are until then.
   */
  void stage(Entry entry) throws IOException {
    for (Item item : entry.items()) {
      switch (item) {
        case BatchAppend batch -> stage(batch, entry.timeMs);
        case Item.Trim trim -> trim(trim);
        case Item.DropTopic drop -> drop(drop);
        case Item.ExpireProducers expire -> {}
        case Item.ForgetAborted forget -> {}
        case Item.Change change -> {}
      }
    }
  }

  /** Writes what was staged; readers see it from now on. */
  void flush() throws IOException {
    for (ShardLog log : touched) {
      stored(log).flush();
    }
    for (ShardLog log : touched) {
      log.tellWatchers();
    }
    touched.clear();
  }

  private void stage(BatchAppend batch, long timeMs) throws IOException {
    if (batch.log.isDropped()) {
      return;
    }
    PartitionLog log = stored(batch.log);
    if (!log.hasStaged()) {
      touched.add(batch.log);
    }
    if (batch.isDamaged()) {
      log.flush();
      log.markDamaged(batch.baseOffset(), batch.lastOffset());
    } else {
      log.stage(
          batch.baseOffset(),
          batch.lastOffset(),
          batch.maxTimestamp,
          batch.bytes.duplicate(),
          timeMs);
    }
  }

  private void trim(Item.Trim trim) throws IOException {
    PartitionLog log = trim.log().stored();
    if (log == null || trim.log().isDropped()) {
      return;
    }
    log.flush();
    TrimmedSegments segments = log.trim(trim.startOffset());
    if (!segments.isEmpty()) {
      removed.add(new Removed.Segments(segments));
      hasRemoved = true;
    }
    trim.log().tellWatchers();
  }

  private void drop(Item.DropTopic drop) throws IOException {
    for (ShardLog log : drop.logs()) {
      PartitionLog stored = log.stored();
      if (stored != null) {
        stored.abandon();
      }
    }
    removed.add(new Removed.Topic(drop.topicId()));
    hasRemoved = true;
  }

  private static PartitionLog stored(ShardLog log) {
    PartitionLog stored = log.stored();
    if (stored == null) {
      throw new IllegalStateException("log " + log + " was not opened before it was written");
    }
    return stored;
  }

  /** What was removed since the last call. Only while nothing is being written. */
  List<Removed> takeRemoved() {
    List<Removed> taken = removed;
    removed = new ArrayList<>();
    hasRemoved = false;
    return taken;
  }

  /** Whether there is something that a checkpoint would have deleted. Any thread. */
  boolean hasRemoved() {
    return hasRemoved;
  }
}
