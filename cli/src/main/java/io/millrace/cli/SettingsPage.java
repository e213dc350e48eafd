package io.millrace.cli;

import io.millrace.broker.setting.BrokerTable;
import io.millrace.broker.setting.Setting;
import io.millrace.broker.setting.SettingTable;
import io.millrace.broker.setting.TopicTable;
import java.util.ArrayList;
import java.util.List;

/** The page docs/operations/settings.md, printed from the tables that the broker itself obeys. */
final class SettingsPage {

  private SettingsPage() {}

  /** The whole page. */
  static List<String> all() {
    List<String> lines = new ArrayList<>();
    lines.add("# Settings");
    lines.add("");
    lines.add("Printed by `millrace settings` from the tables that the broker obeys; do not edit.");
    lines.add(
        "Names are Kafka's where the thing is Kafka's. An unknown name and a value out of its");
    lines.add("range are refused, with the nearest name and the range.");
    lines.add("");
    lines.addAll(ofTopics());
    lines.add("");
    lines.addAll(ofBroker());
    return lines;
  }

  static List<String> ofTopics() {
    List<String> lines = new ArrayList<>();
    lines.add("## Settings of a topic");
    lines.add("");
    lines.add(
        "`millrace topic create NAME --set name=value`, `millrace topic alter NAME --set ...`");
    lines.add("`--unset ...`, or any Kafka client. A topic that does not set one has the broker's");
    lines.add("value, given by the setting in the last column.");
    lines.add("");
    table(TopicTable.TABLE, true, lines);
    return lines;
  }

  static List<String> ofBroker() {
    List<String> lines = new ArrayList<>();
    lines.add("## Settings of the broker");
    lines.add("");
    lines.add(
        "`millrace start --set name=value`, or `--config FILE` with a line `name=value` each.");
    lines.add(
        "Those with `log.` in front, and the others that the table above names, are what topics");
    lines.add("have that do not say otherwise.");
    lines.add("");
    table(BrokerTable.TABLE, false, lines);
    return lines;
  }

  private static void table(SettingTable table, boolean ofTopics, List<String> lines) {
    lines.add("| name | default | it wants | what it does |" + (ofTopics ? " broker's |" : ""));
    lines.add("|---|---|---|---|" + (ofTopics ? "---|" : ""));
    for (Setting setting : table.rows()) {
      if (setting.effect() == Setting.Effect.WORKS) {
        String row =
            "| `"
                + setting.name()
                + "` | "
                + byDefault(setting)
                + " | "
                + setting.described()
                + " | "
                + prose(setting)
                + " |";
        lines.add(ofTopics ? row + " " + brokers(setting) + " |" : row);
      }
    }
    List<Setting> without =
        table.rows().stream()
            .filter(setting -> setting.effect() == Setting.Effect.NO_MEANING_HERE)
            .toList();
    if (!without.isEmpty()) {
      lines.add("");
      lines.add("### Of Kafka, accepted, and without meaning here");
      lines.add("");
      lines.add("They are checked, kept and shown, and change nothing.");
      lines.add("");
      lines.add("| name | why |");
      lines.add("|---|---|");
      for (Setting setting : without) {
        lines.add("| `" + setting.name() + "` | " + prose(setting) + " |");
      }
    }
  }

  private static String byDefault(Setting setting) {
    return setting.defaultText().isEmpty() ? "(empty)" : "`" + setting.defaultText() + "`";
  }

  private static String brokers(Setting setting) {
    return setting.brokerName() == null ? "" : "`" + setting.brokerName() + "`";
  }

  private static String prose(Setting setting) {
    return setting.prose().replace("|", "\\|");
  }
}
