package io.millrace.benchmarks.load;

import io.millrace.benchmarks.process.Commands;
import java.util.List;

/** What is done to the data of a broker that does not run. */
final class StoppedBroker {
  private StoppedBroker() {}

  /** Deletes its data, so that the next start is a first one. */
  static void clear(Turn turn) {
    turn.peer().stop();
    if (Commands.output(List.of("rm", "-rf", "--", turn.data().toString())).isEmpty()) {
      throw new IllegalStateException("cannot delete " + turn.data());
    }
  }
}
