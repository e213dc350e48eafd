package io.millrace.cli;

import io.millrace.producer.Keys;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace keys}. */
@Command(
    name = "keys",
    description = {
      "Shows from a sample whether keys spread well: the hottest keys, how full the fullest"
          + " partition would be, and what salts or compound keys would change.",
      "Reads lines of the standard input or of a file, or what is in a topic. However long that is,"
          + " it takes some tens of megabytes: shares of partitions are exact, those of keys too"
          + " up to 100000 different ones, and beyond that the error is said."
    })
final class KeysCommand extends BrokerCommand {

  private static final int LINE_BYTES_MAX = 32 << 20;
  private static final int PARTITIONS_MAX = 100_000;
  private static final int SALTS_MAX = 10_000;
  private static final int TOP_MAX = 1000;
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration CLOSE = Duration.ofSeconds(2);

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Reads the lines of this file instead of the standard input.")
  private @Nullable Path file;

  @Option(
      names = {"-k", "--key-separator"},
      paramLabel = "TEXT",
      description =
          "What stands before it in a line is the key. Knows \\t and other escapes. Default: the"
              + " whole line is")
  private @Nullable String keySeparator;

  @Option(names = "--null", paramLabel = "TEXT", description = "A key that reads so is null.")
  private @Nullable String nullText;

  @Option(
      names = "--compound",
      paramLabel = "TEXT",
      description =
          "What stands before it in the rest of the line, or in a record's value, would be a second"
              + " part of the key; where it is missing, all of that.")
  private @Nullable String compound;

  @Option(
      names = {"-t", "--topic"},
      paramLabel = "TOPIC",
      description = "Reads what is in this topic instead of lines.")
  private @Nullable String topic;

  @Option(
      names = {"-n", "--count"},
      paramLabel = "N",
      description = "Ends after so many records. Default: all there are")
  private @Nullable Long count;

  @Option(
      names = {"-p", "--partitions"},
      paramLabel = "N",
      split = ",",
      description =
          "How many partitions; several with commas between them. Default: as many as the topic"
              + " has, or 3,6,12,24,48")
  private List<Integer> partitions = new ArrayList<>();

  @Option(
      names = "--partitioner",
      paramLabel = "NAME",
      description = "The setting partitioner of the producer. Default: murmur2_random")
  private String partitioner = Keys.partitioners().get(0);

  @Option(
      names = "--salts",
      paramLabel = "N",
      split = ",",
      description =
          "How many salts the hottest keys would get; several with commas between them. Default:"
              + " 2,4,8")
  private List<Integer> salts = new ArrayList<>();

  @Option(
      names = "--top",
      paramLabel = "N",
      description = "How many of the hottest keys are shown, and would be salted. Default: 5")
  private int top = 5;

  KeysCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws Exception {
    check();
    if (topic != null) {
      return ofTopic(topic);
    }
    KeyLines lines =
        new KeyLines(
            separator("--key-separator", keySeparator),
            separator("--compound", compound),
            nullText == null ? null : Escapes.bytes("--null", nullText));
    if (file != null) {
      Choice.requireFile("--file", file);
    }
    if (partitions.isEmpty()) {
      partitions = List.of(3, 6, 12, 24, 48);
    }
    try (InputStream in = file == null ? terminal.in() : Files.newInputStream(file)) {
      return ofLines(in, lines);
    }
  }

  private void check() {
    Choice.require("--partitioner", partitioner, Keys.partitioners().toArray(new String[0]));
    for (int one : partitions) {
      Choice.requireAtLeast("--partitions", one, 1);
      Choice.requireAtMost("--partitions", one, PARTITIONS_MAX);
    }
    for (int one : salts) {
      Choice.requireAtLeast("--salts", one, 1);
      Choice.requireAtMost("--salts", one, SALTS_MAX);
    }
    if (salts.isEmpty()) {
      salts = List.of(2, 4, 8);
    }
    Choice.requireAtLeast("--top", top, 1);
    Choice.requireAtMost("--top", top, TOP_MAX);
    if (count != null) {
      Choice.requireAtLeast("--count", count, 1);
    }
    if (topic != null && (file != null || keySeparator != null || nullText != null)) {
      throw CommandFailure.usage(
          "--topic reads records, which have keys: leave out --file, --key-separator and --null");
    }
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

  // --- lines ---

  /**
   * Reads by another thread, for that may wait for ever: Ctrl-C ends the waiting, and what was read
   * is shown.
   */
  private int ofLines(InputStream in, KeyLines lines)
      throws InterruptedException, ExecutionException {
    KeySample sample = new KeySample(partitioner, partitions);
    CompletableFuture<Boolean> ended = new CompletableFuture<>();
    Thread reader = new Thread(() -> read(in, lines, sample, ended), "millrace-lines");
    reader.setDaemon(true);
    reader.start();
    terminal.interruption().then(() -> ended.complete(false));
    boolean whole = ended.get();
    show(sample, null);
    long left = lines.left();
    if (left > 0) {
      Failures.print(
          CommandFailure.refused(
              "BAD_LINE",
              Amounts.count(left, "line")
                  + " without a key separator left out; the first is line "
                  + lines.firstLeft(),
              null),
          json,
          terminal);
    }
    if (!whole) {
      return Exit.INTERRUPTED;
    }
    return left > 0 ? Exit.REFUSED : Exit.DONE;
  }

  private void read(
      InputStream in, KeyLines lines, KeySample sample, CompletableFuture<Boolean> ended) {
    try {
      LineReader reader = new LineReader(in, LINE_BYTES_MAX);
      long taken = 0;
      for (byte[] line; !ended.isDone() && (line = reader.next()) != null; ) {
        taken += lines.add(line, reader.number(), sample) ? 1 : 0;
        if (count != null && taken == count) {
          break;
        }
      }
      ended.complete(true);
    } catch (IOException | RuntimeException e) {
      ended.completeExceptionally(e);
    }
  }

  // --- a topic ---

  private int ofTopic(String name) {
    byte[] second = separator("--compound", compound);
    int has = connection.requireTopic(name);
    if (partitions.isEmpty()) {
      partitions = List.of(has);
    }
    KeySample sample = new KeySample(partitioner, partitions);
    long[] stored = new long[has];
    List<TopicPartition> all = new TopicPartitions(name, List.of()).of(has);
    Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    int status = Exit.DONE;
    try {
      consumer.assign(all);
      consumer.seekToBeginning(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      terminal.interruption().then(consumer::wakeup);
      long taken = 0;
      long lastNs = System.nanoTime();
      while (!isEnough(taken) && !isAtEnds(consumer, ends)) {
        ConsumerRecords<byte[], byte[]> batch = consumer.poll(POLL);
        long nowNs = System.nanoTime();
        if (!batch.isEmpty()) {
          lastNs = nowNs;
        } else if (nowNs - lastNs > TimeUnit.MILLISECONDS.toNanos(connection.timeoutMs())) {
          throw CommandFailure.timedOut(
              "no record came for " + connection.timeoutMs() + " ms", null);
        }
        for (ConsumerRecord<byte[], byte[]> record : batch) {
          if (isEnough(taken)) {
            break;
          }
          taken++;
          stored[record.partition()]++;
          sample.add(record.key(), second == null ? null : KeyLines.part(record.value(), second));
        }
      }
    } catch (WakeupException e) {
      status = Exit.INTERRUPTED;
    } finally {
      consumer.close(CloseOptions.timeout(CLOSE));
    }
    show(sample, stored);
    return status;
  }

  private Properties properties() {
    Properties properties = connection.clientProperties();
    properties.put("default.api.timeout.ms", (int) connection.timeoutMs());
    properties.put("enable.auto.commit", false);
    properties.put("allow.auto.create.topics", false);
    properties.put("auto.offset.reset", "earliest");
    return properties;
  }

  private boolean isEnough(long taken) {
    if (terminal.interruption().happened()) {
      throw new WakeupException();
    }
    return count != null && taken >= count;
  }

  private static boolean isAtEnds(
      Consumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .allMatch(one -> one.getValue() == 0 || consumer.position(one.getKey()) >= one.getValue());
  }

  // --- the answer ---

  private void show(KeySample sample, long @Nullable [] stored) {
    KeySample.Seen seen = sample.seen(top, salts, compound != null);
    if (json) {
      terminal.say(Json.text(KeyReport.document(partitioner, seen, stored)));
    } else {
      KeyReport.lines(partitioner, seen, stored).forEach(terminal::say);
    }
  }
}
