package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
