package io.millrace.producer;

/**
 * A line that a producer would log.
 *
 * @param level as in syslog and librdkafka: 3 for errors, 4 for warnings, 6 for what is worth
 *     knowing, 7 for what the setting {@code debug} asks for
 * @param facility a word for what it is about, such as {@code CONNECT}
 * @param text what has happened
 * @see ProducerListeners#log
 */
public record LogEvent(int level, String facility, String text) {

  static final int ERROR = 3;
  static final int WARNING = 4;
  static final int INFO = 6;
  static final int DEBUG = 7;

  /** The level by Java's names. */
  public System.Logger.Level loggerLevel() {
    return level <= ERROR
        ? System.Logger.Level.ERROR
        : level == WARNING
            ? System.Logger.Level.WARNING
            : level <= INFO ? System.Logger.Level.INFO : System.Logger.Level.DEBUG;
  }

  @Override
  public String toString() {
    return facility + ": " + text;
  }
}
