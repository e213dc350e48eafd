package io.millrace.broker.transaction;

import io.millrace.broker.Decision;
import io.millrace.shard.Shard;
import io.millrace.shard.SnapshotItem;
import io.millrace.shard.StateMachine;
import io.millrace.shard.StateReader;
import io.millrace.shard.StateWriter;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/**
 * Gives out producer ids, each once for ever. They are reserved in blocks, one change for each
 * block; a restart skips what was left of the last one.
 */
public final class ProducerIds implements StateMachine {

  public static final int KIND = 17;
  private static final long BLOCK = 1000;

  private final Shard shard;
  private final Next next = new Next();

  // The shard's thread.
  private long free;
  private long freeEnd;
  private boolean reserving;
  private final Queue<CompletableFuture<Long>> waiting = new ArrayDeque<>();

  /** The first id that no block holds. */
  private static final class Next extends SnapshotItem {
    private long unreserved = 1;

    @Override
    protected int kind() {
      return KIND;
    }

    @Override
    protected void encode(StateWriter out) {
      out.varint(unreserved);
    }
  }

  /**
   * @param metadata the metadata shard
   */
  public ProducerIds(Shard metadata) {
    this.shard = metadata;
  }

  /** A new producer id. */
  public CompletableFuture<Long> next() {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          if (free < freeEnd) {
            answer.complete(free++);
            return;
          }
          waiting.add(answer);
          if (!reserving) {
            reserving = true;
            long end = next.unreserved + Math.max(BLOCK, waiting.size());
            sequencer.change(KIND, new StateWriter().varint(end), this::serveWaiting);
          }
        });
  }

  private void serveWaiting() {
    reserving = false;
    while (free < freeEnd && !waiting.isEmpty()) {
      waiting.poll().complete(free++);
    }
    // More came while the block was on its way than it holds: they ask again.
    for (int n = waiting.size(); n > 0; n--) {
      CompletableFuture<Long> answer = waiting.poll();
      next()
          .whenComplete((id, failure) -> {
            if (failure == null) {
              answer.complete(id);
            } else {
              answer.completeExceptionally(failure);
            }
          });
    }
  }

  @Override
  public int kind() {
    return KIND;
  }

  @Override
  public void apply(StateReader change, long timeMs) {
    shard.capture().keep(next);
    free = next.unreserved;
    next.unreserved = change.varint();
    freeEnd = next.unreserved;
  }

  @Override
  public Collection<? extends SnapshotItem> snapshotItems() {
    return List.of(next);
  }

  @Override
  public void restore(StateReader item) {
    next.unreserved = item.varint();
  }

  @Override
  public void recovered() {
    free = freeEnd;
  }
}
