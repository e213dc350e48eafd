package io.millrace.benchmarks.load;

import io.millrace.benchmarks.figure.Sample;
import java.util.List;

/** Something that is done to a broker and measured. */
public interface Load {
  /** What it is, for a heading. */
  String title();

  /** What the client was set to, for the report. */
  List<String> settings();

  /** Bytes that one run leaves on a broker's disk, about. */
  long bytes();

  /** Whether it starts and ends the broker itself; otherwise it finds it running. */
  default boolean startsBroker() {
    return false;
  }

  /** How often it is run before it counts, where the caller does not say. */
  default int warmUps() {
    return startsBroker() ? 1 : 2;
  }

  /** Done once for each data directory, before any run, and not measured. */
  default void prepare(Turn turn) {}

  /**
   * Runs once.
   *
   * @throws IllegalStateException if the client failed, or what it was promised does not hold
   */
  Sample run(Turn turn);
}
