package io.millrace.producer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * What becomes of messages that cannot be delivered.
 *
 * @param kept whether they are kept: {@code failure.policy=dead_letter}
 * @param suffix {@code dead.letter.suffix}: what a topic's name has behind it for its dead letters
 * @param nanosMax {@code dead.letter.timeout.ms}: how long a dead letter may take to be stored
 * @param spillFile {@code dead.letter.spill.file}
 */
record DeadLetterSettings(boolean kept, String suffix, long nanosMax, Path spillFile) {

  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9._-]+");

  /**
   * Sees to it, before there is a dead letter, that there is somewhere to keep it.
   *
   * @throws IllegalArgumentException if not
   */
  void check() {
    if (kept && !NAME.matcher(suffix).matches()) {
      throw new IllegalArgumentException(
          "dead.letter.suffix cannot be \""
              + suffix
              + "\": with it there must be another topic; it wants letters, digits, dots,"
              + " underscores and hyphens");
    }
    Path directory = spillFile.toAbsolutePath().getParent();
    if (kept && (directory == null || !Files.isDirectory(directory))) {
      throw new IllegalArgumentException(
          "dead.letter.spill.file=" + spillFile + " is in no directory: make it first");
    }
    if (kept && !Files.isWritable(directory)) {
      throw new IllegalArgumentException(
          "dead.letter.spill.file=" + spillFile + " is where this user may not write");
    }
  }
}
