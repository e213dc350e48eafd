package io.millrace.benchmarks.peer;

import io.millrace.benchmarks.process.Launched;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The process of a peer: none, or one that runs. */
final class PeerProcess {
  private static final Duration READY_MAX = Duration.ofMinutes(2);

  private final String name;
  private final List<String> prefix;
  private final Path logs;
  private int starts;
  private @Nullable Launched running;

  PeerProcess(PeerOptions options) {
    this.name = options.name().replace(' ', '-').toLowerCase(Locale.ROOT);
    this.prefix = options.prefix();
    this.logs = options.logs();
  }

  void start(List<String> command, Map<String, String> environment) {
    if (running != null) {
      throw new IllegalStateException(name + " runs already");
    }
    List<String> whole = Stream.concat(prefix.stream(), command.stream()).toList();
    running = Launched.start(name + "-" + ++starts, logs, whole, environment);
  }

  long pid() {
    return running().pid();
  }

  void awaitReady(BooleanSupplier ready) {
    Launched process = running();
    long deadline = System.nanoTime() + READY_MAX.toNanos();
    while (!ready.getAsBoolean()) {
      if (!process.alive()) {
        throw new IllegalStateException(name + " ended before it was ready" + process.tail());
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            name + " is not ready after " + READY_MAX.toSeconds() + " s" + process.tail());
      }
      sleep();
    }
  }

  void stop() {
    if (running != null) {
      running.stop();
      running = null;
    }
  }

  void kill() {
    if (running != null) {
      running.kill();
      running = null;
    }
  }

  private Launched running() {
    if (running == null) {
      throw new IllegalStateException(name + " does not run");
    }
    return running;
  }

  private static void sleep() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a broker", e);
    }
  }
}
