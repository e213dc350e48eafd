package io.millrace.benchmarks.load;

import io.millrace.benchmarks.client.Outstanding;
import io.millrace.benchmarks.client.RaceFigures;
import io.millrace.benchmarks.figure.Metric;
import io.millrace.benchmarks.figure.Sample;
import io.millrace.benchmarks.process.Commands;
import io.millrace.benchmarks.process.Launched;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A producer's full queue: how many messages it took until it refused one, and the memory that they
 * take, while the broker is stopped.
 *
 * @param known whether the topic's partitions are known before
 * @param messagesMax {@code queue.buffering.max.messages}
 * @param kibibytesMax {@code queue.buffering.max.kbytes}
 */
public record OutstandingLoad(
    boolean known, int messagesMax, int kibibytesMax, int recordBytes, Payloads payloads)
    implements Load {
  private static final int PARTITIONS = 12;
  private static final String HEAP = "1g";
  private static final Duration TIMEOUT = Duration.ofMinutes(5);
  private static final double MEBI = 1 << 20;

  /** Memory that may be taken beyond the bytes that the queue may hold. */
  private static final double MORE_MAX = 64;

  @Override
  public String title() {
    return "%,d messages or %,d KiB, %s"
        .formatted(
            messagesMax, kibibytesMax, known ? "partitions known" : "partitions not known yet");
  }

  @Override
  public List<String> settings() {
    return List.of(
        "%s and a key of %d B, %d partitions; producer with -Xmx%s"
            .formatted(ByteSize.text(recordBytes), Payloads.KEY_BYTES, PARTITIONS, HEAP));
  }

  @Override
  public long bytes() {
    return (long) messagesMax * (recordBytes + Payloads.KEY_BYTES + 16);
  }

  @Override
  public Sample run(Turn turn) {
    Topics.create(turn.bootstrap(), turn.name(), PARTITIONS);
    List<String> command = new ArrayList<>(List.of(Commands.jdk("java"), "-Xmx" + HEAP));
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Outstanding.class.getName(),
            turn.bootstrap(),
            Long.toString(turn.peer().jvmPid()),
            turn.name(),
            known ? "known" : "unknown",
            Integer.toString(messagesMax),
            Integer.toString(kibibytesMax),
            payloads.keyedFile(recordBytes).toString()));
    Launched process =
        Launched.start(turn.name(), turn.data().resolveSibling("clients"), command, Map.of());
    int status = process.await(TIMEOUT);
    if (status != 0) {
      throw new IllegalStateException("the producer ended with " + status + process.tail());
    }
    RaceFigures figures = RaceFigures.parse(process.output());
    verify(figures);
    return new Sample()
        .put(new Metric("accepted", 0), figures.get("accepted"))
        .put(new Metric("their bytes, KiB", 1), figures.get("bytes") / 1024)
        .put(new Metric("heap and direct memory taken, MiB", 1), figures.get("memory") / MEBI)
        .put(new Metric("at most, MiB", 1), kibibytesMax / 1024.0 + MORE_MAX)
        .put(new Metric("delivered afterwards", 0), figures.get("records"));
  }

  /** That the limit that was reached holds to the message, and nothing was lost. */
  private void verify(RaceFigures figures) {
    long size = recordBytes + Payloads.KEY_BYTES;
    long expected = Math.min(messagesMax, kibibytesMax * 1024L / size);
    if (figures.get("accepted") != expected
        || figures.get("records") != expected
        || figures.get("failed") != 0) {
      throw new IllegalStateException(
          "%s: %,d messages have room; %s".formatted(title(), expected, figures));
    }
  }
}
