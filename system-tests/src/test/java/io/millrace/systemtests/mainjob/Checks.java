package io.millrace.systemtests.mainjob;

import java.util.ArrayList;
import java.util.List;

/** What was checked, and what was not as it should be. */
final class Checks {

  private static final int DIFFERENCES_SHOWN = 20;

  private final List<String> differences = new ArrayList<>();
  private int checked;

  void equal(String what, long expected, long actual) {
    isTrue(expected == actual, what + ": " + actual + ", not " + expected);
  }

  /** Checks something; {@code otherwise} says what is wrong. */
  void isTrue(boolean condition, String otherwise) {
    checked++;
    if (!condition) {
      differences.add(otherwise);
    }
  }

  boolean passed() {
    return differences.isEmpty();
  }

  String summary() {
    if (passed()) {
      return "passed: " + checked + " checks";
    }
    int shown = Math.min(DIFFERENCES_SHOWN, differences.size());
    return "FAILED: "
        + differences.size()
        + " of "
        + checked
        + " checks\n    "
        + String.join("\n    ", differences.subList(0, shown));
  }
}
