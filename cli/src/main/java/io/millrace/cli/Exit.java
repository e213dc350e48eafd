package io.millrace.cli;

/** What a command's exit status says. */
final class Exit {

  static final int DONE = 0;

  /** Refused, or done in part. */
  static final int REFUSED = 1;

  static final int USAGE = 2;

  /** The configuration or the environment does not allow it. */
  static final int CONFIGURATION = 78;

  static final int TIMED_OUT = 124;
  static final int INTERRUPTED = 130;

  private Exit() {}
}
