package io.millrace.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace settings}. */
@Command(
    name = "settings",
    description = "Prints all settings with their ranges and defaults, as a page in Markdown.")
final class SettingsCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "topic|broker",
      arity = "0..1",
      description = "Those of topics or those of the broker only.")
  private @Nullable String whose;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this.")
  private boolean help;

  private final Terminal terminal;

  SettingsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    List<String> lines;
    if (whose == null) {
      lines = SettingsPage.all();
    } else {
      Choice.require("settings", whose, "topic", "broker");
      lines = whose.equals("topic") ? SettingsPage.ofTopics() : SettingsPage.ofBroker();
    }
    lines.forEach(terminal::say);
    return Exit.DONE;
  }
}
