package io.millrace.systemtests.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The system calls of one produce with acks=all, in their order. */
class SyncTraceProcessTest {

  private static final String MARK = "these-bytes-are-looked-for-in-the-trace";
  private static final Pattern CALL =
      Pattern.compile("^(\\d+) +(\\w+)\\((\\d+)<([^>]*)>(.*)$", Pattern.DOTALL);
  private static final Pattern RESUMED =
      Pattern.compile("^(\\d+) +<\\.\\.\\. (\\w+) resumed>(.*)$");

  @TempDir Path directory;

  /** A call on a file or socket, and the lines of the trace where it began and ended. */
  private record Call(String name, String file, String arguments, int began, int ended) {
    boolean isWrite() {
      return name.contains("write") || name.startsWith("send");
    }

    boolean isJournal() {
      return file.endsWith(".journal");
    }

    boolean isSocket() {
      return file.contains("socket:") || file.startsWith("TCP");
    }
  }

  @Test
  void syncsTheJournalBetweenTheLastWriteAndTheReply() throws Exception {
    Tools.require(
        "strace is not installed, or may not trace",
        "strace",
        "-f",
        "-y",
        "-e",
        "trace=fdatasync",
        "-o",
        "/dev/null",
        "true");
    Path trace = directory.resolve("trace");
    BrokerProcess.Builder broker =
        BrokerProcess.in(directory.resolve("data"))
            .under(
                "strace",
                "-f",
                "-y",
                "-s",
                "400",
                "-e",
                "trace=write,writev,pwrite64,pwritev,sendto,sendmsg,fsync,fdatasync",
                "-o",
                trace.toString());
    try (BrokerProcess running = broker.start();
        KafkaProducer<byte[], byte[]> producer = producer(running)) {
      producer.send(new ProducerRecord<>("traced", "first".getBytes(StandardCharsets.UTF_8))).get();
      producer.send(new ProducerRecord<>("traced", MARK.getBytes(StandardCharsets.UTF_8))).get();
      Awaitility.await("the reply is in the trace")
          .atMost(Duration.ofSeconds(30))
          .until(() -> !repliesAfterMark(calls(trace)).isEmpty());
    }
    List<Call> calls = calls(trace);
    Call marked = marked(calls);
    Call reply = repliesAfterMark(calls).get(0);
    assertThat(calls)
        .as("syncs of the journal between its last write and the reply")
        .anyMatch(call ->
            call.name.equals("fdatasync")
                && call.isJournal()
                && call.file.equals(marked.file)
                && call.began > lastWriteBefore(calls, marked.file, reply).ended
                && call.ended < reply.began);
  }

  private static Call marked(List<Call> calls) {
    return calls.stream()
        .filter(call -> call.isWrite() && call.isJournal() && call.arguments.contains(MARK))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no write to the journal holds the record"));
  }

  private static List<Call> repliesAfterMark(List<Call> calls) {
    return calls.stream()
        .filter(call -> call.isWrite() && call.isJournal() && call.arguments.contains(MARK))
        .findFirst()
        .map(marked ->
            calls.stream()
                .filter(call -> call.isWrite() && call.isSocket() && call.began > marked.began)
                .toList())
        .orElse(List.of());
  }

  /** The file is the one with the record: others are written in advance at any time. */
  private static Call lastWriteBefore(List<Call> calls, String file, Call reply) {
    return calls.stream()
        .filter(call -> call.isWrite() && call.file.equals(file) && call.began < reply.began)
        .reduce((before, after) -> after)
        .orElseThrow();
  }

  /** The calls of a trace in the order in which they began. */
  private static List<Call> calls(Path trace) throws Exception {
    List<Call> calls = new ArrayList<>();
    Map<String, Integer> open = new HashMap<>();
    List<String> lines = Files.readAllLines(trace, StandardCharsets.ISO_8859_1);
    for (int i = 0; i < lines.size(); i++) {
      Matcher resumed = RESUMED.matcher(lines.get(i));
      if (resumed.matches()) {
        Integer which = open.remove(resumed.group(1));
        if (which != null) {
          Call begun = calls.get(which);
          calls.set(which, new Call(begun.name, begun.file, begun.arguments, begun.began, i));
        }
        continue;
      }
      Matcher call = CALL.matcher(lines.get(i));
      if (call.matches()) {
        boolean unfinished = call.group(5).contains("<unfinished ...>");
        if (unfinished) {
          open.put(call.group(1), calls.size());
        }
        calls.add(
            new Call(
                call.group(2),
                call.group(4),
                call.group(5),
                i,
                unfinished ? Integer.MAX_VALUE : i));
      }
    }
    return calls;
  }

  private static KafkaProducer<byte[], byte[]> producer(BrokerProcess broker) {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", broker.kafka(), "acks", "all", "linger.ms", "0"),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }
}
