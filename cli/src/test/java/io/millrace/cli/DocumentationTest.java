package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What the pages say is what the commands print. With {@code MILLRACE_DOCS_WRITE=true} the pages
 * are written anew instead.
 */
class DocumentationTest {

  private static final boolean WRITE = "true".equals(System.getenv("MILLRACE_DOCS_WRITE"));
  private static final Path OPERATIONS = Path.of("..", "docs", "operations");
  private static final String MARK = "<!-- usage:";
  private static final String HOW =
      "MILLRACE_DOCS_WRITE=true mvn test -pl cli -am -Dtest=DocumentationTest mends it";

  private static void check(Path page, List<String> expected) throws IOException {
    if (WRITE) {
      Files.write(page, expected);
    }
    List<String> found = Files.readAllLines(page);
    for (int i = 0; i < Math.min(found.size(), expected.size()); i++) {
      assertThat(found.get(i)).as("line %s; %s", i + 1, HOW).isEqualTo(expected.get(i));
    }
    assertThat(found).as(HOW).hasSameSizeAs(expected);
  }

  @Test
  void everySettingIsOnItsPage() throws IOException {
    check(OPERATIONS.resolve("settings.md"), Shell.run("settings").done().lines());
  }

  @Test
  void theHelpOfEveryCommandIsOnItsPage() throws IOException {
    Path page = OPERATIONS.resolve("command-line.md");
    List<String> expected = new ArrayList<>();
    List<String> documented = new ArrayList<>();
    boolean inBlock = false;
    for (String line : Files.readAllLines(page)) {
      if (inBlock) {
        inBlock = !line.equals("```");
        if (!inBlock) {
          expected.add(line);
        }
        continue;
      }
      expected.add(line);
      if (line.startsWith(MARK)) {
        String command = line.substring(MARK.length(), line.indexOf("-->")).strip();
        documented.add(command);
        expected.add("```text");
        String[] words = command.isEmpty() ? new String[0] : command.split(" ");
        Commands.usage(words).lines().map(String::stripTrailing).forEach(expected::add);
        inBlock = true;
      }
    }
    check(page, expected);
    List<String> all = new ArrayList<>(List.of(""));
    all.addAll(Commands.names());
    assertThat(documented).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void settingsOfOneKindAreAPartOfThePage() {
    List<String> all = Shell.run("settings").done().lines();
    List<String> topic = Shell.run("settings", "topic").done().lines();
    List<String> broker = Shell.run("settings", "broker").done().lines();
    assertThat(all).containsSubsequence(topic).containsSubsequence(broker);
    assertThat(topic).anyMatch(line -> line.startsWith("| `retention.ms` | `604800000` |"));
    assertThat(broker).anyMatch(line -> line.startsWith("| `num.partitions` | `1` |"));
    assertThat(topic).noneMatch(line -> line.startsWith("| `num.partitions`"));
    Shell.run("settings", "topics").failed(Exit.USAGE, "did you mean topic?");
  }
}
