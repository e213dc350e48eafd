package io.millrace.shard;

/**
 * Something to decide on the shard's thread, where the state may be looked at and changes be
 * proposed.
 */
@FunctionalInterface
public interface Task {

  /** Runs on the shard's thread. Must not block. */
  void run(Sequencer sequencer);

  /** The shard has stopped, so the task will not run. Called by any thread. */
  default void stopped() {}
}
