package io.millrace.benchmarks.tool;

import io.millrace.benchmarks.process.Launched;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Runs a client to its end in a process of its own, with the heap and options that Kafka's scripts
 * give it.
 */
public final class KafkaTools {
  private static final List<String> HEAP = List.of("-Xmx512M");

  private final KafkaJars jars;
  private final Path logs;
  private final Duration timeout;
  private int runs;

  /**
   * A runner.
   *
   * @param logs directory for what the clients print
   * @param timeout after which a client is killed and the run fails
   */
  public KafkaTools(KafkaJars jars, Path logs, Duration timeout) {
    this.jars = jars;
    this.logs = logs;
    this.timeout = timeout;
  }

  /** What every client's JVM is given, for the report. */
  public static String settings() {
    return "java " + String.join(" ", jvmOptions());
  }

  /**
   * Runs a tool of Kafka's.
   *
   * @param name the class in {@code org.apache.kafka.tools}
   * @return what it printed
   * @throws IllegalStateException if it failed
   */
  public String run(String name, List<String> arguments) {
    return finish(name, jars.command(jvmOptions(), "org.apache.kafka.tools." + name, arguments));
  }

  /** Runs a client of ours in the same way. */
  public String runOwn(Class<?> program, List<String> arguments) {
    return finish(
        program.getSimpleName(), jars.ownCommand(jvmOptions(), program.getName(), arguments));
  }

  private String finish(String name, List<String> command) {
    Launched client = Launched.start("client-" + ++runs + "-" + name, logs, command, Map.of());
    int status = client.await(timeout);
    if (status != 0) {
      throw new IllegalStateException(name + " ended with " + status + client.tail());
    }
    return client.output();
  }

  private static List<String> jvmOptions() {
    List<String> jvm = new ArrayList<>(HEAP);
    jvm.addAll(KafkaJars.JVM_OPTIONS);
    return jvm;
  }
}
