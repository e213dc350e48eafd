package io.millrace.cli.log;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/**
 * Writes a line for each event to standard error: time in UTC, level, short name, message; the
 * trace of an exception after it.
 */
final class LineLogger extends LegacyAbstractLogger {

  private static final long serialVersionUID = 1;

  /** The stream as it was at the start: a test may put another in its place meanwhile. */
  private static final PrintStream OUT = System.err;

  private final String shortName;
  private final int lowest;

  /**
   * @param lowest level of what is written; null for nothing
   */
  LineLogger(String name, @Nullable Level lowest) {
    this.name = name;
    this.shortName = name.substring(name.lastIndexOf('.') + 1);
    this.lowest = lowest == null ? Integer.MAX_VALUE : lowest.toInt();
  }

  private boolean writes(Level level) {
    return level.toInt() >= lowest;
  }

  @Override
  public boolean isTraceEnabled() {
    return writes(Level.TRACE);
  }

  @Override
  public boolean isDebugEnabled() {
    return writes(Level.DEBUG);
  }

  @Override
  public boolean isInfoEnabled() {
    return writes(Level.INFO);
  }

  @Override
  public boolean isWarnEnabled() {
    return writes(Level.WARN);
  }

  @Override
  public boolean isErrorEnabled() {
    return writes(Level.ERROR);
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
    StringBuilder line = new StringBuilder(message.length() + 64);
    line.append(Instant.now().truncatedTo(ChronoUnit.MILLIS))
        .append(' ')
        .append(level.name())
        .append(' ')
        .append(shortName)
        .append(" - ")
        .append(message)
        .append('\n');
    if (cause != null) {
      StringWriter trace = new StringWriter();
      cause.printStackTrace(new PrintWriter(trace));
      line.append(trace);
    }
    // In one call, so that lines of several threads do not mix.
    OUT.print(line);
    OUT.flush();
  }
}
