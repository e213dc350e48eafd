package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The pages say what the tables say. With {@code MILLRACE_DOCS_WRITE=true} the pages are written
 * anew instead.
 */
class ProducerDocumentationTest {

  private static final boolean WRITE = "true".equals(System.getenv("MILLRACE_DOCS_WRITE"));
  private static final Path CLIENTS = Path.of("..", "docs", "clients");
  private static final String HOW =
      "MILLRACE_DOCS_WRITE=true mvn test -pl producer -am -Dtest=ProducerDocumentationTest mends it";

  private static void check(String page, List<String> expected) throws IOException {
    Path path = CLIENTS.resolve(page);
    if (WRITE) {
      Files.createDirectories(CLIENTS);
      Files.write(path, expected);
    }
    List<String> found = Files.readAllLines(path);
    for (int i = 0; i < Math.min(found.size(), expected.size()); i++) {
      assertThat(found.get(i)).as("line %s; %s", i + 1, HOW).isEqualTo(expected.get(i));
    }
    assertThat(found).as(HOW).hasSameSizeAs(expected);
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }

  private static String code(String text) {
    return text.isEmpty() ? "" : "`" + text + "`";
  }

  // --- settings ---

  @Test
  void everySettingIsOnItsPage() throws IOException {
    List<String> page = new ArrayList<>();
    page.add("# Settings of the producer");
    page.add("");
    page.add("Printed from the table that the producer obeys; do not edit.");
    page.add("Names are those that librdkafka and Kafka's Java client share, else librdkafka's,");
    page.add("else Kafka's; the other client's name is an alias, and does the same. Where the two");
    page.add("clients differ in a default, ours stands here.");
    page.add("");
    page.add(
        "`Producer.open` refuses a name that is not on this page, naming the nearest; a value");
    page.add(
        "out of its range, saying what would do; one setting with two values under two names;");
    page.add("settings that contradict one another, naming both; and by name the settings of");
    page.add(
        "consumers and the callbacks of librdkafka. `Producer.describeSettings()` lists what is");
    page.add(
        "in force, and whether it is the default, the profile's, set, or follows from another.");
    for (ProducerTable.Group group : ProducerTable.ALL.groups()) {
      page.add("");
      page.add("## " + group.title());
      page.add("");
      if (!group.prose().isEmpty()) {
        page.add(group.prose());
        page.add("");
      }
      page.add("| name | also | default | it wants | what it does |");
      page.add("|---|---|---|---|---|");
      group.rows().forEach(row -> page.add(row(row)));
    }
    profiles(page);
    check("producer-settings.md", page);
  }

  private static String row(ProducerSetting row) {
    String also =
        row.aliases().stream()
            .map(alias -> code(alias.name()) + (alias.divisor() == 1 ? "" : " in bytes"))
            .collect(Collectors.joining(", "));
    String effect =
        switch (row.effect()) {
          case WORKS -> "";
          case NO_MEANING -> " Taken, and not used.";
          case NOT_YET -> " Not yet.";
        };
    return "| "
        + String.join(
            " | ",
            code(row.name()),
            also,
            code(row.defaultText()),
            cell(row.described()),
            cell(row.prose()) + effect)
        + " |";
  }

  private static void profiles(List<String> page) {
    page.add("");
    page.add("## Profiles");
    page.add("");
    page.add("`profile=NAME` changes these defaults; what is set beside it wins.");
    page.add("");
    page.add("| profile | for | values |");
    page.add("|---|---|---|");
    for (Profile profile : Profile.values()) {
      String values =
          profile.settings().entrySet().stream()
              .map(one -> code(one.getKey() + "=" + one.getValue()))
              .collect(Collectors.joining(", "));
      page.add("| " + code(profile.word()) + " | " + profile.prose() + " | " + values + " |");
    }
  }

  /** What each profile sets, side by side, on a page that is written by hand but for that. */
  @Test
  void theProfilesAreOnThePageThatChoosesOne() throws IOException {
    String page = "choosing-a-key-and-a-profile.md";
    List<String> columns = List.of("linger.ms", "batch.size", "compression.type", "acks");
    List<String> expected = new ArrayList<>();
    boolean inTable = false;
    for (String line : Files.readAllLines(CLIENTS.resolve(page))) {
      inTable = inTable && line.startsWith("|");
      if (!inTable) {
        expected.add(line);
      }
      if (line.startsWith("<!-- profiles: ")) {
        inTable = true;
        expected.add("| profile | for | " + String.join(" | ", columns) + " | besides |");
        expected.add("|---|---|" + "---|".repeat(columns.size() + 1));
        for (Profile profile : Profile.values()) {
          expected.add(profileRow(profile, columns));
        }
      }
    }
    check(page, expected);
    assertThat(expected).filteredOn(line -> line.startsWith("| `durable` |")).hasSize(1);
  }

  private static String profileRow(Profile profile, List<String> columns) {
    Map<String, String> besides = new LinkedHashMap<>(profile.settings());
    List<String> cells = new ArrayList<>(List.of(code(profile.word()), profile.prose()));
    for (String name : columns) {
      String own = besides.remove(name);
      cells.add(own == null ? ProducerTable.ALL.get(name).defaultText() : own);
    }
    cells.add(
        besides.entrySet().stream()
            .map(one -> code(one.getKey() + "=" + one.getValue()))
            .collect(Collectors.joining(", ")));
    return "| " + String.join(" | ", cells) + " |";
  }

  // --- metrics ---

  @Test
  void everyMetricIsOnItsPage() throws IOException {
    List<String> page = new ArrayList<>();
    page.add("# Metrics of the producer");
    page.add("");
    page.add("The tables are printed from those that the producer counts by; do not edit.");
    page.add("");
    page.add("Names, groups and tags are kafka-clients', so that a dashboard made for it shows");
    page.add("this producer as well; a test compares them with a real `KafkaProducer`'s. Rates,");
    page.add("means and maxima are over the recent past, taken as kafka-clients takes it:");
    page.add("`metrics.num.samples` samples of `metrics.sample.window.ms`, 2 of 30 s. A mean of");
    page.add("nothing is not a number. They cost next to nothing: the loop counts by request and");
    page.add("by batch.");
    page.add("");
    page.add("* **In Java:** `producer.metrics()`, each with name, group, tags and value.");
    page.add("* **JMX:** `kafka.producer:type=producer-metrics,client-id=ID`, and");
    page.add("  `producer-topic-metrics` with `topic`, `producer-node-metrics` with `node-id`.");
    page.add("  Where two producers of a process have one `client.id`, the second is `ID-2` here.");
    page.add("  Gone at `close()`; never there with `auto.include.jmx.reporter=false`.");
    page.add("* **Prometheus:** `producer.prometheus()`, below.");
    page.add(
        "* **Pushed to brokers** that ask for them (KIP-714), as OTLP: `enable.metrics.push`.");
    page.add("* librdkafka's own schema, as JSON: [producer-statistics](producer-statistics.md).");
    metrics(page, "Of a producer", MetricRows.PRODUCER_GROUP, MetricRows.PRODUCER);
    metrics(page, "Of a topic", MetricRows.TOPIC_GROUP, MetricRows.TOPIC);
    metrics(page, "Of a broker", MetricRows.NODE_GROUP, MetricRows.NODE);
    page.add("");
    page.add("## Of kafka-clients, not here");
    page.add("");
    page.add("| group | name | why |");
    page.add("|---|---|---|");
    MetricRows.ABSENT.forEach((name, why) -> {
      String[] parts = name.split(" ");
      page.add("| " + code(parts[0]) + " | " + code(parts[1]) + " | " + why + " |");
    });
    page.add("");
    page.add("## Prometheus");
    page.add("");
    page.add("`producer.prometheus()` is a page in the exposition format 0.0.4, with the same");
    page.add(
        "numbers: `record-send-total` is `kafka_producer_record_send_total{client_id=...}`, of");
    page.add("a topic `kafka_producer_topic_record_send_total{client_id=...,topic=...}`, of a");
    page.add("broker `kafka_producer_node_...`. What ends with `-total` is a counter, all else a");
    page.add("gauge. Serving it takes a few lines:");
    page.add("");
    page.add("```java");
    page.addAll(sample("PrometheusSampleTest.java"));
    page.add("```");
    page.add("");
    page.add("## The doctor");
    page.add("");
    page.add(
        "`producer.doctor()` looks at the recent past and at the last minute second by second,");
    page.add("and says in a sentence for each finding what was seen, which setting to change to");
    page.add(
        "what, and why; with its numbers. A healthy producer is told so in one sentence. Rules");
    page.add("about batches speak from 100 batches and 20 a second on: a low rate is no fault.");
    page.add("`millrace perf produce --doctor` prints it of its own run.");
    page.add("");
    page.add("| rule | speaks where |");
    page.add("|---|---|");
    for (Finding.Rule rule : Finding.Rule.values()) {
      page.add("| " + code(rule.name()) + " | " + rule.meaning() + " |");
    }
    check("producer-metrics.md", page);
  }

  private static <T> void metrics(
      List<String> page, String title, String group, List<MetricRow<T>> rows) {
    page.add("");
    page.add("## " + title);
    page.add("");
    page.add("Group " + code(group) + ".");
    page.add("");
    page.add("| name | in | what it says |");
    page.add("|---|---|---|");
    for (MetricRow<T> row : rows) {
      page.add("| " + code(row.name()) + " | " + row.unit() + " | " + cell(row.meaning()) + " |");
    }
  }

  /** What stands between the marks of a sample, which is compiled and run. */
  private static List<String> sample(String file) throws IOException {
    List<String> lines =
        Files.readAllLines(
            Path.of("src", "test", "java", "io", "millrace", "producer").resolve(file));
    int begin = lines.indexOf("    // begin") + 1;
    int end = lines.indexOf("    // end");
    assertThat(begin).isPositive();
    return lines.subList(begin, end).stream().map(line -> line.substring(4)).toList();
  }

  // --- dead letters ---

  @Test
  void everyHeaderOfDeadLettersIsOnItsPage() throws IOException {
    List<String> page = new ArrayList<>();
    page.add("# Dead letters");
    page.add("");
    page.add("The table is printed from the producer's; queues and workers write the same names.");
    page.add("");
    page.add("A message that could not be delivered or processed is kept as a *dead letter*: its");
    page.add("key, value, headers and timestamp as they were, bit for bit, and these headers");
    page.add("behind its own. Values are UTF-8 text, numbers in decimal. A header that does not");
    page.add("apply is missing. A message may bring headers of these names along, from an earlier");
    page.add("failure or from anybody: the last of a name counts, and none steers anything.");
    page.add("");
    page.add("| header | what it says |");
    page.add("|---|---|");
    for (DeadLetterHeaders header : DeadLetterHeaders.values()) {
      page.add("| " + code(header.key()) + " | " + cell(header.meaning()) + " |");
    }
    page.add("");
    page.add("## Of a producer");
    page.add("");
    page.add("With `failure.policy=dead_letter` a message that fails for good is sent to");
    page.add("`<topic>.dlq` (`dead.letter.suffix`), by the partitioner and by the same producer,");
    page.add("and is reported when it is there: the report has the error of the message and, as");
    page.add("`deadLetter()`, where it is. `x-error-partition`, `x-error-offset` and so on are of");
    page.add("the message's own topic. What the application purges or cancels is not kept.");
    page.add("");
    page.add("A dead letter that cannot be stored in its topic within `dead.letter.timeout.ms` is");
    page.add("written to `dead.letter.spill.file` and synced; so is what fails because the");
    page.add("producer closes or cannot go on, and what was sent to a topic of dead letters in");
    page.add("the first place. If the file cannot be written either, the report says so by having");
    page.add(
        "no `deadLetter()`, an error is logged, and `Producer.deadLetters().lost()` counts it:");
    page.add("no message disappears without a report.");
    page.add("");
    page.add("`SpillFile.read(path, visitor)` gives what a file holds back, in order. Its bytes:");
    page.add("");
    page.add("```");
    page.add("magic    0x4d524450 (\"MRDP\", int32)");
    page.add("version  1 (int16), then 0 (int16)");
    page.add("entries  length of what follows the CRC (int32), CRC-32C of it (int32),");
    page.add("         length of the topic's name (int16), the name (UTF-8), a record batch v2");
    page.add("```");
    page.add("");
    page.add("Numbers are big-endian; the topic is that of the dead letters. An entry that is not");
    page.add("whole ends the file: its writer died in it, and nobody was told that it is kept. A");
    page.add("producer takes the name with `.1`, `.2` and so on behind it where another writes to");
    page.add("the file, or where it ends so; it never cuts or removes one.");
    check("dead-letters.md", page);
  }

  // --- errors ---

  @Test
  void everyErrorIsOnItsPage() throws IOException {
    Set<String> given = given();
    List<String> page = new ArrayList<>();
    page.add("# Errors of the producer");
    page.add("");
    page.add("Printed from the producer's tables; do not edit. The code is the protocol's where a");
    page.add(
        "broker found the error, and librdkafka's, negative, where it was found on this side.");
    page.add("");
    page.add("*Retriable* says that the same call may succeed later. The producer sends again by");
    page.add(
        "itself as long as `delivery.timeout.ms` and `retries` allow: what is reported is final.");
    page.add("Whether the producer can go on (`fatal`), and whether a transaction must be aborted");
    page.add(
        "(`txnRequiresAbort`), is said of each error by itself, for it depends on where it was");
    page.add("met.");
    page.add("");
    page.add("## Found on this side");
    errors(page, error -> given.contains(error.name()));
    page.add("");
    page.add("## Of librdkafka, never given by this producer");
    page.add("");
    page.add("A consumer's, librdkafka's own, or of what this producer does not do.");
    errors(page, error -> !given.contains(error.name()));
    page.add("");
    page.add("## Found by a broker");
    page.add("");
    page.add("| code | name | retriable | meaning |");
    page.add("|---|---|---|---|");
    for (ErrorCode error : ErrorCode.values()) {
      page.add(error(error.code(), error.name(), error.retriable(), error.message()));
    }
    check("producer-errors.md", page);
  }

  private static void errors(List<String> page, java.util.function.Predicate<LocalError> which) {
    page.add("");
    page.add("| code | name | retriable | meaning |");
    page.add("|---|---|---|---|");
    for (LocalError error : LocalError.values()) {
      if (which.test(error)) {
        page.add(error(error.code(), error.label(), error.retriable(), error.meaning()));
      }
    }
  }

  private static String error(int code, String name, boolean retriable, String meaning) {
    String again = retriable ? "yes" : "no";
    return "| " + code + " | `" + name + "` | " + again + " | " + cell(meaning) + " |";
  }

  /** The errors that the code of the producer names anywhere. */
  private static Set<String> given() throws IOException {
    Pattern use = Pattern.compile("LocalError\\.([A-Z_]+)");
    Set<String> given = new TreeSet<>();
    try (Stream<Path> sources = Files.walk(Path.of("src", "main", "java"))) {
      for (Path source : sources.filter(path -> path.toString().endsWith(".java")).toList()) {
        Matcher uses = use.matcher(Files.readString(source));
        while (uses.find()) {
          given.add(uses.group(1));
        }
      }
    }
    assertThat(given).contains("QUEUE_FULL", "MSG_TIMED_OUT", "APPLICATION");
    return given;
  }
}
