package io.millrace.benchmarks.load;

import io.millrace.benchmarks.peer.Peer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One side's turn at a load.
 *
 * @param peer the broker that is measured
 * @param waiting the broker that waits for its turn meanwhile, if it runs
 * @param data the data directory of {@code peer}
 * @param name unlike that of any other turn on these brokers: for topics
 */
public record Turn(Peer peer, @Nullable Peer waiting, Path data, String name) {
  long waitingPid() {
    return waiting == null ? 0 : waiting.pid();
  }

  String bootstrap() {
    return peer.bootstrap();
  }
}
