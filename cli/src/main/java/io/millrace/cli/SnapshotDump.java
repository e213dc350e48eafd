package io.millrace.cli;

import io.millrace.broker.StoredState;
import io.millrace.log.Disk;
import io.millrace.log.LogId;
import io.millrace.log.SavedLog;
import io.millrace.log.Stability;
import io.millrace.shard.NewerFormatException;
import io.millrace.shard.Snapshot;
import io.millrace.shard.SnapshotException;
import io.millrace.shard.SnapshotLog;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;

/** A snapshot: its logs, and the state of the broker. */
final class SnapshotDump {

  private SnapshotDump() {}

  static void of(Disk disk, Path path, Dump dump) throws IOException {
    Snapshot snapshot;
    try {
      snapshot = Snapshot.read(disk, path);
    } catch (SnapshotException | NewerFormatException | EOFException e) {
      dump.line(0, "snapshot").with("file", path.toString()).show();
      dump.damaged(path, 0, Failures.text(e));
      return;
    }
    dump.line(0, "snapshot")
        .with("file", path.toString())
        .with("shard", snapshot.shard())
        .with("index", snapshot.index())
        .withTime("time", snapshot.timeMs())
        .with("epoch", snapshot.leaderEpoch())
        .with("items", snapshot.items().size())
        .show();
    for (Snapshot.Part part : snapshot.items()) {
      SnapshotLog log = part.log();
      if (log != null) {
        show(log, dump);
      } else {
        dump.line(1, "state").with("says", StoredState.text(part.kind(), part.bytes())).show();
      }
    }
  }

  private static void show(SnapshotLog log, Dump dump) {
    SavedLog saved = log.saved();
    dump.line(1, "log")
        .with("topic", LogId.topicDirectory(log.id().topicId()))
        .with("partition", log.id().partition())
        .with("start", saved.startOffset())
        .with("end", saved.endOffset())
        .with("bytes", saved.bytes())
        .withTime("oldest", saved.oldestMs())
        .with("active", saved.activeBase())
        .with("active_bytes", saved.activeBytes())
        .with("epoch", log.epochs().last())
        .with("damaged", log.damaged())
        .show();
    for (SnapshotLog.Producer producer : log.producers()) {
      dump.line(2, "producer")
          .with("id", producer.producerId())
          .with("epoch", producer.epoch())
          .with("last_sequence", producer.lastSequence())
          .withTime("last", producer.lastMs())
          .with("open_from", producer.openFrom())
          .show();
    }
    for (Stability.Aborted aborted : log.aborted()) {
      dump.line(2, "aborted")
          .with("producer", aborted.producerId())
          .with("first", aborted.firstOffset())
          .with("last", aborted.lastOffset())
          .show();
    }
  }
}
