package io.millrace.cli.log;

import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Which lines are written: the system property {@code millrace.log} for all, and {@code
 * millrace.log.PREFIX} for loggers whose name begins so, the longest prefix first. One of trace,
 * debug, info, warn, error and off; info if nothing is said.
 */
public final class LogLevel {

  private static final String PROPERTY = "millrace.log";
  private static final String OFF = "off";

  private LogLevel() {}

  /** Has loggers whose name begins with {@code prefix}, and are made later, write nothing. */
  public static void silence(String prefix) {
    System.setProperty(PROPERTY + "." + prefix, OFF);
  }

  /** Lowest level that a logger writes; null for none. */
  static @Nullable Level of(String logger) {
    for (String prefix = logger; ; prefix = prefix.substring(0, prefix.lastIndexOf('.'))) {
      String said = System.getProperty(PROPERTY + "." + prefix);
      if (said != null) {
        return parse(said);
      }
      if (prefix.lastIndexOf('.') < 0) {
        return parse(System.getProperty(PROPERTY, "info"));
      }
    }
  }

  private static @Nullable Level parse(String text) {
    if (text.equalsIgnoreCase(OFF)) {
      return null;
    }
    for (Level level : Level.values()) {
      if (level.name().equalsIgnoreCase(text)) {
        return level;
      }
    }
    return Level.INFO;
  }
}
