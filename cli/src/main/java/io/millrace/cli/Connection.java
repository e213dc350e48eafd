package io.millrace.cli;

import io.millrace.producer.Producer;
import io.millrace.producer.ProducerError;
import io.millrace.server.ConfigurationException;
import io.millrace.server.HostPort;
import java.io.IOException;
import java.io.Reader;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;

/** The options that say which broker a command talks to, and the talking. */
final class Connection {

  static final String SERVER_BY_DEFAULT = "127.0.0.1:9092";
  static final long TIMEOUT_MS_BY_DEFAULT = 30_000;

  private static final String SERVERS = "bootstrap.servers";

  /** How long a broker may be about to start: a refused connection is tried again until then. */
  private static final long REFUSED_MS_MAX = 1000;

  private static final long REFUSED_AGAIN_MS = 50;
  private static final long READY_FILE_BYTES_MAX = 64 * 1024;

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      description =
          "Where the broker serves Kafka clients; several with commas between them. Default: "
              + SERVER_BY_DEFAULT)
  private @Nullable String server;

  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT",
      description = "Where the broker serves its admin port. No command needs it yet.")
  private @Nullable String admin;

  @Option(
      names = "--ready-file",
      paramLabel = "FILE",
      description = "The broker's ready file: says what --server would.")
  private @Nullable Path readyFile;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings of the Kafka client, name=value lines, as for TLS and passwords.")
  private @Nullable Path config;

  @Option(
      names = "--timeout-ms",
      paramLabel = "N",
      description = "How long to wait for the broker's answer. Default: " + TIMEOUT_MS_BY_DEFAULT)
  private @Nullable Long timeoutMs;

  private @Nullable Properties settings;
  private @Nullable String answering;

  /** How long to wait for an answer, in ms. */
  long timeoutMs() {
    long ms = timeoutMs == null ? TIMEOUT_MS_BY_DEFAULT : timeoutMs;
    Choice.requireAtLeast("--timeout-ms", ms, 1);
    return Math.min(ms, Integer.MAX_VALUE);
  }

  boolean hasTimeout() {
    return timeoutMs != null;
  }

  /** Where the broker is, as the user said it. */
  String server() {
    if (server != null) {
      return server;
    }
    return readyFile == null
        ? settings().getProperty(SERVERS, SERVER_BY_DEFAULT)
        : serverOf(readyFile);
  }

  private static String serverOf(Path file) {
    if (!Files.exists(file)) {
      throw CommandFailure.environment(
          "there is no ready file " + file + ": the broker is not ready",
          "start one with ./millrace start --ready-file " + file);
    }
    try {
      String kafka =
          Files.size(file) > READY_FILE_BYTES_MAX
              ? null
              : Json.member(Files.readString(file), "kafka");
      if (kafka == null) {
        throw CommandFailure.environment(
            "the ready file " + file + " does not say where Kafka clients are served", null);
      }
      return kafka;
    } catch (JacksonException e) {
      throw CommandFailure.environment(file + " is not a ready file", null);
    } catch (IOException e) {
      throw CommandFailure.environment(
          "the ready file " + file + " cannot be read: " + Failures.of(e).message(), null);
    }
  }

  /**
   * What every Kafka client is set up with.
   *
   * @throws CommandFailure if no broker answers
   */
  Properties clientProperties() {
    Properties properties = new Properties();
    properties.put("client.id", "millrace");
    properties.put("request.timeout.ms", (int) timeoutMs());
    properties.put("enable.metrics.push", false);
    properties.put("metric.reporters", "");
    properties.putAll(settings());
    properties.put(SERVERS, requireSomebody());
    return properties;
  }

  /**
   * What a producer is set up with: of --config, which other clients share, what a producer takes.
   *
   * @throws CommandFailure if no broker answers
   */
  Map<String, Object> producerSettings() {
    Map<String, Object> all = new HashMap<>();
    clientProperties()
        .forEach((name, value) -> {
          if (Producer.takes(name.toString())) {
            all.put(name.toString(), value);
          }
        });
    return all;
  }

  /**
   * Opens a producer.
   *
   * @throws CommandFailure if it does not take a setting
   */
  static Producer producer(Map<String, Object> settings) {
    try {
      return Producer.open(settings);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(Exit.CONFIGURATION, "CONFIGURATION", Failures.text(e), null, e);
    }
  }

  /** What --config says. */
  private Properties settings() {
    if (settings != null) {
      return settings;
    }
    Properties properties = new Properties();
    if (config != null) {
      try (Reader reader = Files.newBufferedReader(config, StandardCharsets.UTF_8)) {
        properties.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        throw CommandFailure.environment(
            "--config " + config + " cannot be read: " + Failures.of(e).message(), null);
      }
    }
    settings = properties;
    return properties;
  }

  /**
   * Fails fast if no Kafka broker is where it should be.
   *
   * @return the first address at which one answers
   * @throws CommandFailure if there is none
   */
  String requireSomebody() {
    if (answering != null) {
      return answering;
    }
    if (admin != null) {
      address("--admin", admin);
    }
    List<HostPort> addresses = new ArrayList<>();
    for (String address : server().split(",", -1)) {
      addresses.add(address("--server", address.strip()));
    }
    long began = System.nanoTime();
    long deadline = began + TimeUnit.MILLISECONDS.toNanos(timeoutMs());
    CommandFailure stranger = null;
    boolean refused;
    do {
      refused = true;
      for (HostPort address : addresses) {
        long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        int itsMs = (int) Math.max(1, leftMs / addresses.size());
        boolean connected = false;
        try (Socket socket = new Socket()) {
          InetSocketAddress resolved = new InetSocketAddress(address.host(), address.port());
          if (resolved.isUnresolved()) {
            throw CommandFailure.environment(
                "nobody knows a host of the name " + address.host(), null);
          }
          socket.connect(resolved, itsMs);
          connected = true;
          String problem = isPlaintext() ? Probe.problem(socket, itsMs) : null;
          if (problem == null) {
            answering = address.toString();
            return answering;
          }
          stranger = notKafka(address.toString(), ": " + problem, null);
          refused = false;
        } catch (ConnectException e) {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(REFUSED_AGAIN_MS));
        } catch (IOException e) {
          if (connected) {
            stranger = notKafka(address.toString(), within(), e);
          }
          refused = false;
        }
      }
    } while (refused
        && System.nanoTime() < deadline
        && System.nanoTime() - began < TimeUnit.MILLISECONDS.toNanos(REFUSED_MS_MAX));
    if (stranger != null) {
      throw stranger;
    }
    throw CommandFailure.timedOut(
        "nothing answers at " + server() + ": is the broker running?",
        "start one with ./millrace start");
  }

  private boolean isPlaintext() {
    return !settings().getProperty("security.protocol", "").strip().endsWith("SSL");
  }

  private String within() {
    return " within " + timeoutMs() + " ms";
  }

  private static CommandFailure notKafka(String server, String how, @Nullable Exception cause) {
    return new CommandFailure(
        Exit.TIMED_OUT,
        "TIMED_OUT",
        server + " did not answer as a Kafka broker does" + how,
        "is it a Kafka port? --timeout-ms lets it have longer",
        cause);
  }

  private static HostPort address(String option, String text) {
    try {
      return HostPort.parse(option, text);
    } catch (ConfigurationException e) {
      throw CommandFailure.usage(Failures.text(e));
    }
  }

  /** A client for everything but records. */
  Admin open() {
    Properties properties = clientProperties();
    properties.put("default.api.timeout.ms", (int) timeoutMs());
    return Admin.create(properties);
  }

  /**
   * How many partitions a topic has.
   *
   * @throws CommandFailure if there is no such topic
   */
  int requireTopic(String topic) {
    try (Admin admin = open()) {
      return ask(admin.describeTopics(List.of(topic)).topicNameValues().get(topic))
          .partitions()
          .size();
    } catch (CommandFailure e) {
      throw TopicRefusals.refusal(topic, e);
    }
  }

  /**
   * Waits for an answer.
   *
   * @throws CommandFailure if the broker refuses or does not answer in time
   */
  <T> T ask(@Nullable KafkaFuture<T> answer) {
    if (answer == null) {
      throw new IllegalStateException("the client gave no answer to what was asked");
    }
    try {
      return answer.get();
    } catch (Exception e) {
      throw failure(e);
    }
  }

  /** What an exception of a Kafka client means, with the broker's address where that helps. */
  CommandFailure failure(Exception e) {
    return atServer(Failures.of(e), e);
  }

  /** What an error of the producer means, in the same way. */
  CommandFailure failure(ProducerError error) {
    return atServer(Failures.of(error, null), null);
  }

  private CommandFailure atServer(CommandFailure failure, @Nullable Exception cause) {
    return failure.exit() == Exit.TIMED_OUT ? notKafka(server(), within(), cause) : failure;
  }
}
