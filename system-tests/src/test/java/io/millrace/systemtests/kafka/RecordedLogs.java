package io.millrace.systemtests.kafka;

import io.millrace.cli.log.LogProvider;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * The program's own logs, which a test may look at: SLF4J is told to take this in their place by
 * the property {@code slf4j.provider} in the pom. Of Millrace's loggers, warnings and errors are
 * kept while somebody wants them.
 */
public final class RecordedLogs implements SLF4JServiceProvider {

  private static final Queue<String> LINES = new ConcurrentLinkedQueue<>();
  private static volatile boolean recording;

  private final LogProvider own = new LogProvider();
  private final ConcurrentHashMap<String, Logger> loggers = new ConcurrentHashMap<>();

  /** What is logged while something is done, from level WARN on. */
  static List<String> during(Runnable action) {
    LINES.clear();
    recording = true;
    try {
      action.run();
    } finally {
      recording = false;
    }
    return List.copyOf(LINES);
  }

  private static final class Recorded extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1;
    private final Logger own;

    Recorded(String name, Logger own) {
      this.name = name;
      this.own = own;
    }

    @Override
    public boolean isTraceEnabled() {
      return own.isTraceEnabled();
    }

    @Override
    public boolean isDebugEnabled() {
      return own.isDebugEnabled();
    }

    @Override
    public boolean isInfoEnabled() {
      return own.isInfoEnabled();
    }

    @Override
    public boolean isWarnEnabled() {
      return own.isWarnEnabled();
    }

    @Override
    public boolean isErrorEnabled() {
      return own.isErrorEnabled();
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
      return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level,
        @Nullable Marker marker,
        String pattern,
        @Nullable Object @Nullable [] arguments,
        @Nullable Throwable cause) {
      String message = MessageFormatter.basicArrayFormat(pattern, arguments);
      if (recording && name.startsWith("io.millrace") && level.compareTo(Level.WARN) <= 0) {
        LINES.add(level + " " + message + (cause == null ? "" : " " + cause));
      }
      own.atLevel(level).setCause(cause).log(message);
    }
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    ILoggerFactory factory = own.getLoggerFactory();
    return name ->
        loggers.computeIfAbsent(name, fresh -> new Recorded(fresh, factory.getLogger(fresh)));
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return own.getMarkerFactory();
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return own.getMDCAdapter();
  }

  @Override
  public String getRequestedApiVersion() {
    return own.getRequestedApiVersion();
  }

  @Override
  public void initialize() {
    own.initialize();
  }
}
