package io.millrace.cli;

import io.millrace.cli.StartOptions.UsageException;
import io.millrace.server.ConfigurationException;
import io.millrace.server.Millrace;
import io.millrace.server.ReadyFile;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sun.misc.Signal;

/** {@code millrace start}: runs a broker until it is told to stop. */
final class StartCommand {

  private static final long CONFIG_BYTES_MAX = 1 << 20;
  private static final String OFF = "off";

  /** Linux gives times to user space in hundredths of a second. */
  private static final int TICKS_PER_SECOND = 100;

  private final StartOptions options;
  private final Path data;

  private StartCommand(StartOptions options) {
    this.options = options;
    this.data = path(options.get("--data", "./millrace-data"));
  }

  /**
   * Runs it.
   *
   * @param arguments what follows {@code start}
   * @return the exit status
   */
  static int run(List<String> arguments) {
    try {
      StartOptions options = StartOptions.parse(arguments);
      if (options.has("--help")) {
        System.out.print(StartOptions.help());
        return Exit.DONE;
      }
      return new StartCommand(options).run();
    } catch (UsageException e) {
      System.err.println("millrace: " + e.getMessage());
      return Exit.USAGE;
    } catch (ConfigurationException e) {
      System.err.println("millrace: " + e.getMessage());
      return Exit.CONFIGURATION;
    } catch (IOException e) {
      System.err.println("millrace: " + e);
      return Exit.CONFIGURATION;
    }
  }

  private static Path path(String text) {
    return Path.of(text).toAbsolutePath().normalize();
  }

  private int run() throws IOException {
    requireOff("--amqp");
    requireOff("--admin");
    String readyPath = options.get("--ready-file");
    ReadyFile ready = readyPath == null ? null : new ReadyFile(path(readyPath));
    CompletableFuture<Integer> ended = new CompletableFuture<>();
    Signal.handle(new Signal("TERM"), signal -> ended.complete(Exit.DONE));
    Signal.handle(new Signal("INT"), signal -> ended.complete(Exit.INTERRUPTED));
    try (Millrace millrace = builder().start()) {
      announce(millrace, ready);
      millrace.failed().thenAccept(cause -> ended.complete(Exit.REFUSED));
      int status = ended.join();
      if (ready != null) {
        ready.remove();
      }
      if (status == Exit.REFUSED) {
        // What is in memory may be ahead of the disk: nothing is to be written any more.
        Runtime.getRuntime().halt(Exit.REFUSED);
      }
      return status;
    }
  }

  private void requireOff(String option) {
    String value = options.get(option, OFF);
    if (!value.equals(OFF)) {
      throw new ConfigurationException(
          option + " can only be off in this version, not \"" + value + "\"");
    }
  }

  private Millrace.Builder builder() throws IOException {
    Millrace.Builder builder = Millrace.in(data);
    String kafka = options.get("--kafka", "127.0.0.1:9092");
    builder.kafka(kafka.equals(OFF) ? new String[0] : kafka.split(",", -1));
    String journal = options.get("--journal");
    if (journal != null) {
      builder.journals(path(journal));
    }
    String advertise = options.get("--advertise");
    if (advertise != null) {
      builder.advertise(advertise);
    }
    if (options.has("--insecure-allow-anonymous")) {
      builder.allowAnonymous();
    }
    String config = options.get("--config");
    if (config != null) {
      readConfig(path(config)).forEach(builder::set);
    }
    options.settings().forEach(builder::set);
    return builder;
  }

  private static Map<String, String> readConfig(Path file) throws IOException {
    if (!Files.isRegularFile(file) || Files.size(file) > CONFIG_BYTES_MAX) {
      throw new ConfigurationException(
          "--config " + file + " is not a file of at most " + CONFIG_BYTES_MAX + " bytes");
    }
    Map<String, String> settings = new TreeMap<>();
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (MalformedInputException e) {
      throw new ConfigurationException("--config " + file + " is not a text in UTF-8", e);
    }
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).replace("\ufeff", "").strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int equals = line.indexOf('=');
      if (equals < 1) {
        throw new ConfigurationException(
            file + " line " + (i + 1) + " is not name=value: \"" + line + "\"");
      }
      String name = line.substring(0, equals).strip();
      if (settings.put(name, line.substring(equals + 1).strip()) != null) {
        throw new ConfigurationException(
            file + " line " + (i + 1) + " sets " + name + " a second time");
      }
    }
    return settings;
  }

  /** ms since this process was started, by the kernel's clock; 0 if the kernel does not say. */
  private static long msSinceStart() {
    try {
      String stat = Files.readString(Path.of("/proc/self/stat"));
      // Behind the name, which may hold anything, the start is the 20th field: ticks since boot.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      double uptime = Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]);
      return Math.round(1000 * uptime - 1000.0 / TICKS_PER_SECOND * Long.parseLong(fields[19]));
    } catch (IOException | RuntimeException e) {
      return 0;
    }
  }

  private void announce(Millrace millrace, @Nullable ReadyFile ready) throws IOException {
    long readyMs = msSinceStart();
    String kafka = millrace.kafkaAddresses().isEmpty() ? null : millrace.kafka();
    if (ready != null) {
      ready.write(millrace, data, kafka, readyMs);
    }
    System.out.println(
        "millrace ready kafka="
            + (kafka == null ? OFF : kafka)
            + " amqp=off admin=off data="
            + data
            + " ms="
            + readyMs);
    System.out.flush();
  }
}
