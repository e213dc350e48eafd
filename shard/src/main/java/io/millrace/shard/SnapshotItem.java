package io.millrace.shard;

/**
 * A piece of state that a snapshot holds as one: a log, a topic, a group. Belongs to the shard's
 * thread.
 *
 * <p>A snapshot is taken while the shard goes on: items are written one after another, and one that
 * is about to change is written first ({@link Capture#keep}).
 */
public abstract class SnapshotItem {

  /** Whether the snapshot under way has still to write this item. */
  boolean toBeCaptured;

  /** The {@link StateMachine#kind()} that will restore it. */
  protected abstract int kind();

  protected abstract void encode(StateWriter out);
}
