package io.millrace.shard;

import java.util.Collection;

/**
 * One kind of state that lives on a shard: topics, groups, transactions, queues.
 *
 * <p>The pattern is decide, journal, apply. A request is decided on the shard's thread, by a {@link
 * Task} that looks at the state and hands a change to the {@link Sequencer}; once the change is
 * durable it is applied, here, on the same thread. A replay after a crash applies the same bytes in
 * the same order, so {@link #apply} may look at nothing but the state, the change and the time that
 * stands in the entry: no clock, no random number, no file, no setting.
 */
public interface StateMachine {

  /**
   * What this machine's changes are called in the journal; 16 to 127, never used for another
   * machine.
   */
  int kind();

  /**
   * Changes the state.
   *
   * @param change what the decision wrote
   * @param timeMs the entry's time, by the sequencer's clock
   */
  void apply(StateReader change, long timeMs);

  /**
   * Everything that a snapshot must hold. Before {@link #apply} changes or removes one of these, it
   * calls {@link Capture#keep}, so that a snapshot under way sees it as it was.
   */
  Collection<? extends SnapshotItem> snapshotItems();

  /** Takes back one item from a snapshot. */
  void restore(StateReader item);

  /** Everything that stands in snapshot and journal has been applied; requests come next. */
  default void recovered() {}
}
