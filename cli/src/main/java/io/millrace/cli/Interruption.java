package io.millrace.cli;

import org.jspecify.annotations.Nullable;
import sun.misc.Signal;

/**
 * Ctrl-C or a request to end. A command that has nothing to tidy up never asks for it, and ends at
 * once; one that does gives an action that makes it come to its end.
 */
final class Interruption {

  private final boolean bySignals;
  private @Nullable Runnable action;
  private volatile boolean happened;

  private Interruption(boolean bySignals) {
    this.bySignals = bySignals;
  }

  /** By SIGINT and SIGTERM; a second one ends the process at once. */
  static Interruption bySignals() {
    return new Interruption(true);
  }

  /** By {@link #interrupt} only. */
  static Interruption byCall() {
    return new Interruption(false);
  }

  /** Has an action run, on any thread, when it happens; at once if it has happened. */
  synchronized void then(Runnable whenItHappens) {
    action = whenItHappens;
    if (bySignals) {
      Signal.handle(new Signal("INT"), signal -> interrupt());
      Signal.handle(new Signal("TERM"), signal -> interrupt());
    }
    if (happened) {
      whenItHappens.run();
    }
  }

  synchronized void interrupt() {
    if (happened && bySignals) {
      Runtime.getRuntime().halt(Exit.INTERRUPTED);
    }
    happened = true;
    if (action != null) {
      action.run();
    }
  }

  boolean happened() {
    return happened;
  }
}
