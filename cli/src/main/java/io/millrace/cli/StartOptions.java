package io.millrace.cli;

import io.millrace.broker.setting.Nearest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code millrace start}, read without the library that reads those of the other
 * commands: a broker is to be there in a fraction of a second, and loading that library takes a
 * good part of it.
 */
final class StartOptions {

  private static final String NO_VALUE = "";
  private static final String HELP = "--help";

  /** An option: what it is called, what its value is called (empty for none), what it does. */
  private record Row(String name, String value, String byDefault, String prose) {}

  private static final List<Row> ROWS =
      List.of(
          new Row("--data", "DIR", "./millrace-data", "The data directory; made if it is missing."),
          new Row("--journal", "DIR", "the data directory", "Where the journal goes instead."),
          new Row(
              "--kafka",
              "HOST:PORT",
              "127.0.0.1:9092",
              "Where Kafka clients are served: several with commas between them or by giving it"
                  + " several times, NAME:// before one to name it, port 0 for a free one, \"off\""
                  + " for none."),
          new Row("--amqp", "off", "off", "AMQP is not served by this version."),
          new Row("--admin", "off", "off", "The admin port is not served by this version."),
          new Row(
              "--advertise",
              "HOST:PORT",
              "what is bound",
              "The address that Kafka clients are told to come back to: one for each --kafka, in"
                  + " the same order; port 0 for the one that is bound."),
          new Row("--config", "FILE", "none", "Settings, one name=value a line, # for comments."),
          new Row(
              "--set",
              "NAME=VALUE",
              "none",
              "One setting; wins over --config; may be given several times."),
          new Row(
              "--ready-file",
              "FILE",
              "none",
              "A file that is there while the broker is ready and says where."),
          new Row("--memory", "SIZE", "256m", "The heap, as in 256m or 2g; read by the launcher."),
          new Row(
              "--insecure-allow-anonymous",
              NO_VALUE,
              "",
              "Lets anyone in on addresses other than loopback."),
          new Row(HELP, NO_VALUE, "", "Prints this; so does -h."));

  /** Options that may be given several times, or with several values and commas between them. */
  private static final Set<String> LISTS = Set.of("--kafka", "--advertise");

  private final Map<String, String> values = new TreeMap<>();
  private final Map<String, List<String>> lists = new TreeMap<>();
  private final Map<String, String> settings = new TreeMap<>();

  /** Something is wrong with the options; the message says what. */
  static final class UsageException extends Exception {
    UsageException(String message) {
      super(message);
    }
  }

  /**
   * Reads options, as {@code --name value} or {@code --name=value}.
   *
   * @param arguments what follows {@code start}
   */
  static StartOptions parse(List<String> arguments) throws UsageException {
    StartOptions options = new StartOptions();
    List<String> left = new ArrayList<>(arguments);
    while (!left.isEmpty()) {
      String argument = left.removeFirst();
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals);
      if (name.equals("-h")) {
        name = HELP;
      }
      Row row = row(name);
      if (row.value.isEmpty()) {
        if (equals >= 0) {
          throw new UsageException(name + " takes no value");
        }
        options.values.put(name, NO_VALUE);
        continue;
      }
      if (equals < 0 && left.isEmpty()) {
        throw new UsageException(name + " wants a value: " + name + " " + row.value);
      }
      String value = equals < 0 ? left.removeFirst() : argument.substring(equals + 1);
      if (value.isBlank()) {
        throw new UsageException(name + " cannot be empty: it wants " + row.value);
      }
      options.put(name, value);
    }
    return options;
  }

  private void put(String name, String value) throws UsageException {
    if (LISTS.contains(name)) {
      lists
          .computeIfAbsent(name, n -> new ArrayList<>())
          .addAll(Arrays.stream(value.split(",", -1)).map(String::strip).toList());
      return;
    }
    if (!name.equals("--set")) {
      if (values.put(name, value) != null) {
        throw new UsageException(name + " is given twice");
      }
      return;
    }
    int equals = value.indexOf('=');
    if (equals < 1) {
      throw new UsageException("--set wants NAME=VALUE, not \"" + value + "\"");
    }
    settings.put(value.substring(0, equals).strip(), value.substring(equals + 1).strip());
  }

  private static Row row(String name) throws UsageException {
    for (Row row : ROWS) {
      if (row.name.equals(name)) {
        return row;
      }
    }
    String nearest = Nearest.of(name, ROWS.stream().map(Row::name).toList());
    throw new UsageException(
        "start has no option \""
            + name
            + "\""
            + (nearest == null ? "" : "; did you mean " + nearest + "?")
            + "\n  millrace start --help lists them");
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  @Nullable String get(String name) {
    return values.get(name);
  }

  String get(String name, String byDefault) {
    return values.getOrDefault(name, byDefault);
  }

  /** The values of an option that may have several. */
  List<String> all(String name) {
    return lists.getOrDefault(name, List.of());
  }

  /** What {@code --set} says. */
  Map<String, String> settings() {
    return settings;
  }

  static String help() {
    StringBuilder text =
        new StringBuilder(
            "Usage: millrace start [OPTION]...\n"
                + "Runs a broker in the foreground until SIGTERM or SIGINT. When it can be used it"
                + " says so in one\nline: millrace ready kafka=HOST:PORT amqp=off admin=off data=DIR"
                + " ms=N. Logs go to stderr.\n\n");
    for (Row row : ROWS) {
      String head = row.value.isEmpty() ? row.name : row.name + " " + row.value;
      text.append(String.format("  %-28s %s", head, row.prose));
      if (!row.byDefault.isEmpty()) {
        text.append(" Default: ").append(row.byDefault);
      }
      text.append('\n');
    }
    text.append(
        "\nExit status: 0 stopped by SIGTERM, 130 by SIGINT (a second SIGINT does not wait), 1 the"
            + " broker failed,\n2 usage, 3 out of memory, 78 it cannot start as it is asked to.\n");
    return text.toString();
  }
}
