package io.millrace.cli;

import java.util.Arrays;
import java.util.List;

/** The command {@code millrace}. */
public final class Main {

  private Main() {}

  public static void main(String[] arguments) {
    System.setProperty("org.slf4j.simpleLogger.showDateTime", "true");
    System.setProperty("org.slf4j.simpleLogger.dateTimeFormat", "yyyy-MM-dd HH:mm:ss.SSS");
    System.setProperty("org.slf4j.simpleLogger.showThreadName", "false");
    System.setProperty("org.slf4j.simpleLogger.showShortLogName", "true");
    List<String> words = Arrays.asList(arguments);
    if (!words.isEmpty() && words.get(0).equals("start")) {
      System.exit(StartCommand.run(words.subList(1, words.size())));
    } else if (words.equals(List.of("train"))) {
      System.exit(Training.run());
    } else {
      System.exit(runOther(words));
    }
  }

  private static int runOther(List<String> words) {
    return Commands.run(words, Terminal.ofProcess());
  }
}
