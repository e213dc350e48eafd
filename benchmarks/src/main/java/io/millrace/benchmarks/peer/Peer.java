package io.millrace.benchmarks.peer;

import java.nio.file.Path;
import java.util.List;

/**
 * A broker under test: one process tree, started and ended by us, on one loopback port that it
 * keeps over restarts, so that a client can wait for it.
 *
 * <p>Not thread safe.
 */
public interface Peer {
  /** What the report calls it. */
  String name();

  /** Does whatever must be done once to an empty data directory before the first {@link #start}. */
  void prepare(Path data);

  /**
   * Starts the process on a data directory, fresh or left by an earlier start, and returns at once.
   *
   * @throws IllegalStateException if it runs already
   */
  void start(Path data);

  /**
   * Waits until the broker answers requests.
   *
   * @throws IllegalStateException if the process ends, or is not ready within two minutes
   */
  void awaitReady();

  /** Host and port for clients, the same in every start. */
  String bootstrap();

  /** The root of the process tree: what is measured. */
  long pid();

  /** The JVM in the tree: whom jcmd asks. */
  long jvmPid();

  /** Ends it by SIGTERM, and waits. Does nothing if it does not run. */
  void stop();

  /** Ends it by SIGKILL, and waits. Does nothing if it does not run. */
  void kill();

  /** Version of the broker, as exactly as it is known. */
  String version();

  /**
   * Everything that it was started with: the command, and each setting that is not the broker's
   * default.
   */
  List<String> settings();

  /** Starts on an empty directory and waits until it is ready. */
  default void startFresh(Path data) {
    prepare(data);
    start(data);
    awaitReady();
  }
}
