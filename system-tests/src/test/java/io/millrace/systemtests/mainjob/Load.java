package io.millrace.systemtests.mainjob;

import io.millrace.systemtests.mainjob.AccessLog.Line;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/** A producer that sends the lines one after another, at an even pace. */
interface Load extends AutoCloseable {

  /** Sends one line, or takes it to be sent soon. */
  void send(Line line) throws IOException;

  /** Waits until everything that was sent is acknowledged. */
  void finish() throws IOException, InterruptedException;

  /** Lines that are known to have arrived; those sent, for a producer that does not tell. */
  int arrived();

  @Override
  void close();

  /**
   * Sends all lines.
   *
   * @param seconds how long it should take
   */
  default void run(AccessLog log, double seconds) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    double nanosEach = seconds * 1e9 / log.lines().size();
    for (Line line : log.lines()) {
      long due = begin + (long) (nanosEach * line.number());
      for (long left; (left = due - System.nanoTime()) > 0; ) {
        LockSupport.parkNanos(left);
      }
      send(line);
    }
    finish();
  }
}
