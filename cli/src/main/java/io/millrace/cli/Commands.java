package io.millrace.cli;

import io.millrace.cli.log.LogLevel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * All commands but {@code start}. Only the one that is called is put together, because a command
 * should answer quickly.
 */
final class Commands {

  private static final int USAGE_WIDTH = 100;

  @Command(
      name = "millrace",
      description = "A durable log that speaks Kafka.",
      synopsisSubcommandLabel = "COMMAND",
      mixinStandardHelpOptions = true,
      version = "millrace 0.1.0",
      footer = {
        "",
        "millrace help COMMAND says more about one.",
        "Exit status: 0 done, 1 refused or partly failed, 2 usage,",
        "78 configuration or environment, 124 timed out, 130 interrupted."
      })
  static final class Root {}

  private final Terminal terminal;
  private final Map<String, Function<Terminal, CommandLine>> makers = new LinkedHashMap<>();

  private Commands(Terminal terminal) {
    this.terminal = terminal;
    makers.put("start", t -> startPlace());
    makers.put(
        "topic",
        t ->
            new CommandLine(new TopicCommand())
                .addSubcommand(new TopicCreateCommand(t))
                .addSubcommand(new TopicListCommand(t))
                .addSubcommand(new TopicDescribeCommand(t))
                .addSubcommand(new TopicAlterCommand(t))
                .addSubcommand(new TopicDeleteCommand(t)));
    makers.put(
        "group",
        t ->
            new CommandLine(new GroupCommand())
                .addSubcommand(new GroupListCommand(t))
                .addSubcommand(new GroupDescribeCommand(t))
                .addSubcommand(new GroupResetCommand(t))
                .addSubcommand(new GroupDeleteCommand(t)));
    makers.put("produce", t -> new CommandLine(new ProduceCommand(t)));
    makers.put("consume", t -> new CommandLine(new ConsumeCommand(t)));
    makers.put(
        "perf",
        t ->
            new CommandLine(new PerfCommand())
                .addSubcommand(new PerfProduceCommand(t))
                .addSubcommand(new PerfConsumeCommand(t)));
    makers.put("keys", t -> new CommandLine(new KeysCommand(t)));
    makers.put("log", t -> new CommandLine(new LogCommand()).addSubcommand(new LogDumpCommand(t)));
    makers.put("backup", t -> new CommandLine(new BackupCommand(t)));
    makers.put("restore", t -> new CommandLine(new RestoreCommand(t)));
    makers.put("settings", t -> new CommandLine(new SettingsCommand(t)));
  }

  /** Where start stands in the list; it is run without all this. */
  private static CommandLine startPlace() {
    CommandSpec spec = CommandSpec.create();
    spec.usageMessage().description("Runs a broker until it is told to stop.");
    return new CommandLine(spec);
  }

  /**
   * Runs a command.
   *
   * @return the exit status
   */
  static int run(List<String> words, Terminal terminal) {
    // The client library tells in its log what the commands say better.
    if (!Failures.DEBUG) {
      LogLevel.silence("org.apache.kafka");
    }
    return new Commands(terminal).run(words);
  }

  private int run(List<String> words) {
    if (!words.isEmpty() && words.getFirst().equals("help")) {
      return help(words.subList(1, words.size()));
    }
    CommandLine line = words.isEmpty() ? tree() : tree(words.getFirst());
    boolean json = words.contains("--json");
    line.setExecutionExceptionHandler((e, l, parsed) -> {
      boolean readerGone =
          e instanceof UncheckedIOException write && Terminal.isReaderGone(write.getCause());
      return readerGone ? Exit.DONE : fail(Failures.of(e), json);
    });
    line.setParameterExceptionHandler((wrong, given) -> failUsage(wrong, json));
    line.setExecutionStrategy(parsed -> {
      CommandFailure empty = Failures.emptyWord(parsed);
      return empty == null ? new CommandLine.RunLast().execute(parsed) : fail(empty, json);
    });
    int status = line.execute(words.toArray(new String[0]));
    return flush(status);
  }

  private int help(List<String> words) {
    if (words.equals(List.of("start"))) {
      terminal.say(StartOptions.help().stripTrailing());
      return flush(Exit.DONE);
    }
    CommandLine line = tree();
    for (String word : words) {
      CommandLine below = line.getSubcommands().get(word);
      if (below == null) {
        return fail(Failures.noCommand(line, word), false);
      }
      line = below;
    }
    terminal.say(line.getUsageMessage(CommandLine.Help.Ansi.OFF).stripTrailing());
    return flush(Exit.DONE);
  }

  private int fail(CommandFailure failure, boolean json) {
    flush(failure.exit());
    Failures.print(failure, json, terminal);
    return failure.exit();
  }

  private int failUsage(ParameterException wrong, boolean json) {
    CommandLine line = wrong.getCommandLine();
    boolean nothingAsked =
        !line.getSubcommands().isEmpty()
            && !(wrong instanceof CommandLine.UnmatchedArgumentException);
    if (nothingAsked && !json) {
      terminal.complain(line.getUsageMessage().stripTrailing());
      return Exit.USAGE;
    }
    return fail(Failures.ofUsage(wrong), json);
  }

  private int flush(int status) {
    try {
      terminal.out().flush();
      return status;
    } catch (IOException e) {
      if (Terminal.isReaderGone(e) || status != Exit.DONE) {
        return status;
      }
      terminal.complain("millrace: " + Terminal.unwritable(e).message());
      return Exit.CONFIGURATION;
    }
  }

  /** The command line with the command of this name, or with all if there is none. */
  private CommandLine tree(String name) {
    Function<Terminal, CommandLine> maker = makers.get(name);
    return maker == null ? tree() : setUp(root().addSubcommand(name, maker.apply(terminal)));
  }

  private CommandLine tree() {
    CommandLine root = root();
    makers.forEach((name, maker) -> root.addSubcommand(name, maker.apply(terminal)));
    return setUp(root);
  }

  private static CommandLine root() {
    return new CommandLine(new Root());
  }

  private CommandLine setUp(CommandLine root) {
    root.setUsageHelpWidth(USAGE_WIDTH);
    root.setUsageHelpLongOptionsMaxWidth(28);
    root.setUnmatchedOptionsArePositionalParams(false);
    root.setOut(new PrintWriter(terminal.out(), false, StandardCharsets.UTF_8));
    root.setErr(new PrintWriter(terminal.err(), true));
    return root;
  }

  /** The usage text of a command. */
  static String usage(String... words) {
    CommandLine line = new Commands(nowhere()).tree();
    for (String word : Arrays.asList(words)) {
      line = Objects.requireNonNull(line.getSubcommands().get(word), word);
    }
    return line.getUsageMessage(CommandLine.Help.Ansi.OFF);
  }

  /** All commands that do something, but start. */
  static List<String> names() {
    List<String> names = new ArrayList<>();
    new Commands(nowhere())
        .tree()
        .getSubcommands()
        .forEach((name, line) -> {
          if (line.getSubcommands().isEmpty() && !name.equals("start")) {
            names.add(name);
          }
          line.getSubcommands().keySet().forEach(below -> names.add(name + " " + below));
        });
    return names;
  }

  private static Terminal nowhere() {
    return new Terminal(
        InputStream.nullInputStream(),
        OutputStream.nullOutputStream(),
        new PrintStream(OutputStream.nullOutputStream()),
        Interruption.byCall());
  }
}
