package io.millrace.benchmarks.peer;

import io.millrace.benchmarks.process.Launched;
import io.millrace.benchmarks.tool.KafkaJars;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;

/**
 * Apache Kafka as it comes: one node that is broker and controller (KRaft), with the JVM options of
 * its own start scripts and the defaults of its release. It never syncs a produce by itself; {@code
 * flush.messages=1} makes it.
 */
public final class ApacheKafka implements Peer {
  private static final List<String> SINGLE_NODE =
      List.of(
          "offsets.topic.replication.factor=1",
          "transaction.state.log.replication.factor=1",
          "transaction.state.log.min.isr=1",
          "share.coordinator.state.topic.replication.factor=1",
          "share.coordinator.state.topic.min.isr=1");

  private final PeerOptions options;
  private final KafkaJars jars;
  private final PeerProcess process;
  private final int port = LoopbackPort.free();
  private final int controllerPort = LoopbackPort.free();

  public ApacheKafka(PeerOptions options, KafkaJars jars) {
    this.options = options;
    this.jars = jars;
    this.process = new PeerProcess(options);
  }

  @Override
  public String name() {
    return options.name();
  }

  /** Writes the settings and formats the directory. */
  @Override
  public void prepare(Path data) {
    try {
      Files.createDirectories(options.logs());
      List<String> lines =
          new ArrayList<>(
              serverProperties(Integer.toString(port), Integer.toString(controllerPort)));
      lines.add("log.dirs=" + data);
      Files.write(serverProperties(), lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> format =
        jars.command(
            List.of("-Xmx256M", logging("error")),
            "kafka.tools.StorageTool",
            List.of(
                "format",
                "--standalone",
                "--cluster-id",
                Uuid.randomUuid().toString(),
                "--config",
                serverProperties().toString()));
    Launched formatting = Launched.start("format", options.logs(), format, Map.of());
    if (formatting.await(Duration.ofMinutes(1)) != 0) {
      throw new IllegalStateException("Kafka cannot format " + data + formatting.tail());
    }
  }

  @Override
  public void start(Path data) {
    List<String> jvm = new ArrayList<>(jvmOptions());
    jvm.add(
        "-Xlog:gc*:file="
            + options.logs().resolve("gc.log")
            + ":time,tags:filecount=10,filesize=100M");
    jvm.add(logging("info"));
    process.start(
        jars.command(jvm, "kafka.Kafka", List.of(serverProperties().toString())), Map.of());
  }

  @Override
  public void awaitReady() {
    process.awaitReady(() -> Answers.anyBroker(bootstrap()));
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
    return process.pid();
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
    return "Apache Kafka " + jars.version();
  }

  @Override
  public List<String> settings() {
    List<String> lines = new ArrayList<>();
    lines.add("java " + String.join(" ", jvmOptions()) + " kafka.Kafka server.properties");
    lines.addAll(serverProperties("PORT", "PORT"));
    return lines;
  }

  private List<String> jvmOptions() {
    List<String> jvm = new ArrayList<>();
    if (options.hasMemory()) {
      jvm.addAll(List.of("-Xms" + options.memory(), "-Xmx" + options.memory()));
    }
    jvm.addAll(KafkaJars.JVM_OPTIONS);
    return jvm;
  }

  private List<String> serverProperties(String port, String controllerPort) {
    List<String> lines = new ArrayList<>();
    lines.add("process.roles=broker,controller");
    lines.add("node.id=1");
    lines.add("controller.quorum.bootstrap.servers=127.0.0.1:" + controllerPort);
    lines.add(
        "listeners=PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
    lines.add("controller.listener.names=CONTROLLER");
    lines.addAll(SINGLE_NODE);
    lines.addAll(options.settings());
    return lines;
  }

  private Path serverProperties() {
    return options.logs().resolve("server.properties");
  }

  /** Kafka's scripts log at INFO to a file; so do we, through one appender instead of six. */
  private String logging(String level) {
    try {
      Files.createDirectories(options.logs());
      Path file = options.logs().resolve("log4j2-" + level + ".properties");
      List<String> lines =
          List.of(
              "appender.file.type=File",
              "appender.file.name=file",
              "appender.file.fileName=" + options.logs().resolve("server.log"),
              "appender.file.layout.type=PatternLayout",
              "appender.file.layout.pattern=[%d] %p %m (%c)%n",
              "rootLogger.level=" + level,
              "rootLogger.appenderRef.file.ref=file");
      Files.write(file, lines);
      return "-Dlog4j2.configurationFile=" + file.toUri();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
