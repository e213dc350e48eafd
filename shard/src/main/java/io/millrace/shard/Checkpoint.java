package io.millrace.shard;

import io.millrace.log.LogStore;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a snapshot of the state after one entry, so that the journal before it is no longer needed.
 * In this order:
 *
 * <ol>
 *   <li>capture the state, a slice at a time, while later entries change it;
 *   <li>sync every file that changed since the last checkpoint, and the directories;
 *   <li>write, sync, rename and read back the snapshot; sync its directory;
 *   <li>only then release journal files and delete what was trimmed.
 * </ol>
 *
 * <p>The first step is the shard's thread's, the others happen in the background. One checkpoint at
 * a time.
 */
final class Checkpoint {

  private static final Logger LOG = LoggerFactory.getLogger(Checkpoint.class);

  private static final int SLICE_ITEMS = 500;

  private enum Phase {
    /** Nothing is going on. */
    IDLE,
    /** It begins as soon as every applied entry is in the logs. */
    WANTED,
    /** The state is being captured. */
    CAPTURING,
    /** Files are being synced, the snapshot is being written. */
    WRITING
  }

  private final int shard;
  private final ShardFiles files;
  private final ShardState state;
  private final LogWriter logWriter;
  private final JournalFiles journalFiles;
  private final Surroundings surroundings;

  /** Runs an action on the shard's thread. */
  private final Executor shardThread;

  private Phase phase = Phase.IDLE;
  private long index;
  private long timeMs;
  private int leaderEpoch;
  private long journalBytes;
  private LogStore.@Nullable Changes changes;
  private List<LogWriter.Removed> removed = List.of();
  private long journalBytesAtLast;
  private long finishedIndex;

  Checkpoint(
      int shard,
      ShardFiles files,
      ShardState state,
      LogWriter logWriter,
      JournalFiles journalFiles,
      Surroundings surroundings,
      Executor shardThread) {
    this.shard = shard;
    this.files = files;
    this.state = state;
    this.logWriter = logWriter;
    this.journalFiles = journalFiles;
    this.surroundings = surroundings;
    this.shardThread = shardThread;
  }

  void want() {
    if (phase == Phase.IDLE) {
      phase = Phase.WANTED;
    }
  }

  /** Whether it waits for the logs' writer to come to rest. */
  boolean isWanted() {
    return phase == Phase.WANTED;
  }

  boolean isIdle() {
    return phase == Phase.IDLE;
  }

  boolean isCapturing() {
    return phase == Phase.CAPTURING;
  }

  /** Index of the last entry that a finished checkpoint of this run holds. */
  long finishedIndex() {
    return finishedIndex;
  }

  /** Journal bytes written in this run when the last finished checkpoint began. */
  long journalBytesAtLast() {
    return journalBytesAtLast;
  }

  /** Begins, with every applied entry in the logs and nothing being written to them. */
  void begin(long lastApplied, long lastTimeMs, int epoch, long journalBytesNow) {
    phase = Phase.CAPTURING;
    index = lastApplied;
    timeMs = lastTimeMs;
    leaderEpoch = epoch;
    journalBytes = journalBytesNow;
    state.capture().begin(state.snapshotItems());
    changes = state.store().takeChanges();
    removed = logWriter.takeRemoved();
  }

  /** Captures some more of the state. */
  void slice() {
    if (!state.capture().slice(SLICE_ITEMS)) {
      return;
    }
    phase = Phase.WRITING;
    Capture.Captured captured = state.capture().finish();
    try {
      surroundings.background().execute(() -> write(captured));
    } catch (RejectedExecutionException e) {
      surroundings.onFailure().accept(e);
    }
  }

  private void write(Capture.Captured captured) {
    try {
      LogStore.Changes toSync = changes;
      if (toSync != null) {
        toSync.sync();
      }
      Snapshot.write(files.disk(), files.snapshots(), shard, index, timeMs, leaderEpoch, captured);
      state.store().checkpointFinished();
      journalFiles.release(index);
      Snapshot.deleteOthers(files.disk(), files.snapshots(), index);
      deleteRemoved();
      shardThread.execute(this::finished);
    } catch (Throwable e) {
      // An Error too: a checkpoint that never ends would hold up the journal and every stop.
      surroundings.onFailure().accept(e);
    }
  }

  private void deleteRemoved() throws IOException {
    for (LogWriter.Removed gone : removed) {
      switch (gone) {
        case LogWriter.Removed.Segments segments -> segments.segments().delete();
        case LogWriter.Removed.Topic topic -> state.store().deleteTopic(topic.topicId());
      }
    }
    removed = List.of();
  }

  private void finished() {
    LOG.debug("shard {}: checkpoint at entry {}", shard, index);
    finishedIndex = index;
    journalBytesAtLast = journalBytes;
    phase = Phase.IDLE;
  }
}
