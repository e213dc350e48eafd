package io.millrace.systemtests.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A broker in a process of its own, as a user would start it: {@code millrace start} with options,
 * on this JVM's class path or by the launcher.
 *
 * <p>Whatever happens to the JVM of the test, its processes do not outlive it.
 */
public final class BrokerProcess implements AutoCloseable {

  private static final long READY_MS = 60_000;
  private static final long STOP_MS = 20_000;
  private static final Pattern READY = Pattern.compile("millrace ready kafka=(\\S+) .* ms=(\\d+)");

  private final Process process;
  private final Path errors;
  private final CompletableFuture<Matcher> ready = new CompletableFuture<>();

  private BrokerProcess(Process process, Path errors) {
    this.process = process;
    this.errors = errors;
    Thread reader = new Thread(this::readOutput, "output of broker " + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  private void readOutput() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line; (line = lines.readLine()) != null; ) {
        Matcher matcher = READY.matcher(line);
        if (matcher.matches()) {
          ready.complete(matcher);
        }
      }
    } catch (IOException e) {
      // The process ended while its output was read: as good as the end of it.
    }
    ready.completeExceptionally(new IllegalStateException("it ended before it was ready"));
  }

  /** How to start a broker over a data directory. */
  public static Builder in(Path data) {
    return new Builder(data);
  }

  /** A free port of the loopback address, for a broker that must come back on the same one. */
  public static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The {@code java} that runs this. */
  public static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** How to start a broker; may be used again and again. */
  public static final class Builder {
    private final Path data;
    private final List<String> wrapper = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private final Map<String, String> settings = new TreeMap<>();
    private final Map<String, String> environment = new TreeMap<>();
    private String kafka = "127.0.0.1:0";
    private String memory = "256m";
    private List<String> program = List.of();

    private Builder(Path data) {
      this.data = data;
    }

    /** On this port each time; else on a free one. */
    public Builder port(int port) {
      kafka = "127.0.0.1:" + port;
      return this;
    }

    public Builder set(String name, Object value) {
      settings.put(name, value.toString());
      return this;
    }

    public Builder memory(String size) {
      memory = size;
      return this;
    }

    public Builder option(String... words) {
      options.addAll(List.of(words));
      return this;
    }

    public Builder environment(String name, String value) {
      environment.put(name, value);
      return this;
    }

    /** A command that runs the broker's, as strace does. */
    public Builder under(String... words) {
      wrapper.addAll(List.of(words));
      return this;
    }

    /** By the launcher of the repository instead of this JVM's class path. */
    public Builder launcher(Path path) {
      program = List.of(path.toString());
      return this;
    }

    /** Starts it and waits until it is ready. */
    public BrokerProcess start() {
      BrokerProcess broker = launch();
      broker.awaitReady();
      return broker;
    }

    /** Starts it and waits for nothing. */
    public BrokerProcess launch() {
      List<String> command = new ArrayList<>(wrapper);
      command.addAll(program.isEmpty() ? classPathProgram() : program);
      command.addAll(List.of("start", "--data", data.toString(), "--kafka", kafka));
      command.addAll(List.of("--memory", memory));
      settings.forEach((name, value) -> command.addAll(List.of("--set", name + "=" + value)));
      command.addAll(options);
      try {
        Path errors = Files.createTempFile("millrace-broker", ".log");
        errors.toFile().deleteOnExit();
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
        builder.environment().putAll(environment);
        return new BrokerProcess(ChildProcesses.start(builder), errors);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private List<String> classPathProgram() {
      return List.of(
          java(),
          "-XX:+UseSerialGC",
          "-XX:+ExitOnOutOfMemoryError",
          "-XX:TieredStopAtLevel=1",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-Xmx" + memory,
          "-cp",
          System.getProperty("java.class.path"),
          "io.millrace.cli.Main");
    }
  }

  /** Waits until it says that it is ready. */
  public void awaitReady() {
    try {
      ready.get(READY_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      kill();
      throw new AssertionError("the broker did not become ready; it said:\n" + errors(), e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public boolean isReady() {
    return ready.isDone() && !ready.isCompletedExceptionally();
  }

  /** Where Kafka clients find it, as host:port. */
  public String kafka() {
    return ready.join().group(1);
  }

  public int port() {
    return Integer.parseInt(kafka().substring(kafka().lastIndexOf(':') + 1));
  }

  /** What it says it took from the start of the process. */
  public long readyMs() {
    return Long.parseLong(ready.join().group(2));
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Kills it as {@code kill -9} does, and waits until it is gone. */
  public void kill() {
    // Killed itself, strace would let go of the broker, which would run on.
    List<ProcessHandle> below = process.descendants().toList();
    below.forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    awaitEnd();
  }

  /** Asks it to stop, as {@code kill} does, and waits for that. */
  public int stop() {
    process.destroy();
    return awaitEnd();
  }

  /** Waits until it ends by itself, and gives the exit status. */
  public int awaitEnd() {
    try {
      if (!process.waitFor(STOP_MS, TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        process.waitFor();
        throw new AssertionError("the broker did not end in " + STOP_MS + " ms:\n" + errors());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether it ends by itself before some time has passed. */
  public boolean endsWithin(Duration time) {
    try {
      return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What it wrote to its error output up to now. */
  public String errors() {
    try {
      return Files.readString(errors, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Bytes of memory that it has resident, at most so far. */
  public long residentBytesMax() {
    return 1024 * number("/proc/" + pid() + "/status", "VmHWM:\\s+(\\d+) kB");
  }

  /** Bytes that it has handed to the operating system in write calls, sockets included. */
  public long writtenBytes() {
    return number("/proc/" + pid() + "/io", "wchar: (\\d+)");
  }

  private static long number(String file, String pattern) {
    try {
      Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(Path.of(file)));
      return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  /** Kills it if it still runs. */
  @Override
  public void close() {
    if (process.isAlive()) {
      kill();
    }
    try {
      Files.deleteIfExists(errors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
