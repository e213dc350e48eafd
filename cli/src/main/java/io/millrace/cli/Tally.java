package io.millrace.cli;

import org.apache.kafka.common.protocol.Errors;

/** Counts what became of records; complains of the first few that failed. Thread safe. */
final class Tally {

  private static final int COMPLAINTS_MAX = 3;

  private final Terminal terminal;
  private final boolean json;
  private long sent;
  private long bytes;
  private long failed;
  private long failedForAnother;

  Tally(Terminal terminal, boolean json) {
    this.terminal = terminal;
    this.json = json;
  }

  /**
   * @param sent records that the broker has taken, with acks=0 those that were sent
   * @param bytes those of their lines
   */
  record Sums(long sent, long bytes, long failed) {}

  synchronized void sent(int recordBytes) {
    sent++;
    bytes += recordBytes;
  }

  synchronized void failed(CommandFailure failure) {
    if (failed++ - failedForAnother < COMPLAINTS_MAX) {
      Failures.print(failure, json, terminal);
    }
  }

  /** Counts one of which nothing is to be said but that another of its batch was refused. */
  synchronized void failedForAnother() {
    failed++;
    failedForAnother++;
  }

  /** Says how many failed for what was wrong with others. */
  synchronized void complainOfOthers() {
    if (failedForAnother > 0) {
      Failures.print(
          CommandFailure.refused(
              Errors.INVALID_RECORD.name(),
              Amounts.count(failedForAnother, "line")
                  + " failed with nothing wrong: each was sent in one batch with a line that was"
                  + " refused",
              null),
          json,
          terminal);
    }
  }

  synchronized Sums sums() {
    return new Sums(sent, bytes, failed);
  }
}
