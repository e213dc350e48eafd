package io.millrace.cli;

/** Counts what became of records; complains of the first few that failed. Thread safe. */
final class Tally {

  private static final int COMPLAINTS_MAX = 3;

  private final Terminal terminal;
  private final boolean json;
  private long sent;
  private long bytes;
  private long failed;

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
    if (failed++ < COMPLAINTS_MAX) {
      Failures.print(failure, json, terminal);
    }
  }

  synchronized Sums sums() {
    return new Sums(sent, bytes, failed);
  }
}
