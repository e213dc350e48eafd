package io.millrace.shard;

import io.millrace.log.LogId;
import io.millrace.log.SavedLog;
import java.util.ArrayList;
import java.util.List;

/**
 * What a snapshot says of a log.
 *
 * @param damaged ranges of lost offsets: first and last in turn
 * @param epochs at which offset each leader epoch began
 * @param producers idempotent producers whose batches would be recognised
 */
public record SnapshotLog(
    LogId id, SavedLog saved, List<Long> damaged, EpochStarts epochs, List<Producer> producers) {

  /**
   * What is remembered of an idempotent producer.
   *
   * @param lastSequence the last producer sequence that was appended, -1 if none is known
   * @param lastMs time of the last append
   */
  public record Producer(long producerId, int epoch, int lastSequence, long lastMs) {}

  static SnapshotLog decode(StateReader in) {
    Stored stored = Stored.decode(in);
    List<Producer> producers = new ArrayList<>();
    for (ProducerState state : stored.producers) {
      producers.add(
          new Producer(state.producerId, state.epoch(), state.lastSequence(), state.lastMs()));
    }
    return new SnapshotLog(stored.id, stored.saved, stored.damaged, stored.epochs, producers);
  }

  /** The same for the shard, with all that it remembers of producers. */
  record Stored(
      LogId id,
      SavedLog saved,
      List<Long> damaged,
      EpochStarts epochs,
      List<ProducerState> producers) {

    static Stored decode(StateReader in) {
      LogId id = new LogId(in.uuid(), (int) in.varint());
      SavedLog saved =
          new SavedLog(
              in.varint(),
              in.varint(),
              in.varint(),
              in.int64(),
              in.int64(),
              in.varint(),
              in.int64());
      List<Long> damaged = new ArrayList<>();
      for (int n = in.count(); n > 0; n--) {
        damaged.add(in.varint());
      }
      EpochStarts epochs = EpochStarts.decode(in);
      List<ProducerState> producers = new ArrayList<>();
      for (int n = in.count(); n > 0; n--) {
        producers.add(ProducerState.decode(in));
      }
      return new Stored(id, saved, damaged, epochs, producers);
    }
  }
}
