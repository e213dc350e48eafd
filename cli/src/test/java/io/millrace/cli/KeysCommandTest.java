package io.millrace.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.producer.Keys;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KeysCommandTest extends WithBroker {

  @TempDir Path directory;

  static List<String> partitioners() {
    return Keys.partitioners();
  }

  /** Lines of which every second has the key hot, the others each their own. */
  private static String halfHot(int lines) {
    return IntStream.range(0, lines)
        .mapToObj(i -> (i % 2 == 0 ? "hot" : "key-" + i) + ":order-" + i + ":rest\n")
        .collect(Collectors.joining());
  }

  @Test
  void theHottestKeysAndTheFullestPartitionsAreShown() {
    Shell.Ended ended =
        Shell.runWith("a:1\nb:2\na:3\n::\n", "keys", "-k", ":", "-p", "1,2", "--salts", "2").done();
    assertThat(ended.lines().subList(0, 7))
        .containsExactly(
            "4 records, 3 keys, 0 without a key",
            "HOTTEST KEYS  RECORDS  SHARE %",
            "a                   2     50.0",
            "\"\"                  1     25.0",
            "b                   1     25.0",
            "",
            "share of the fullest partition, partitioner murmur2_random");
    assertThat(ended.lines().get(7)).isEqualTo("PARTITIONS  FAIR %  FULLEST %  2 SALTS %");
    assertThat(ended.lines().get(8)).isEqualTo("         1   100.0      100.0      100.0");
    assertThat(ended.lines().get(9)).matches(" +2 +50.0 +(50|75|100).0 +\\d+.\\d");
    assertThat(ended.out()).contains("2 partitions: ", "take a larger sample");
    assertThat(ended.err()).isEmpty();
  }

  @Test
  void aHotKeyIsToBeSalted() {
    Shell.Ended ended =
        Shell.runWith(halfHot(20_000), "keys", "-k", ":", "-p", "12", "--salts", "2,16").done();
    assertThat(ended.out())
        .contains("hot             10000     50.0")
        .containsPattern("12 +8.3 +5[34].\\d +[23]\\d.\\d +1\\d.\\d")
        .containsPattern(
            "12 partitions: the fullest has 6.\\d\\d times its fair share, with 16 salts");
  }

  @Test
  void compoundKeysAreLookedAtWhereTheyAreAskedFor() {
    Shell.Ended ended =
        Shell.runWith(halfHot(20_000), "keys", "-k", ":", "-p", "12", "--compound", ":").done();
    assertThat(ended.out())
        .contains("COMPOUND %")
        .containsPattern("with compound keys 1.\\d\\d times\n");
  }

  /** Against what the producer itself does, for each of its partitioners. */
  @ParameterizedTest
  @MethodSource("partitioners")
  void sharesAreThoseThatTheProducerWouldMake(String partitioner) throws IOException {
    String topic = topic(6);
    Path config = directory.resolve("client.properties");
    Files.writeString(config, "partitioner=" + partitioner + "\nlinger.ms=0\n");
    String lines = halfHot(3000);
    runWith(lines, "produce", topic, "-k", ":", "--config", config.toString()).done();
    String json =
        run("keys", "--topic", topic, "--partitioner", partitioner, "--json").done().out();
    long[] stored =
        Arrays.stream(json.replaceAll("(?s).*\"stored\":\\[(.*?)].*", "$1").split(","))
            .mapToLong(Long::parseLong)
            .toArray();
    double fullest =
        Double.parseDouble(json.replaceAll("(?s).*\"fullest\":([\\d.]+),\"fullest_p.*", "$1"));
    double most = Arrays.stream(stored).max().orElseThrow() / 3000.0;
    if (Keys.decides(partitioner, new byte[1])) {
      assertThat(fullest).isEqualTo(most);
    } else {
      assertThat(fullest).isEqualTo(1 / 6.0);
    }
  }

  @Test
  void recordsWithoutAKeyGoWhereThePartitionerSends() {
    String topic = topic(4);
    runWith("a\nb\nc\nd\n", "produce", topic).done();
    assertThat(run("keys", "--topic", topic).done().out())
        .startsWith("4 records, 0 keys, 4 without a key\n\nshare")
        .containsPattern("4 +25.0 +25.0 ")
        .contains("as stored: partition ");
    assertThat(run("keys", "--topic", topic, "--partitioner", "murmur2").done().out())
        .containsPattern("4 +25.0 +100.0 ");
    assertThat(Shell.runWith("NONE\nNONE\na\n", "keys", "--null", "NONE", "-p", "1").done().out())
        .startsWith("3 records, 1 key, 2 without a key\n");
  }

  @Test
  void countEndsTheSample() throws IOException {
    Path file = directory.resolve("lines");
    Files.writeString(file, halfHot(100));
    assertThat(Shell.run("keys", "-f", file.toString(), "-k", ":", "-n", "10").done().out())
        .startsWith("10 records, 6 keys, ");
    String topic = topic(1);
    run("produce", topic, "-f", file.toString(), "-k", ":").done();
    assertThat(run("keys", "-t", topic, "-n", "10").done().out()).startsWith("10 records, 6 keys,");
    assertThat(run("keys", "-t", topic).done().out()).startsWith("100 records, 51 keys,");
  }

  @Test
  void moreKeysThanFitAreSaidToBeEstimated() {
    KeySample sample = new KeySample("murmur2_random", List.of(12), new HotKeys(50, 1 << 20));
    for (int i = 0; i < 10_000; i++) {
      sample.add((i % 5 == 0 ? "hot" : "key-" + i).getBytes(UTF_8), null);
    }
    KeySample.Seen seen = sample.seen(5, List.of(4), false);
    assertThat(seen.isExact()).isFalse();
    assertThat(seen.countError()).isBetween(1L, 10_000L / 50);
    assertThat(seen.keys()).isEqualTo(8001);
    assertThat(seen.hottest()).hasSize(1);
    assertThat(seen.hottest().get(0).count()).isBetween(2000L, 2000 + seen.countError());
    assertThat(KeyReport.lines("murmur2_random", seen, null))
        .startsWith(
            "10000 records, about 8001 keys, 0 without a key",
            "more keys than are counted each for itself: their number may be wrong by 2.3 %, and"
                + " counts of keys are too high by at most "
                + seen.countError());
  }

  @Test
  void linesWithoutASeparatorAreLeftOutAndCounted() {
    Shell.Ended ended = Shell.runWith("a:1\nnone\nb:2\nno\n", "keys", "-k", ":");
    ended.failed(Exit.REFUSED, "2 lines without a key separator left out; the first is line 2");
    assertThat(ended.out()).startsWith("2 records, 2 keys, ");
  }

  @Test
  void ctrlCShowsWhatWasRead() throws IOException {
    PipedOutputStream keyboard = new PipedOutputStream();
    PipedInputStream in = new PipedInputStream(keyboard);
    Shell.Running running = Shell.start(in, "keys");
    keyboard.write("a\nb\n".getBytes(UTF_8));
    keyboard.flush();
    org.awaitility.Awaitility.await().until(() -> in.available() == 0);
    Shell.Ended ended = running.interrupt().ended();
    assertThat(ended.exit()).isEqualTo(Exit.INTERRUPTED);
    assertThat(ended.out()).contains(" records, ");
  }

  @Test
  void nothingIsAnAnswerToo() {
    assertThat(Shell.run("keys").done().out()).isEqualTo("0 records, 0 keys, 0 without a key\n");
    assertThat(Shell.run("keys", "--json").done().out())
        .startsWith("{\"records\":0,\"keyless\":0,\"keys\":0,\"exact\":true,\"count_error\":0,");
  }

  @Test
  void whatIsNoTextIsShownEscaped() {
    assertThat(KeyReport.text(new byte[] {'a', ' ', (byte) 0xff})).isEqualTo("a\\x20\\xff");
    assertThat(KeyReport.text("tab\there".getBytes(UTF_8))).isEqualTo("tab·here");
    assertThat(KeyReport.text("é".repeat(61).getBytes(UTF_8))).isEqualTo("é".repeat(60) + "...");
  }

  @Test
  void wordsThatAreNoneAreRefused() {
    Shell.run("keys", "--partitioner", "murmur3").failed(Exit.USAGE, "did you mean murmur2?");
    Shell.run("keys", "-p", "0").failed(Exit.USAGE, "--partitions cannot be 0");
    Shell.run("keys", "--salts", "0").failed(Exit.USAGE, "--salts cannot be 0");
    Shell.run("keys", "-t", "x", "-k", ":").failed(Exit.USAGE, "--topic reads records");
    Shell.run("keys", "-k", "").failed(Exit.USAGE, "--key-separator cannot be empty");
    Shell.run("keys", "-f", directory + "/no").failed(Exit.CONFIGURATION, "there is no file");
    run("keys", "-t", "none").failed(Exit.REFUSED, "there is no topic none");
  }
}
