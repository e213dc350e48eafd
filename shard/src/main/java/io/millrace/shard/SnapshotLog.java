package io.millrace.shard;

import io.millrace.log.LogId;
import io.millrace.log.SavedLog;
import io.millrace.log.Stability;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a snapshot says of a log.
 *
 * @param damaged ranges of lost offsets: first and last in turn
 * @param epochs at which offset each leader epoch began
 * @param producers idempotent producers whose batches would be recognised
 * @param aborted transactions whose records do not count
 */
public record SnapshotLog(
    LogId id,
    SavedLog saved,
    List<Long> damaged,
    EpochStarts epochs,
    List<Producer> producers,
    List<Stability.Aborted> aborted) {

  /**
   * What is remembered of an idempotent producer.
   *
   * @param lastSequence the last producer sequence that was appended, -1 if none is known
   * @param lastMs time of the last append
   * @param openFrom first offset of its open transaction, -1 if it has none
   */
  public record Producer(
      long producerId, int epoch, int lastSequence, long lastMs, long openFrom) {}

  static SnapshotLog decode(StateReader in) {
    Stored stored = Stored.decode(in);
    List<Producer> producers = new ArrayList<>();
    for (ProducerState state : stored.producers) {
      producers.add(
          new Producer(
              state.producerId,
              state.epoch(),
              state.lastSequence(),
              state.lastMs(),
              state.openFrom()));
    }
    return new SnapshotLog(
        stored.id, stored.saved, stored.damaged, stored.epochs, producers, stored.aborted);
  }

  /** The same for the shard, with all that it remembers of producers. */
  record Stored(
      LogId id,
      SavedLog saved,
      List<Long> damaged,
      EpochStarts epochs,
      List<ProducerState> producers,
      List<Stability.Aborted> aborted) {

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
      List<Stability.Aborted> aborted = new ArrayList<>();
      if (in.hasMore()) { // which a snapshot of version 1 has not
        decodeOpen(in, producers);
        for (int n = in.count(); n > 0; n--) {
          aborted.add(decodeAborted(in));
        }
      }
      return new Stored(id, saved, damaged, epochs, producers, aborted);
    }

    private static void decodeOpen(StateReader in, List<ProducerState> producers) {
      int n = in.count();
      Map<Long, ProducerState> byId = new HashMap<>();
      if (n > 0) {
        producers.forEach(producer -> byId.put(producer.producerId, producer));
      }
      for (; n > 0; n--) {
        ProducerState producer = byId.get(in.int64());
        if (producer == null) {
          throw new IllegalStateException("a transaction is open whose producer is not known");
        }
        producer.openFrom(in.varint());
      }
    }

    private static Stability.Aborted decodeAborted(StateReader in) {
      long producerId = in.int64();
      long first = in.varint();
      long last = first + in.varint();
      return new Stability.Aborted(producerId, first, last, in.varint());
    }
  }
}
