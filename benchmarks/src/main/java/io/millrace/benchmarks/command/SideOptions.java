package io.millrace.benchmarks.command;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Who is measured against whom. */
final class SideOptions {
  @Option(
      names = "--a",
      defaultValue = "millrace",
      description = "Side A, the ratio's numerator: millrace or kafka (default: ${DEFAULT-VALUE}).")
  PeerKind a = PeerKind.MILLRACE;

  @Option(
      names = "--b",
      defaultValue = "kafka",
      description = "Side B (default: ${DEFAULT-VALUE}).")
  PeerKind b = PeerKind.KAFKA;

  @Option(
      names = "--a-set",
      paramLabel = "NAME=VALUE",
      description = "A broker setting of side A, in its broker's own words; repeatable.")
  List<String> settingsOfA = new ArrayList<>();

  @Option(names = "--b-set", paramLabel = "NAME=VALUE", description = "The same for side B.")
  List<String> settingsOfB = new ArrayList<>();

  @Option(
      names = "--a-memory",
      paramLabel = "SIZE",
      defaultValue = "1g",
      description =
          "Heap of side A, or 'default' for the broker's own choice (default: ${DEFAULT-VALUE}).")
  String memoryOfA = "1g";

  @Option(
      names = "--b-memory",
      paramLabel = "SIZE",
      defaultValue = "1g",
      description = "The same for side B (default: ${DEFAULT-VALUE}).")
  String memoryOfB = "1g";

  @Option(
      names = "--millrace",
      paramLabel = "COMMAND",
      description = "Millrace's launcher, split at spaces (default: the repository's ./millrace).")
  String millrace = "";

  /** Put before the broker's command on either side. */
  List<String> prefix = List.of();

  String nameOfA() {
    return a == b ? a.title() + " A" : a.title();
  }

  String nameOfB() {
    return a == b ? b.title() + " B" : b.title();
  }
}
