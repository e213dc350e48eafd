package io.millrace.broker.transaction;

import io.millrace.shard.Append;
import io.millrace.shard.AppendRefusal;
import io.millrace.shard.Shard;

/** The markers that end a transaction in the logs of one shard. */
final class MarkerAppend extends Append {

  private final Shard coordinator;
  private final Runnable told;

  /**
   * @param told run on the coordinator's thread once the markers are durable and applied
   */
  MarkerAppend(Shard coordinator, Runnable told) {
    super(Acks.APPLIED);
    this.coordinator = coordinator;
    this.told = told;
  }

  @Override
  protected void answered() {
    boolean stopped =
        batches().stream().anyMatch(batch -> batch.refusal() == AppendRefusal.SHARD_STOPPED);
    if (!stopped) {
      coordinator.execute(sequencer -> told.run());
    }
  }

  @Override
  protected void released() {
    // The markers' bytes are on the heap.
  }
}
