package io.millrace.cli;

import io.millrace.cli.log.LogProvider;
import java.util.Arrays;
import java.util.List;

/** The command {@code millrace}. */
public final class Main {

  private Main() {}

  public static void main(String[] arguments) {
    // Found without a search through all jars, and without a word about it.
    System.setProperty("slf4j.internal.verbosity", "WARN");
    System.setProperty(LogProvider.PROPERTY, LogProvider.class.getName());
    List<String> words = Arrays.asList(arguments);
    if (!words.isEmpty() && words.get(0).equals("start")) {
      System.exit(StartCommand.run(words.subList(1, words.size())));
    } else if (words.size() == 2 && words.get(0).equals("train")) {
      System.exit(Training.run(words.get(1)));
    } else {
      System.exit(runOther(words));
    }
  }

  static int runOther(List<String> words) {
    return Commands.run(words, Terminal.ofProcess());
  }
}
