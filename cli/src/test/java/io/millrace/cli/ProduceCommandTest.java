package io.millrace.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProduceCommandTest extends WithBroker {

  @TempDir Path directory;

  private static List<String> stored(String topic, String format) {
    return run("consume", topic, "--until-end", "--format", format + "\\n").done().lines();
  }

  @Test
  void eachLineIsARecord() {
    String topic = topic(1);
    Shell.Ended ended = runWith("one\n\ntwo\r\nthree", "produce", topic).done();
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err())
        .matches("produced 4 records \\(12 B\\) to " + topic + " in [0-9.]+ s, 0 failed\n");
    assertThat(run("consume", topic, "--until-end", "--format", "<%v>").done().out())
        .isEqualTo("<one><><two\r><three>");
  }

  @Test
  void linesComeFromAFile() throws IOException {
    String topic = topic(1);
    Path file = directory.resolve("lines");
    Files.writeString(
        file, String.join("\n", IntStream.range(0, 5000).mapToObj(i -> "line " + i).toList()));
    run("produce", topic, "--file", file.toString()).done();
    assertThat(stored(topic, "%o %v"))
        .containsExactlyElementsOf(
            IntStream.range(0, 5000).mapToObj(i -> i + " line " + i).toList());
    run("produce", topic, "--file", file + "-no").failed(Exit.CONFIGURATION, "there is no file");
    run("produce", topic, "--file", directory.toString())
        .failed(Exit.CONFIGURATION, "--file " + directory + " is a directory");
  }

  @Test
  void theKeyStandsBeforeItsSeparator() {
    String topic = topic(1);
    runWith("k1:v1\n:v:2\nk3:", "produce", topic, "--key-separator", ":").done();
    assertThat(stored(topic, "%k=%v")).containsExactly("k1=v1", "=v:2", "k3=");
    runWith("a\tb", "produce", topic, "-k", "\\t").done();
    assertThat(stored(topic, "%k=%v")).contains("a=b");
  }

  @Test
  void sameKeySamePartition() {
    String topic = topic(6);
    runWith("a:1\nb:1\na:2\nb:2\na:3", "produce", topic, "-k", ":").done();
    assertThat(stored(topic, "%k %p").stream().distinct()).hasSize(2);
  }

  @Test
  void linesWithoutASeparatorFailAlone() {
    String topic = topic(1);
    Shell.Ended ended = runWith("k1:v1\nnone\nk3:v3", "produce", topic, "-k", ":");
    ended.failed(Exit.REFUSED, "line 2 has no key separator", "produced 2 records", "1 failed");
    assertThat(stored(topic, "%k")).containsExactly("k1", "k3");
  }

  @Test
  void headersForAllAndForEach() {
    String topic = topic(1);
    runWith(
            "h=1,i=2|k:v\n|k:w",
            "produce",
            topic,
            "--header",
            "all=x=y",
            "--header",
            "again=",
            "--headers-separator",
            "|",
            "-k",
            ":")
        .done();
    assertThat(stored(topic, "%h %k %v"))
        .containsExactly("all=x=y,again=,h=1,i=2 k v", "all=x=y,again= k w");
    runWith("nothing|k:v", "produce", topic, "--headers-separator", "|")
        .failed(Exit.REFUSED, "line 1 has \"nothing\" for a header, which is not name=value");
    runWith("k:v", "produce", topic, "--headers-separator", "|")
        .failed(Exit.REFUSED, "line 1 has no headers separator");
    runWith("", "produce", topic, "--header", "x").failed(Exit.USAGE, "--header wants NAME=VALUE");
  }

  @Test
  void aTextMayStandForNull() {
    String topic = topic(1);
    runWith("k:NULL\nNULL:v", "produce", topic, "-k", ":", "--null", "NULL").done();
    List<String> documents = run("consume", topic, "-e", "--json").done().lines();
    assertThat(documents.get(0)).contains("\"key\":\"k\",\"value\":null");
    assertThat(documents.get(1)).contains("\"key\":null,\"value\":\"v\"");
  }

  @Test
  void allRecordsMayGoToOnePartition() {
    String topic = topic(3);
    runWith("a:1\nb:1\nc:1", "produce", topic, "-k", ":", "--partition", "2").done();
    assertThat(stored(topic, "%p")).containsExactly("2", "2", "2");
    runWith("a", "produce", topic, "--partition", "3")
        .failed(Exit.REFUSED, topic + " has no partition 3: it has 3 partitions");
    runWith("a", "produce", topic, "--partition", "-1").failed(Exit.USAGE, "--partition");
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
  void everyCompressionGetsThrough(String codec) {
    String topic = topic(1);
    runWith("a\nb\nc", "produce", topic, "--compression", codec).done();
    assertThat(stored(topic, "%v")).containsExactly("a", "b", "c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"all", "1", "0"})
  void everyAcksGetsThrough(String acks) {
    String topic = topic(1);
    runWith("a\nb\nc", "produce", topic, "--acks", acks).done();
    assertThat(run("consume", topic, "--from", "earliest", "-n", "3").done().lines())
        .containsExactly("a", "b", "c");
  }

  @Test
  void wordsThatAreNoneAreRefused() {
    runWith("a", "produce", "t", "--acks", "2").failed(Exit.USAGE, "one of all, 1, 0");
    runWith("a", "produce", "t", "-z", "gzp").failed(Exit.USAGE, "did you mean gzip?");
    runWith("a", "produce", "t", "-k", "").failed(Exit.USAGE, "--key-separator cannot be empty");
  }

  @Test
  void whatTheBrokerRefusesIsCounted() {
    String topic = "small";
    run("topic", "create", topic, "--set", "max.message.bytes=1000").done();
    Shell.Ended ended = runWith("a\n" + "x".repeat(5000) + "\nb", "produce", topic);
    ended.failed(
        Exit.REFUSED,
        "line 2 has 5000 bytes, which is more than small takes (max.message.bytes=1000)",
        "produced 2 records",
        " 1 failed");
    assertThat(stored(topic, "%v")).containsExactly("a", "b");
  }

  @Test
  void aLineWithoutAKeyDoesNotStopTheOthersOfACompactedTopic() {
    String topic = "compacted";
    run("topic", "create", topic, "--set", "cleanup.policy=compact").done();
    runWith(
            "a:1\nb:2\nnokey-null:9\nNULLKEY:5\nc:3\nd:4\n",
            "produce",
            topic,
            "-k",
            ":",
            "--null",
            "NULLKEY")
        .failed(
            Exit.REFUSED,
            "line 4 has no key, and " + topic + " is compacted",
            "produced 5 records",
            " 1 failed");
    assertThat(stored(topic, "%k=%v")).containsExactly("a=1", "b=2", "nokey-null=9", "c=3", "d=4");
    runWith("a\n", "produce", topic)
        .failed(Exit.REFUSED, "line 1 has no key", "--key-separator says");
  }

  @Test
  void whatOnlyTheBrokerSeesIsSaidOfTheLine() throws IOException {
    String topic = topic(1);
    PipedOutputStream keyboard = new PipedOutputStream();
    Shell.Running running =
        Shell.start(
            new PipedInputStream(keyboard),
            atBroker("produce", topic, "-k", ":", "--null", "NULLKEY"));
    Shell.Running reading = start("consume", topic, "--from", "earliest");
    keyboard.write("a:first\n".getBytes(UTF_8));
    keyboard.flush();
    reading.untilItPrints("first\n").interrupt().ended();
    run("topic", "alter", topic, "--set", "cleanup.policy=compact").done();
    keyboard.write("b:2\nNULLKEY:3\nc:4\n".getBytes(UTF_8));
    keyboard.close();
    Shell.Ended ended = running.ended();
    ended.failed(Exit.REFUSED, "line 3 is refused: it has no key");
    assertThat(ended.err()).doesNotContain("record 0", "Failed to append");
  }

  @Test
  void theSummaryMayBeJson() {
    String topic = topic(1);
    Shell.Ended ended = runWith("a\nbc", "produce", topic, "--json").done();
    assertThat(ended.out())
        .matches(
            "\\{\"topic\":\"" + topic + "\",\"records\":2,\"bytes\":3,\"failed\":0,\"ms\":\\d+}\n");
    assertThat(ended.err()).isEmpty();
  }

  @Test
  void nothingToProduceIsDone() {
    runWith("", "produce", topic(1)).done();
  }

  @Test
  void ctrlCSendsWhatWasRead() throws IOException {
    String topic = topic(1);
    PipedOutputStream keyboard = new PipedOutputStream();
    Shell.Running running = Shell.start(new PipedInputStream(keyboard), atBroker("produce", topic));
    Shell.Running reading = start("consume", topic, "--from", "earliest");
    keyboard.write("typed\n".getBytes(UTF_8));
    keyboard.flush();
    reading.untilItPrints("typed\n").interrupt().ended();
    Shell.Ended ended = running.interrupt().ended();
    assertThat(ended.exit()).isEqualTo(Exit.INTERRUPTED);
    assertThat(ended.err()).contains("produced 1 record ");
  }
}
