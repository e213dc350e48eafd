package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.junit.jupiter.api.Test;

/**
 * Every setting of the other clients' producers is on the page about coming from them, with what
 * becomes of it here. With {@code MILLRACE_DOCS_WRITE=true} the tables are written anew instead;
 * what stands around them is written by hand.
 */
class MigrationPagesTest {

  private static final boolean WRITE = "true".equals(System.getenv("MILLRACE_DOCS_WRITE"));
  private static final Path CLIENTS = Path.of("..", "docs", "clients");
  private static final String BEGIN = "<!-- printed from the producer's table: do not edit -->";
  private static final String END = "<!-- printed up to here -->";
  private static final String HOW =
      "MILLRACE_DOCS_WRITE=true mvn test -pl producer -am -Dtest=MigrationPagesTest mends it";

  /** What the adapter does with settings that mean nothing to the producer itself. */
  private static final Map<String, String> ADAPTER =
      Map.of(
          "key.serializer",
          "the adapter uses it",
          "value.serializer",
          "the adapter uses it",
          "interceptor.classes",
          "the adapter uses it",
          "partitioner.class",
          "the adapter uses it",
          "config.providers",
          "the adapter uses it",
          "sasl.client.callback.handler.class",
          "the adapter refuses it",
          "sasl.login.callback.handler.class",
          "the adapter refuses it",
          "sasl.login.class",
          "the adapter refuses it",
          "ssl.engine.factory.class",
          "the adapter refuses it",
          "security.providers",
          "the adapter refuses it");

  @Test
  void everyNameOfKafkaClientsIsOnItsPage() throws IOException {
    ConfigDef theirs = ProducerConfig.configDef();
    List<String> table = new ArrayList<>();
    table.add("| name | here | default there | default here |");
    table.add("|---|---|---|---|");
    for (String name : new TreeSet<>(ProducerConfig.configNames())) {
      table.add(row(name, text(theirs.defaultValues().get(name)), true));
    }
    assertThat(table).hasSizeGreaterThan(100);
    check("migrating-from-kafka-clients.md", table);
  }

  @Test
  void everyNameOfLibrdkafkaIsOnItsPage() throws IOException {
    Map<String, String> defaults = new HashMap<>();
    for (String line : lines("librdkafka-defaults.txt")) {
      int space = line.indexOf(' ');
      defaults.put(line.substring(0, space), line.substring(space + 1));
    }
    List<String> table = new ArrayList<>();
    table.add("| name | here | default there | default here |");
    table.add("|---|---|---|---|");
    for (String line : lines("librdkafka-settings.txt")) {
      if (!line.startsWith("C")) {
        String name = line.substring(2);
        String theirs = defaults.remove(name);
        table.add(row(name, theirs == null ? "" : theirs, false));
      }
    }
    assertThat(defaults).as("defaults of names that there are not").isEmpty();
    assertThat(table).hasSizeGreaterThan(130);
    check("migrating-from-librdkafka.md", table);
  }

  private static String text(Object value) {
    if (value == null || value == ConfigDef.NO_DEFAULT_VALUE) {
      return "";
    }
    if (value instanceof Collection<?> many) {
      return String.join(",", many.stream().map(MigrationPagesTest::text).toList());
    }
    return value instanceof Class<?> type ? type.getSimpleName() : value.toString();
  }

  /**
   * @param adapter whether the page is about programs that can come by the adapter
   */
  private static String row(String name, String theirs, boolean adapter) {
    ProducerSetting row = ProducerTable.ALL.find(name);
    String more = adapter && ADAPTER.containsKey(name) ? "; " + ADAPTER.get(name) : "";
    if (row == null) {
      String reason = RefusedNames.reason(name);
      assertThat(reason).as("%s of the other client is not known here", name).isNotNull();
      return "| `" + name + "` | refused: " + reason + more + " | " + code(theirs) + " | |";
    }
    long factor = 1;
    for (ProducerSetting.Alias alias : row.aliases()) {
      factor = alias.name().equals(name) ? alias.divisor() : factor;
    }
    String here =
        switch (row.effect()) {
          case WORKS -> row.name().equals(name) ? "same" : "alias of `" + row.name() + "`";
          case NO_MEANING -> "taken, not used: " + lower(row.prose());
          case NOT_YET -> "not yet: only the default is taken";
        };
    String ours = row.defaultText();
    if (factor != 1) {
      here += ", counted in bytes";
      ours = new BigDecimal(ours).multiply(BigDecimal.valueOf(factor)).toPlainString();
    }
    boolean works = row.effect() == ProducerSetting.Effect.WORKS;
    boolean differs = works && !ours.equalsIgnoreCase(theirs);
    return "| `"
        + name
        + "` | "
        + here.replace("|", "\\|")
        + more
        + " | "
        + code(theirs)
        + " | "
        + (works ? differs ? "**" + (ours.isEmpty() ? "none" : code(ours)) + "**" : code(ours) : "")
        + " |";
  }

  private static String lower(String sentence) {
    String first = sentence.substring(0, 1);
    boolean acronym = sentence.length() > 1 && Character.isUpperCase(sentence.charAt(1));
    String text =
        acronym ? sentence : first.toLowerCase(java.util.Locale.ROOT) + sentence.substring(1);
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }

  private static String code(String text) {
    return text.isEmpty() ? "" : "`" + text.replace("|", "\\|") + "`";
  }

  private static void check(String page, List<String> table) throws IOException {
    Path path = CLIENTS.resolve(page);
    List<String> found = Files.readAllLines(path);
    int begin = found.indexOf(BEGIN);
    int end = found.indexOf(END);
    assertThat(begin).as("where the table begins in %s", page).isNotNegative().isLessThan(end);
    if (WRITE) {
      List<String> written = new ArrayList<>(found.subList(0, begin + 1));
      written.add("");
      written.addAll(table);
      written.add("");
      written.addAll(found.subList(end, found.size()));
      Files.write(path, written);
      found = written;
      end = found.indexOf(END);
    }
    List<String> shown =
        found.subList(begin + 1, end).stream().filter(line -> !line.isEmpty()).toList();
    for (int i = 0; i < Math.min(shown.size(), table.size()); i++) {
      assertThat(shown.get(i)).as("%s; %s", page, HOW).isEqualTo(table.get(i));
    }
    assertThat(shown).as("%s; %s", page, HOW).hasSameSizeAs(table);
  }

  private static List<String> lines(String resource) throws IOException {
    try (InputStream in =
            Objects.requireNonNull(MigrationPagesTest.class.getResourceAsStream(resource));
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return reader.lines().filter(line -> !line.startsWith("#")).toList();
    }
  }
}
