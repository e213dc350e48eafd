package io.millrace.benchmarks.tool;

import io.millrace.benchmarks.process.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The jars of the Kafka release that is measured: its broker and its tools, apart from our own
 * class path.
 */
public final class KafkaJars {
  /** What Kafka's {@code kafka-run-class.sh} gives every JVM, broker or tool. */
  public static final List<String> JVM_OPTIONS =
      List.of(
          "-server",
          "-XX:+UseG1GC",
          "-XX:MaxGCPauseMillis=20",
          "-XX:InitiatingHeapOccupancyPercent=35",
          "-XX:+ExplicitGCInvokesConcurrent",
          "-Djava.awt.headless=true");

  private static final String BROKER = "kafka_2.13-";

  private final Path directory;
  private final String version;

  /**
   * The jars in a directory.
   *
   * @throws IllegalStateException if there is no broker among them
   */
  public KafkaJars(Path directory) {
    this.directory = directory;
    try (Stream<Path> files = Files.list(directory)) {
      this.version =
          files
              .map(file -> file.getFileName().toString())
              .filter(file -> file.startsWith(BROKER) && file.endsWith(".jar"))
              .map(file -> file.substring(BROKER.length(), file.length() - ".jar".length()))
              .findFirst()
              .orElseThrow(() -> new IllegalStateException("no Kafka in " + directory));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String version() {
    return version;
  }

  /** The command that runs a class of the release on the JDK that we run on. */
  public List<String> command(List<String> jvmOptions, String mainClass, List<String> arguments) {
    return command(directory + "/*", jvmOptions, mainClass, arguments);
  }

  /** The same for a class of ours that uses the release's client. */
  public List<String> ownCommand(
      List<String> jvmOptions, String mainClass, List<String> arguments) {
    return command(ownClasses() + ":" + directory + "/*", jvmOptions, mainClass, arguments);
  }

  private static List<String> command(
      String classPath, List<String> jvmOptions, String mainClass, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(Commands.jdk("java")));
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", classPath, mainClass));
    command.addAll(arguments);
    return command;
  }

  private static Path ownClasses() {
    return Path.of(KafkaJars.class.getProtectionDomain().getCodeSource().getLocation().getPath());
  }
}
