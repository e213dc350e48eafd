package io.millrace.benchmarks.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A process that we started, with its output in files, and its end bound to ours.
 *
 * <p>All that still run are killed, with their descendants, when this JVM ends, also on Ctrl-C.
 */
public final class Launched {
  private static final Set<Launched> RUNNING = ConcurrentHashMap.newKeySet();
  private static final int TAIL_LINES = 20;
  private static final Queue<Runnable> LAST = new ConcurrentLinkedQueue<>();
  private static volatile boolean ending;

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(Launched::endAll));
  }

  private final Process process;
  private final String name;
  private final Path out;
  private final Path err;

  private Launched(Process process, String name, Path out, Path err) {
    this.process = process;
    this.name = name;
    this.out = out;
    this.err = err;
  }

  /**
   * Starts a process.
   *
   * @param name what it is called in messages and in the names of its output files
   * @param logs directory for its standard output ({@code NAME.out}) and standard error ({@code
   *     NAME.err})
   * @param environment added to ours
   */
  public static Launched start(
      String name, Path logs, List<String> command, Map<String, String> environment) {
    if (ending) {
      throw new IllegalStateException("ending: " + name + " is not started");
    }
    try {
      Files.createDirectories(logs);
      Path out = logs.resolve(name + ".out");
      Path err = logs.resolve(name + ".err");
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().putAll(environment);
      builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
      builder.redirectOutput(out.toFile());
      builder.redirectError(err.toFile());
      Launched launched = new Launched(builder.start(), name, out, err);
      RUNNING.add(launched);
      return launched;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Has something done when this JVM ends, after all processes are gone. */
  static void whenAllEnded(Runnable action) {
    LAST.add(action);
  }

  public long pid() {
    return process.pid();
  }

  public boolean alive() {
    return process.isAlive();
  }

  /** What it has written to standard output. */
  public String output() {
    try {
      return Files.readString(out, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Waits for its end.
   *
   * @return the exit status
   * @throws IllegalStateException if it has not ended in time; it is killed then
   */
  public int await(Duration timeout) {
    try {
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        kill();
        throw new IllegalStateException(
            name + " did not end within " + timeout.toSeconds() + " s" + tail());
      }
      RUNNING.remove(this);
      return process.exitValue();
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + name, e);
    }
  }

  /** Asks it to end (SIGTERM), and waits; killed if that takes more than two minutes. */
  public void stop() {
    process.destroy();
    await(Duration.ofMinutes(2));
  }

  /** Kills it and its descendants (SIGKILL), and waits until they are gone. */
  public void kill() {
    List<ProcessHandle> tree =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    tree.forEach(ProcessHandle::destroyForcibly);
    tree.forEach(handle -> handle.onExit().join());
    RUNNING.remove(this);
  }

  /** The last lines of its output, for a message about its failure. */
  public String tail() {
    try {
      List<String> lines =
          Stream.concat(
                  Files.readAllLines(out, StandardCharsets.UTF_8).stream(),
                  Files.readAllLines(err, StandardCharsets.UTF_8).stream())
              .toList();
      return "\n"
          + String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return " (" + e.getMessage() + ")";
    }
  }

  private static void endAll() {
    ending = true;
    RUNNING.forEach(Launched::kill);
    LAST.forEach(Runnable::run);
  }
}
