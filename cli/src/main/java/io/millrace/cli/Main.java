package io.millrace.cli;

import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code millrace}. */
public final class Main {

  private Main() {}

  /** What is printed for {@code millrace --help}, and where the commands other than start hang. */
  @Command(
      name = "millrace",
      description = "One durable log that speaks both Kafka and RabbitMQ.",
      mixinStandardHelpOptions = true,
      version = "millrace 0.1.0",
      footer = {"", "millrace start [OPTION]... runs a broker; millrace start --help says how."})
  static final class Root {}

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
      System.exit(runOther(arguments));
    }
  }

  private static int runOther(String[] arguments) {
    CommandLine line = new CommandLine(new Root());
    line.setExecutionExceptionHandler(Failures::handle);
    return line.execute(arguments);
  }
}
