package io.millrace.systemtests.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The Java on the pages is that of the samples, which {@link SamplesTest} runs, and each sample is
 * on a page. With {@code MILLRACE_DOCS_WRITE=true} the pages are written anew instead.
 */
class SamplePagesTest {

  private static final boolean WRITE = "true".equals(System.getenv("MILLRACE_DOCS_WRITE"));
  private static final String HOW =
      "MILLRACE_DOCS_WRITE=true mvn test -pl system-tests -am -Dtest=SamplePagesTest mends it";
  private static final Path PAGES = Path.of("..", "docs", "clients");
  private static final Path SAMPLES =
      Path.of("src", "test", "java", "io", "millrace", "systemtests", "sample");
  private static final Path PYTHON = Path.of("src", "test", "resources", "confluent-kafka");
  private static final String ON_PAGE = "<!-- sample: ";
  private static final String BEGIN = "// sample: ";
  private static final String END = "// end";

  @Test
  void everySampleIsOnAPageAsItStandsInTheSource() throws IOException {
    Set<String> shown = new TreeSet<>();
    try (Stream<Path> pages = Files.list(PAGES)) {
      for (Path page : pages.sorted().toList()) {
        check(page, shown);
      }
    }
    assertThat(shown).containsExactlyElementsOf(samples());
  }

  private static void check(Path page, Set<String> shown) throws IOException {
    List<String> found = Files.readAllLines(page);
    List<String> expected = new ArrayList<>();
    boolean inBlock = false;
    for (String line : found) {
      if (!inBlock) {
        expected.add(line);
      } else if (line.equals("```")) {
        expected.add(line);
        inBlock = false;
      }
      if (line.startsWith(ON_PAGE)) {
        String sample = line.substring(ON_PAGE.length(), line.indexOf(" -->"));
        shown.add(sample);
        expected.add("```java");
        expected.addAll(source(sample));
        inBlock = true;
      }
    }
    if (WRITE) {
      Files.write(page, expected);
    } else {
      assertThat(found).as("%s; %s", page, HOW).isEqualTo(expected);
    }
  }

  /** The lines of a sample, {@code File#name}, moved to the left. */
  private static List<String> source(String sample) throws IOException {
    int hash = sample.indexOf('#');
    List<String> lines = new ArrayList<>();
    boolean inSample = false;
    for (String line : Files.readAllLines(SAMPLES.resolve(sample.substring(0, hash) + ".java"))) {
      if (line.strip().equals(BEGIN + sample.substring(hash + 1))) {
        inSample = true;
      } else if (line.strip().equals(END)) {
        inSample = false;
      } else if (inSample) {
        lines.add(line);
      }
    }
    assertThat(lines).as(sample).isNotEmpty();
    return String.join("\n", lines).stripIndent().lines().toList();
  }

  private static Set<String> samples() throws IOException {
    Set<String> samples = new TreeSet<>();
    try (Stream<Path> files = Files.list(SAMPLES)) {
      for (Path file : files.toList()) {
        for (String line : Files.readAllLines(file)) {
          if (line.strip().startsWith(BEGIN)) {
            String name = file.getFileName().toString().replace(".java", "");
            samples.add(name + "#" + line.strip().substring(BEGIN.length()));
          }
        }
      }
    }
    return samples;
  }

  @Test
  void everyPythonSampleIsInTheTable() throws IOException {
    List<String> table =
        Files.readAllLines(PAGES.resolve("samples.md")).stream()
            .filter(line -> line.startsWith("| "))
            .toList();
    try (Stream<Path> files = Files.list(PYTHON)) {
      for (Path file : files.toList()) {
        assertThat(table)
            .as("%s", file)
            .filteredOn(row -> row.contains("`" + file.getFileName() + "`"))
            .hasSize(1);
      }
    }
  }
}
