package io.millrace.benchmarks.peer;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Millrace says when it is ready, in the file given by {@code --ready-file}.
 *
 * @param kafka host and port of its Kafka listener
 * @param pid process id of its JVM
 */
record ReadyFile(String kafka, long pid) {
  private static final Pattern KAFKA = Pattern.compile("\"kafka\"\\s*:\\s*\"([^\"]+)\"");
  private static final Pattern PID = Pattern.compile("\"pid\"\\s*:\\s*(\\d+)");

  static ReadyFile parse(String json) {
    return new ReadyFile(find(KAFKA, json), Long.parseLong(find(PID, json)));
  }

  private static String find(Pattern pattern, String json) {
    Matcher found = pattern.matcher(json);
    if (!found.find()) {
      throw new IllegalArgumentException("ready file without " + pattern + ": " + json);
    }
    return found.group(1);
  }
}
