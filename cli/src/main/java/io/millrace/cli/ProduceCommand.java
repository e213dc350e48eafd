package io.millrace.cli;

import io.millrace.producer.DeliveryCallback;
import io.millrace.producer.Producer;
import io.millrace.producer.ProducerError;
import io.millrace.producer.ProducerException;
import io.millrace.producer.ProducerMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace produce}. */
@Command(
    name = "produce",
    description = {
      "Produces one record for each line of the standard input or of a file.",
      "With acks=all, the default, it is idempotent: no line is stored twice. A line that is"
          + " refused does not stop the others; but where only the broker sees what is wrong with a"
          + " line, it refuses the batch that it came in. All that failed are counted, and the exit"
          + " status is 1."
    })
final class ProduceCommand extends BrokerCommand {

  private static final int LINE_BYTES_MAX = 32 << 20;
  private static final int REQUEST_BYTES = LINE_BYTES_MAX + (1 << 20);
  private static final int BATCH_BYTES_MAX = 64 * 1024;
  private static final int REQUEST_BYTES_MIN = 1000;

  /** What a message gets that is refused for nothing but another of its batch. */
  private static final String FOR_ANOTHER = "_INVALID_DIFFERENT_RECORD";

  /** How long a topic may take to be found before it is asked whether there is one. */
  private static final Duration TOPIC_SOON = Duration.ofSeconds(1);

  private static final Duration FLUSH_STEP = Duration.ofSeconds(1);

  @Parameters(paramLabel = "TOPIC", description = "Where the records go.")
  private String topic = "";

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Reads the lines of this file instead of the standard input.")
  private @Nullable Path file;

  @Option(
      names = {"-k", "--key-separator"},
      paramLabel = "TEXT",
      description = "What stands before it in a line is the key. Knows \\t and other escapes.")
  private @Nullable String keySeparator;

  @Option(
      names = "--headers-separator",
      paramLabel = "TEXT",
      description =
          "What stands before it in a line, before the key, is headers: name=value with commas"
              + " between them.")
  private @Nullable String headersSeparator;

  @Option(
      names = "--header",
      paramLabel = "NAME=VALUE",
      description = "A header for every record; may be given several times.")
  private List<String> headers = new ArrayList<>();

  @Option(
      names = "--null",
      paramLabel = "TEXT",
      description =
          "A key or value that reads so is null: a value of null deletes its key in a"
              + " compacted topic.")
  private @Nullable String nullText;

  @Option(
      names = {"-p", "--partition"},
      paramLabel = "N",
      description = "All records go to this partition. Default: by key, or in turn")
  private @Nullable Integer partition;

  @Option(
      names = "--acks",
      paramLabel = "all|1|0",
      description =
          "What to wait for: all, it is on disk; 1, the broker has it; 0, nothing."
              + " Default: all")
  private String acks = "all";

  @Option(
      names = {"-z", "--compression"},
      paramLabel = "CODEC",
      description = "none, gzip, snappy, lz4 or zstd. Default: none")
  private String compression = "none";

  private Limits limits = Limits.UNKNOWN;

  /**
   * What the topic takes.
   *
   * @param batchBytes its largest batch, or more than that if it does not say
   * @param keys whether each record must have a key
   */
  private record Limits(int batchBytes, boolean keys) {
    static final Limits UNKNOWN = new Limits(Integer.MAX_VALUE, false);
  }

  ProduceCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws Exception {
    LineRecord lines = lines();
    if (file != null) {
      Choice.requireFile("--file", file);
    }
    Map<String, Object> settings = settings();
    try (InputStream in = file == null ? terminal.in() : Files.newInputStream(file)) {
      limits = limits();
      limit(settings);
      Producer producer = Connection.producer(settings);
      try {
        return produce(producer, in, lines);
      } finally {
        producer.close(Duration.ZERO);
      }
    }
  }

  private LineRecord lines() {
    if (partition != null && partition < 0) {
      throw CommandFailure.usage("--partition cannot be " + partition);
    }
    List<NameValue> forAll = new ArrayList<>();
    for (String header : headers) {
      forAll.add(NameValue.parse("--header", header));
    }
    return new LineRecord(
        topic,
        partition,
        separator("--headers-separator", headersSeparator),
        separator("--key-separator", keySeparator),
        nullText == null ? null : Escapes.bytes("--null", nullText),
        forAll);
  }

  private static byte @Nullable [] separator(String option, @Nullable String text) {
    if (text == null) {
      return null;
    }
    if (text.isEmpty()) {
      throw CommandFailure.usage(option + " cannot be empty");
    }
    return Escapes.bytes(option, text);
  }

  private Map<String, Object> settings() {
    Choice.require("--acks", acks, "all", "1", "0");
    Choice.requireCodec(compression);
    Map<String, Object> settings = connection.producerSettings();
    int timeoutMs = (int) connection.timeoutMs();
    int lingerMs = 5;
    settings.put("acks", acks);
    settings.put("enable.idempotence", acks.equals("all"));
    settings.put("compression.type", compression);
    settings.put("linger.ms", lingerMs);
    settings.put("buffer.memory", 2L * LINE_BYTES_MAX);
    settings.put(
        "delivery.timeout.ms", (int) Math.min(Integer.MAX_VALUE, 0L + timeoutMs + lingerMs));
    settings.put("max.block.ms", (long) timeoutMs);
    return settings;
  }

  /** Keeps batches and records as small as the topic wants them. */
  private void limit(Map<String, Object> settings) {
    int bytesMax = limits.batchBytes;
    settings.put("batch.size", Math.min(bytesMax, BATCH_BYTES_MAX));
    boolean compressed = !compression.equals("none"); // then a larger line may still fit
    settings.put(
        "max.request.size",
        compressed ? REQUEST_BYTES : Math.clamp(bytesMax, REQUEST_BYTES_MIN, REQUEST_BYTES));
  }

  private Limits limits() {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try (Admin admin = connection.open()) {
      Config config =
          connection.ask(admin.describeConfigs(List.of(resource)).values().get(resource));
      ConfigEntry most = config.get("max.message.bytes");
      ConfigEntry policy = config.get("cleanup.policy");
      return new Limits(
          most == null ? Integer.MAX_VALUE : Integer.parseInt(most.value()),
          policy != null && List.of(policy.value().split(",")).contains("compact"));
    } catch (CommandFailure e) {
      if (e.exit() == Exit.TIMED_OUT) {
        throw e;
      }
      return Limits.UNKNOWN; // The topic is still to be made, or this user may not ask.
    }
  }

  private int produce(Producer producer, InputStream in, LineRecord lines)
      throws InterruptedException, ExecutionException {
    long began = System.nanoTime();
    requireTopic(producer);
    Tally tally = new Tally(terminal, json);
    CompletableFuture<Boolean> ended = new CompletableFuture<>();
    // Reading may wait for ever, so it is not this thread that does it: Ctrl-C ends the waiting,
    // and what was read is still sent.
    Thread reader = new Thread(() -> read(producer, in, lines, tally, ended), "millrace-lines");
    reader.setDaemon(true);
    reader.start();
    terminal.interruption().then(() -> ended.complete(false));
    boolean whole = ended.get();
    while (producer.flush(FLUSH_STEP) > 0) {}
    tally.complainOfOthers();
    Tally.Sums sums = tally.sums();
    long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    report(sums, ms);
    if (!whole) {
      return Exit.INTERRUPTED;
    }
    return sums.failed() > 0 ? Exit.REFUSED : Exit.DONE;
  }

  /** Sends a line after another until there is none or nobody wants it any more. */
  private void read(
      Producer producer,
      InputStream in,
      LineRecord lines,
      Tally tally,
      CompletableFuture<Boolean> ended) {
    try {
      LineReader reader = new LineReader(in, LINE_BYTES_MAX);
      for (byte[] line; !ended.isDone() && (line = reader.next()) != null; ) {
        int bytes = line.length;
        long number = reader.number();
        try {
          producer.produce(
              requireKey(lines.of(line, number), number).onDelivery(told(tally, number, bytes)));
        } catch (CommandFailure e) {
          tally.failed(e);
        } catch (ProducerException e) {
          if (e.error().fatal()) {
            throw e;
          }
          tally.failed(failure(e.error(), number, bytes));
        }
      }
      ended.complete(true);
    } catch (IOException | RuntimeException e) {
      ended.completeExceptionally(e);
    }
  }

  /** What is done with the report on a line. */
  private DeliveryCallback told(Tally tally, long line, int bytes) {
    return report -> {
      ProducerError error = report.error();
      if (error == null) {
        tally.sent(bytes);
      } else if (error.name().equals(FOR_ANOTHER)) {
        tally.failedForAnother();
      } else {
        tally.failed(failure(error, line, bytes));
      }
    };
  }

  /** A compacted topic refuses the whole batch in which a record has no key. */
  private ProducerMessage requireKey(ProducerMessage message, long line) {
    if (limits.keys && message.key() == null) {
      throw CommandFailure.refused(
          Errors.INVALID_RECORD.name(),
          "line " + line + " has no key, and " + topic + " is compacted",
          keySeparator == null ? "--key-separator says what stands behind the key" : null);
    }
    return message;
  }

  private CommandFailure failure(ProducerError error, long line, int bytes) {
    if (error.name().equals(Errors.MESSAGE_TOO_LARGE.name())) {
      String limit =
          limits.batchBytes == Integer.MAX_VALUE
              ? ""
              : " (max.message.bytes=" + limits.batchBytes + ")";
      return CommandFailure.refused(
          Errors.MESSAGE_TOO_LARGE.name(),
          "line "
              + line
              + " has "
              + bytes
              + " bytes, which is more than "
              + topic
              + " takes"
              + limit,
          "millrace topic alter " + topic + " --set max.message.bytes=N lets it take more");
    }
    CommandFailure plain = connection.failure(error);
    if (!error.name().equals(Errors.INVALID_RECORD.name())) {
      return plain;
    }
    // The broker counts in the batch, the user in lines.
    String why = plain.message().replaceFirst("^record \\d+: ", "");
    return new CommandFailure(
        plain.exit(), plain.name(), "line " + line + " is refused: " + why, plain.hint(), plain);
  }

  /**
   * Finds the topic, which a broker may make when it is asked for; says so soon if there is none.
   */
  private void requireTopic(Producer producer) throws InterruptedException {
    int count;
    try {
      count = producer.awaitTopic(topic, TOPIC_SOON).partitions().size();
    } catch (ProducerException late) {
      connection.requireTopic(topic);
      try {
        Duration wait = Duration.ofMillis(connection.timeoutMs());
        count = producer.awaitTopic(topic, wait).partitions().size();
      } catch (ProducerException e) {
        throw connection.failure(e);
      }
    }
    if (partition != null && partition >= count) {
      throw TopicPartitions.unknown(topic, partition, count);
    }
  }

  private void report(Tally.Sums sums, long ms) {
    if (json) {
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("topic", topic);
      answer.put("records", sums.sent());
      answer.put("bytes", sums.bytes());
      answer.put("failed", sums.failed());
      answer.put("ms", ms);
      terminal.say(Json.text(answer));
      return;
    }
    terminal.complain(
        "produced "
            + Amounts.count(sums.sent(), "record")
            + " ("
            + Amounts.bytes(sums.bytes())
            + ") to "
            + topic
            + " in "
            + Amounts.decimal(ms / 1000.0, 2)
            + " s, "
            + sums.failed()
            + " failed");
  }
}
