package io.millrace.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code millrace}. */
@Command(
    name = "millrace",
    description = "One durable log that speaks both Kafka and RabbitMQ.",
    mixinStandardHelpOptions = true,
    version = "millrace 0.1.0",
    subcommands = {StartCommand.class})
public final class Main {

  private Main() {}

  public static void main(String[] arguments) {
    System.setProperty("org.slf4j.simpleLogger.showDateTime", "true");
    System.setProperty("org.slf4j.simpleLogger.dateTimeFormat", "yyyy-MM-dd HH:mm:ss.SSS");
    System.setProperty("org.slf4j.simpleLogger.showThreadName", "false");
    System.setProperty("org.slf4j.simpleLogger.showShortLogName", "true");
    CommandLine line = new CommandLine(new Main());
    line.setExecutionExceptionHandler(Failures::handle);
    System.exit(line.execute(arguments));
  }
}
