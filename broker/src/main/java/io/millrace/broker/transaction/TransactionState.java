package io.millrace.broker.transaction;

import io.millrace.log.LogId;
import io.millrace.shard.StateReader;
import io.millrace.shard.StateWriter;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The producer behind a transactional id, and its latest transaction. Changed by {@link #apply}
 * only, once when a change is decided and once when it is durable, each on a state of its own.
 *
 * <p>A change is a number, then: 1 initialised (identity, identity before, timeout), 2 extended
 * (logs, groups), 3 ending (commit, epoch of the markers, identity afterwards, whether the producer
 * may ask again), 4 ended, 5 forgotten.
 */
final class TransactionState {

  private static final int INITIALISED = 1;
  private static final int EXTENDED = 2;
  private static final int ENDING = 3;
  private static final int ENDED = 4;
  private static final int FORGOTTEN = 5;

  private ProducerIdentity producer = ProducerIdentity.NONE;

  /** Whom the producer was before the last change of its identity, while it may ask again. */
  private ProducerIdentity previous = ProducerIdentity.NONE;

  /** Whom the markers of the transaction that is being ended name. */
  private ProducerIdentity marker = ProducerIdentity.NONE;

  private TransactionPhase phase = TransactionPhase.EMPTY;
  private int timeoutMs;
  private long startedMs = -1;
  private long changedMs;
  private final Set<LogId> logs = new LinkedHashSet<>(4);
  private final Set<String> groups = new LinkedHashSet<>(2);

  ProducerIdentity producer() {
    return producer;
  }

  ProducerIdentity previous() {
    return previous;
  }

  ProducerIdentity marker() {
    return marker;
  }

  TransactionPhase phase() {
    return phase;
  }

  int timeoutMs() {
    return timeoutMs;
  }

  long startedMs() {
    return startedMs;
  }

  long changedMs() {
    return changedMs;
  }

  Set<LogId> logs() {
    return logs;
  }

  Set<String> groups() {
    return groups;
  }

  TransactionState copy() {
    TransactionState copy = new TransactionState();
    copy.producer = producer;
    copy.previous = previous;
    copy.marker = marker;
    copy.phase = phase;
    copy.timeoutMs = timeoutMs;
    copy.startedMs = startedMs;
    copy.changedMs = changedMs;
    copy.logs.addAll(logs);
    copy.groups.addAll(groups);
    return copy;
  }

  // --- changes ---

  static StateWriter initialised(
      StateWriter out, ProducerIdentity producer, ProducerIdentity previous, int timeoutMs) {
    encode(producer, out.int8(INITIALISED));
    encode(previous, out);
    return out.varint(timeoutMs);
  }

  static StateWriter extended(StateWriter out, Set<LogId> logs, Set<String> groups) {
    out.int8(EXTENDED);
    encodeParts(logs, groups, out);
    return out;
  }

  static StateWriter ending(
      StateWriter out, boolean commit, int markerEpoch, ProducerIdentity next, boolean mayRepeat) {
    out.int8(ENDING).bool(commit).int16(markerEpoch);
    encode(next, out);
    return out.bool(mayRepeat);
  }

  static StateWriter ended(StateWriter out) {
    return out.int8(ENDED);
  }

  static StateWriter forgotten(StateWriter out) {
    return out.int8(FORGOTTEN);
  }

  /**
   * @param timeMs the entry's time
   */
  void apply(StateReader change, long timeMs) {
    changedMs = timeMs;
    int what = change.int8();
    switch (what) {
      case INITIALISED -> {
        producer = decodeIdentity(change);
        previous = decodeIdentity(change);
        timeoutMs = (int) change.varint();
        phase = TransactionPhase.EMPTY;
        finish();
      }
      case EXTENDED -> {
        if (phase != TransactionPhase.ONGOING) {
          phase = TransactionPhase.ONGOING;
          startedMs = timeMs;
        }
        decodeParts(change);
      }
      case ENDING -> {
        phase = TransactionPhase.ending(change.bool());
        marker = new ProducerIdentity(producer.id(), change.int16());
        ProducerIdentity next = decodeIdentity(change);
        previous = change.bool() ? producer : ProducerIdentity.NONE;
        producer = next;
      }
      case ENDED -> {
        phase = TransactionPhase.ended(phase == TransactionPhase.COMMITTING);
        finish();
      }
      case FORGOTTEN -> phase = TransactionPhase.DEAD;
      default -> throw new IllegalStateException("transactions know no change " + what);
    }
  }

  private void finish() {
    startedMs = -1;
    logs.clear();
    groups.clear();
  }

  // --- snapshot ---

  void encode(StateWriter out) {
    encode(producer, out);
    encode(previous, out);
    encode(marker, out);
    out.int8(phase.ordinal()).varint(timeoutMs).int64(startedMs).int64(changedMs);
    encodeParts(logs, groups, out);
  }

  static TransactionState decode(StateReader in) {
    TransactionState state = new TransactionState();
    state.producer = decodeIdentity(in);
    state.previous = decodeIdentity(in);
    state.marker = decodeIdentity(in);
    state.phase = TransactionPhase.values()[in.int8()];
    state.timeoutMs = (int) in.varint();
    state.startedMs = in.int64();
    state.changedMs = in.int64();
    state.decodeParts(in);
    return state;
  }

  private static void encode(ProducerIdentity identity, StateWriter out) {
    out.int64(identity.id()).int16(identity.epoch());
  }

  private static ProducerIdentity decodeIdentity(StateReader in) {
    long id = in.int64();
    return new ProducerIdentity(id, in.int16());
  }

  private static void encodeParts(Set<LogId> logs, Set<String> groups, StateWriter out) {
    out.varint(logs.size());
    logs.forEach(log -> out.uuid(log.topicId()).varint(log.partition()));
    out.varint(groups.size());
    groups.forEach(out::text);
  }

  private void decodeParts(StateReader in) {
    for (int n = in.count(); n > 0; n--) {
      logs.add(new LogId(in.uuid(), (int) in.varint()));
    }
    for (int n = in.count(); n > 0; n--) {
      groups.add(in.text());
    }
  }
}
