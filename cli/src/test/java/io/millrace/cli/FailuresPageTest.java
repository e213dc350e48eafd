package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The messages that the page on failures quotes are those that the program writes: each has its
 * words in the texts of one source file. A quote is what stands between backticks in the first
 * column of a table; capital letters and an ellipsis stand for what differs.
 */
class FailuresPageTest {

  private static final Path PAGE = Path.of("..", "docs", "operations", "failures.md");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final Pattern VARIABLE = Pattern.compile("…|\\b(?:DIR|FILE|HOST:PORT|[A-Z])\\b");
  private static final Pattern TEXT = Pattern.compile("\"((?:[^\"\\\\\n]++|\\\\.)*+)\"");

  /** A text that goes on in the next line, or behind the plus. */
  private static final Pattern SEAM = Pattern.compile("\"\\s*\\+\\s*\"");

  /** What the system says, or the JVM, and no source of ours. */
  private static final List<String> OF_OTHERS = List.of("No space left on device", "kill -9");

  private static final int WORDS_LENGTH_MIN = 8;

  private static List<String> quotes(String row) {
    String cell = row.split("\\|", -1)[1];
    return CODE.matcher(cell).results().map(quote -> quote.group(1)).toList();
  }

  private static List<String> quotesOfThePage() throws IOException {
    return Files.readAllLines(PAGE).stream()
        .filter(line -> line.startsWith("|"))
        .flatMap(line -> quotes(line).stream())
        .filter(quote -> !OF_OTHERS.contains(quote))
        .toList();
  }

  /** The texts in each source file, without those of tests. */
  private static List<List<String>> sources() throws IOException {
    List<List<String>> all = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Path.of(".."))) {
      for (Path file : files.filter(FailuresPageTest::isSource).toList()) {
        String joined = SEAM.matcher(Files.readString(file)).replaceAll("");
        all.add(TEXT.matcher(joined).results().map(FailuresPageTest::unescaped).toList());
      }
    }
    return all;
  }

  private static boolean isSource(Path file) {
    String name = file.toString();
    return name.endsWith(".java") && name.contains("/src/main/java/");
  }

  private static String unescaped(MatchResult text) {
    return text.group(1).replace("\\\"", "\"");
  }

  /** The words of a quote, as they must be found. */
  private static List<String> words(String quote) {
    return Arrays.stream(VARIABLE.split(quote))
        .map(piece -> piece.strip().replaceAll("^[:,;]\\s*|[:,;]$", ""))
        .filter(piece -> !piece.isEmpty())
        .toList();
  }

  private static boolean isWritten(String quote, List<List<String>> sources) {
    List<String> words = words(quote);
    return sources.stream()
        .anyMatch(
            texts -> words.stream().allMatch(w -> texts.stream().anyMatch(t -> t.contains(w))));
  }

  @Test
  void everyMessageOnThePageIsWrittenByTheProgram() throws IOException {
    List<List<String>> sources = sources();
    List<String> quotes = quotesOfThePage();
    assertThat(quotes).hasSizeGreaterThan(20);
    assertThat(quotes)
        .allSatisfy(quote ->
            assertThat(String.join("", words(quote)))
                .as("what can be looked for of \"%s\"", quote)
                .hasSizeGreaterThanOrEqualTo(WORDS_LENGTH_MIN));
    assertThat(quotes.stream().filter(quote -> !isWritten(quote, sources)))
        .as("messages of %s that no source file has", PAGE)
        .isEmpty();
  }

  @Test
  void messageThatNobodyWritesIsFoundOut() throws IOException {
    List<List<String>> sources = sources();
    String row = "| `FILE has format version N; this version of Millrace reads up to M` | a | b |";
    assertThat(quotes(row)).hasSize(1).allMatch(quote -> isWritten(quote, sources));
    for (String wrong :
        List.of(
            "DIR is not a data directory of Millrace",
            "FILE was written by a newer version",
            "entry N of the journal is missing, though it had been synced")) {
      assertThat(isWritten(wrong, sources)).as(wrong).isFalse();
    }
  }
}
