package io.millrace.cli;

import io.millrace.server.ConfigurationException;
import io.millrace.server.Millrace;
import io.millrace.server.ReadyFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sun.misc.Signal;

/** {@code millrace start}: runs a broker until it is told to stop. */
@Command(
    name = "start",
    description = "Runs a broker in the foreground until SIGTERM or SIGINT.",
    mixinStandardHelpOptions = true)
final class StartCommand implements Callable<Integer> {

  private static final long CONFIG_BYTES_MAX = 1 << 20;
  private static final String OFF = "off";

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "The data directory. Default: ${DEFAULT-VALUE}",
      defaultValue = "./millrace-data")
  private Path data = Path.of("millrace-data");

  @Option(
      names = "--journal",
      paramLabel = "DIR",
      description = "Another directory for the journal, perhaps on another disk.")
  private @Nullable Path journal;

  @Option(
      names = "--kafka",
      paramLabel = "HOST:PORT",
      description =
          "Where Kafka clients are served; several with commas between them; port 0 takes a free"
              + " one; \"off\" serves none. Default: ${DEFAULT-VALUE}",
      defaultValue = "127.0.0.1:9092")
  private String kafka = "127.0.0.1:9092";

  @Option(
      names = "--amqp",
      paramLabel = "off",
      description = "AMQP is not served by this version.",
      defaultValue = OFF)
  private String amqp = OFF;

  @Option(
      names = "--admin",
      paramLabel = "off",
      description = "The admin port is not served by this version.",
      defaultValue = OFF)
  private String admin = OFF;

  @Option(
      names = "--advertise",
      paramLabel = "HOST:PORT",
      description = "What Kafka clients are told to come back to. Default: what is bound")
  private @Nullable String advertise;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings, one name=value a line; # begins a comment.")
  private @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "One setting; wins over --config. May be given several times.")
  private Map<String, String> set = new TreeMap<>();

  @Option(
      names = "--ready-file",
      paramLabel = "FILE",
      description = "Written when the broker is ready, removed when it stops.")
  private @Nullable Path readyFile;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description = "Heap of the broker, as in 256m or 2g. Seen to by the launcher. Default: 256m",
      defaultValue = "256m")
  private String memory = "256m";

  @Option(
      names = "--insecure-allow-anonymous",
      description = "Lets anyone in on addresses other than loopback.")
  private boolean allowAnonymous;

  @Override
  public Integer call() throws IOException, InterruptedException {
    requireOff("--amqp", amqp);
    requireOff("--admin", admin);
    ReadyFile ready = readyFile == null ? null : new ReadyFile(readyFile);
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

  private static void requireOff(String option, String value) {
    if (!value.equals(OFF)) {
      throw new ConfigurationException(
          option + " can only be off in this version, not \"" + value + "\"");
    }
  }

  private Millrace.Builder builder() throws IOException {
    Millrace.Builder builder = Millrace.in(data.toAbsolutePath().normalize());
    builder.kafka(kafka.equals(OFF) ? new String[0] : kafka.split(","));
    if (journal != null) {
      builder.journals(journal.toAbsolutePath().normalize());
    }
    if (advertise != null) {
      builder.advertise(advertise);
    }
    if (allowAnonymous) {
      builder.allowAnonymous();
    }
    if (config != null) {
      readConfig(config).forEach(builder::set);
    }
    set.forEach(builder::set);
    return builder;
  }

  static Map<String, String> readConfig(Path file) throws IOException {
    if (!Files.isRegularFile(file) || Files.size(file) > CONFIG_BYTES_MAX) {
      throw new ConfigurationException(
          "--config " + file + " is not a file of at most " + CONFIG_BYTES_MAX + " bytes");
    }
    Map<String, String> settings = new TreeMap<>();
    List<String> lines = new ArrayList<>(Files.readAllLines(file, StandardCharsets.UTF_8));
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
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

  private void announce(Millrace millrace, @Nullable ReadyFile ready) throws IOException {
    long readyMs =
        ProcessHandle.current()
            .info()
            .startInstant()
            .map(start -> System.currentTimeMillis() - start.toEpochMilli())
            .orElse(0L);
    String where = kafka.equals(OFF) ? null : millrace.kafka();
    Path directory = data.toAbsolutePath().normalize();
    if (ready != null) {
      ready.write(millrace, directory, where, readyMs);
    }
    if (spec != null) {
      PrintWriter out = spec.commandLine().getOut();
      out.println(
          "millrace ready kafka="
              + (where == null ? OFF : where)
              + " amqp=off admin=off data="
              + directory
              + " ms="
              + readyMs);
      out.flush();
    }
  }
}
