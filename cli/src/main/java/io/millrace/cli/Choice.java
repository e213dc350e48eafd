package io.millrace.cli;

import io.millrace.broker.setting.Nearest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What an option may be. */
final class Choice {

  private Choice() {}

  /**
   * @throws CommandFailure if the value is none of the words
   */
  static void require(String option, String value, String... words) {
    List<String> all = List.of(words);
    if (!all.contains(value)) {
      String nearest = value.length() < 3 ? null : Nearest.of(value, all);
      throw CommandFailure.usage(
          option
              + " cannot be \""
              + value
              + "\": it wants one of "
              + String.join(", ", all)
              + (nearest == null ? "" : "; did you mean " + nearest + "?"));
    }
  }

  static void requireCodec(String value) {
    require("--compression", value, "none", "gzip", "snappy", "lz4", "zstd");
  }

  static void requireFile(String option, Path file) {
    if (Files.isDirectory(file)) {
      throw CommandFailure.environment(option + " " + file + " is a directory, not a file", null);
    }
  }

  static void requireAtMost(String option, long number, long most) {
    if (number > most) {
      throw CommandFailure.usage(option + " cannot be " + number + ": it wants at most " + most);
    }
  }

  /**
   * @throws CommandFailure if the number is below what is possible
   */
  static void requireAtLeast(String option, long number, long least) {
    if (number < least) {
      throw CommandFailure.usage(option + " cannot be " + number + ": it wants at least " + least);
    }
  }
}
