package io.millrace.broker;

import io.millrace.shard.Sequencer;
import io.millrace.shard.Shard;
import io.millrace.shard.Task;
import java.util.concurrent.CompletableFuture;

/**
 * A request that is decided on a shard's thread and answered through a future: with its result when
 * the change is applied, or with a {@link RefusedException}.
 *
 * @param <T> what the future holds
 */
@FunctionalInterface
public interface Decision<T> {

  /**
   * Looks at the state and either proposes a change whose application completes the answer, or
   * completes the answer at once.
   *
   * @throws RefusedException to refuse
   */
  void decide(Sequencer sequencer, CompletableFuture<T> answer);

  /** Has a decision made on a shard's thread. */
  static <T> CompletableFuture<T> on(Shard shard, Decision<T> decision) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    shard.execute(
        new Task() {
          @Override
          public void run(Sequencer sequencer) {
            try {
              decision.decide(sequencer, answer);
              if (!answer.isDone()) {
                shard.undecided(this);
                answer.whenComplete((done, refused) -> shard.decided(this));
              }
            } catch (RefusedException e) {
              answer.completeExceptionally(e);
            }
          }

          @Override
          public void stopped() {
            answer.completeExceptionally(
                new RefusedException(
                    Refusal.Reason.STORAGE,
                    "the broker is stopping; whether the change was made is not known"));
          }
        });
    return answer;
  }
}
