package io.millrace.benchmarks.peer;

import io.millrace.benchmarks.process.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Millrace, started by its launcher as a user would, and ready when its ready file says so. */
public final class Millrace implements Peer {
  private final PeerOptions options;
  private final List<String> launcher;
  private final Path readyFile;
  private final PeerProcess process;
  private final int port = LoopbackPort.free();
  private @Nullable ReadyFile ready;

  /**
   * A Millrace that is not started yet.
   *
   * @param launcher the command before {@code start}
   */
  public Millrace(PeerOptions options, List<String> launcher) {
    this.options = options;
    this.launcher = List.copyOf(launcher);
    this.readyFile = options.logs().resolve("ready.json");
    this.process = new PeerProcess(options);
  }

  @Override
  public String name() {
    return options.name();
  }

  @Override
  public void prepare(Path data) {}

  @Override
  public void start(Path data) {
    ready = null;
    try {
      Files.createDirectories(options.logs());
      Files.deleteIfExists(readyFile);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    process.start(
        command(data.toString(), bootstrap(), readyFile.toString()),
        Map.of("MILLRACE_JAVA_HOME", System.getProperty("java.home")));
  }

  @Override
  public void awaitReady() {
    process.awaitReady(() -> Files.exists(readyFile));
    ReadyFile found = readyFile();
    if (!found.kafka().equals(bootstrap())) {
      throw new IllegalStateException(
          "Millrace listens on " + found.kafka() + ", not on " + bootstrap());
    }
    ready = found;
  }

  @Override
  public String bootstrap() {
    return "127.0.0.1:" + port;
  }

  @Override
  public long pid() {
    return process.pid();
  }

  @Override
  public long jvmPid() {
    return ready == null ? process.pid() : ready.pid();
  }

  @Override
  public void stop() {
    process.stop();
  }

  @Override
  public void kill() {
    process.kill();
  }

  @Override
  public String version() {
    List<String> command = new ArrayList<>(launcher);
    command.add("--version");
    return Commands.output(command)
        .flatMap(text -> text.lines().findFirst())
        .orElse("Millrace of this commit");
  }

  @Override
  public List<String> settings() {
    return List.of(String.join(" ", command("DIR", "127.0.0.1:PORT", "FILE")));
  }

  private List<String> command(String data, String kafka, String readyFile) {
    List<String> command = new ArrayList<>(launcher);
    command.addAll(List.of("start", "--data", data, "--kafka", kafka));
    // Both others stay on, as they would for a user, but away from the ports that he may have in
    // use.
    command.addAll(
        List.of("--amqp", "off", "--admin", "off", "--ready-file", readyFile));
    if (options.hasMemory()) {
      command.addAll(List.of("--memory", options.memory()));
    }
    options.settings().forEach(setting -> command.addAll(List.of("--set", setting)));
    return command;
  }

  private ReadyFile readyFile() {
    try {
      return ReadyFile.parse(Files.readString(readyFile));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
