package io.millrace.producer;

import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What happens in a producer, beside its messages, on the way to who wants to know: lines to log,
 * errors of the client, and throttling. Any thread may tell; the listeners are called by whoever
 * serves reports. Lines that no listener takes go to {@link System.Logger}.
 */
final class Notices {

  private static final System.Logger LOG = System.getLogger(Producer.class.getName());

  private final ReportQueue reports;
  private final @Nullable Consumer<LogEvent> onLog;
  private final @Nullable Consumer<ProducerError> onError;
  private final @Nullable Consumer<Throttle> onThrottle;
  private final Set<Debug> asked;
  private final int levelMax;

  /**
   * @param asked {@code debug}
   * @param levelMax {@code log_level}
   */
  Notices(ReportQueue reports, ProducerListeners listeners, Set<Debug> asked, int levelMax) {
    this.reports = reports;
    this.onLog = listeners.log();
    this.onError = listeners.error();
    this.onThrottle = listeners.throttle();
    this.asked = asked;
    this.levelMax = levelMax;
  }

  /** Whether it is worth the while to put a line together. */
  boolean sees(Debug what) {
    return asked.contains(what);
  }

  void debug(Debug what, String facility, String text) {
    if (sees(what)) {
      log(LogEvent.DEBUG, facility, text);
    }
  }

  void log(int level, String facility, String text) {
    if (level > levelMax) {
      return;
    }
    LogEvent event = new LogEvent(level, facility, text);
    Consumer<LogEvent> to = onLog;
    if (to == null) {
      LOG.log(event.loggerLevel(), event.toString());
    } else {
      reports.notice(() -> to.accept(event));
    }
  }

  /** Something is wrong with the client as a whole, or with a broker. */
  void error(ProducerError what) {
    Consumer<ProducerError> to = onError;
    if (to != null) {
      reports.notice(() -> to.accept(what));
    }
  }

  void throttled(Throttle what) {
    Consumer<Throttle> to = onThrottle;
    if (to != null) {
      reports.notice(() -> to.accept(what));
    }
  }
}
