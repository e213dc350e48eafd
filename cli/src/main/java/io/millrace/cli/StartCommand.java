package io.millrace.cli;

import io.millrace.cli.StartOptions.UsageException;
import io.millrace.server.ConfigurationException;
import io.millrace.server.Millrace;
import io.millrace.server.ReadyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/**
 * {@code millrace start}: runs a broker until it is told to stop.
 *
 * <p>SIGTERM and SIGINT stop it: it takes no more requests, answers those under way, makes a
 * checkpoint, and ends with status 0 after SIGTERM and 130 after SIGINT. A second SIGINT ends it at
 * once, without the checkpoint: what was acknowledged is in the journal, and the next start brings
 * it back. A second SIGTERM changes nothing.
 */
final class StartCommand {

  private static final Logger LOG = LoggerFactory.getLogger(StartCommand.class);
  private static final String OFF = "off";
  private static final String KAFKA = "127.0.0.1:9092";

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
    NettyProperties.set();
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
      System.err.println("millrace: " + Failures.of(e).message());
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
    Signal.handle(new Signal("INT"), signal -> interrupt(ended));
    Millrace.Builder builder = builder();
    if (ready != null) {
      builder.readyFile(ready);
    }
    try (Millrace millrace = builder.start()) {
      // A signal that came meanwhile is obeyed at once: nobody is told that it is ready.
      if (!ended.isDone()) {
        announce(millrace, ready);
      }
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

  private static void interrupt(CompletableFuture<Integer> ended) {
    if (!ended.complete(Exit.INTERRUPTED)) {
      System.err.println("millrace: stopped at once; the next start reads the journal");
      Runtime.getRuntime().halt(Exit.INTERRUPTED);
    }
  }

  private void requireOff(String option) {
    String value = options.get(option, OFF);
    if (!value.equals(OFF)) {
      throw new ConfigurationException(
          option + " can only be off in this version, not \"" + value + "\"");
    }
  }

  private Millrace.Builder builder() {
    Millrace.Builder builder = Millrace.in(data);
    String journal = options.get("--journal");
    if (journal != null) {
      builder.journals(path(journal));
    }
    if (options.has("--insecure-allow-anonymous")) {
      builder.allowAnonymous();
    }
    Map<String, String> settings = new TreeMap<>();
    String config = options.get("--config");
    if (config != null) {
      settings.putAll(ConfigFile.read(path(config)));
    }
    settings.putAll(options.settings());
    settings.forEach(builder::set);
    List<String> kafka = options.all("--kafka");
    if (kafka.contains(OFF) && kafka.size() > 1) {
      throw new ConfigurationException("--kafka is \"off\" and an address: it can be one only");
    }
    if (kafka.contains(OFF)) {
      builder.kafka();
    } else if (!kafka.isEmpty()) {
      builder.kafka(kafka.toArray(new String[0]));
    } else if (!settings.containsKey("listeners")) {
      builder.kafka(KAFKA);
    }
    builder.advertise(options.all("--advertise").toArray(new String[0]));
    return builder;
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
    if (millrace.kafkaListeners().size() > 1) {
      millrace.kafkaListeners().forEach(listener -> LOG.info("listening on {}", listener));
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
