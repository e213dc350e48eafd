package io.millrace.producer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every setting of a producer, in the order of its page. Reading, checking, describing and the page
 * itself all come from these rows.
 */
final class ProducerTable {

  /** Rows that belong together. */
  record Group(String title, String prose, List<ProducerSetting> rows) {}

  static final ProducerTable ALL =
      new ProducerTable(
          List.of(
              new Group("Brokers and connections", "", ConnectionRows.ROWS),
              new Group("Queues and batches", "", QueueRows.ROWS),
              new Group("Delivery and retries", "", DeliveryRows.ROWS),
              new Group("Partitions", "", PartitionRows.ROWS),
              new Group(
                  "Seen at work",
                  "What is shown and how: [producer-metrics](producer-metrics.md),"
                      + " [producer-statistics](producer-statistics.md).",
                  ObservingRows.ROWS),
              new Group(
                  "Security",
                  "With `security.protocol=PLAINTEXT` the others are taken and not used, as in the"
                      + " other clients. How to use them:"
                      + " [producer-security](producer-security.md).",
                  SecurityRows.ROWS),
              new Group(
                  "Of the other clients, with nothing to do here",
                  "They are checked and shown, so that a configuration can be carried over. Where"
                      + " \"not yet\" stands, any value but the default is refused.",
                  ForeignRows.ROWS)));

  private final List<Group> groups;
  private final Map<String, ProducerSetting> rows = new LinkedHashMap<>();
  private final Map<String, ProducerSetting> byName = new LinkedHashMap<>();

  private ProducerTable(List<Group> groups) {
    this.groups = groups;
    for (Group group : groups) {
      for (ProducerSetting row : group.rows) {
        rows.put(row.name(), row);
        put(row.name(), row);
        for (ProducerSetting.Alias alias : row.aliases()) {
          put(alias.name(), row);
        }
        if (!row.canonical(row.name(), row.defaultText()).equals(row.defaultText())) {
          throw new IllegalArgumentException("the default is not in its plain form: " + row.name());
        }
      }
    }
  }

  private void put(String name, ProducerSetting row) {
    if (byName.put(name, row) != null || RefusedNames.reason(name) != null) {
      throw new IllegalArgumentException("two rows for " + name);
    }
  }

  List<Group> groups() {
    return groups;
  }

  /** The rows by their names, in order. */
  Map<String, ProducerSetting> rows() {
    return Collections.unmodifiableMap(rows);
  }

  /** The row of a name or alias; null if there is none. */
  @Nullable ProducerSetting find(String name) {
    return byName.get(name);
  }

  /**
   * The row of a name or alias.
   *
   * @throws IllegalArgumentException if there is none; the message is for the user, and names the
   *     nearest
   */
  ProducerSetting get(String name) {
    ProducerSetting row = byName.get(name);
    if (row != null) {
      return row;
    }
    String reason = RefusedNames.reason(name);
    if (reason != null) {
      throw new IllegalArgumentException(name + " cannot be set here: " + reason);
    }
    List<String> known = new ArrayList<>(byName.keySet());
    known.addAll(RefusedNames.ofClients());
    String nearest = NearestName.of(name, known);
    throw new IllegalArgumentException(
        "there is no setting \""
            + ProducerSetting.shortened(name)
            + "\""
            + (nearest == null ? "" : "; did you mean " + nearest + "?"));
  }

  /**
   * From the settings that users write to what the parts of a producer need.
   *
   * @throws IllegalArgumentException if a name is unknown, a value not allowed, or two contradict
   *     one another
   */
  static ProducerSettings read(Map<String, ?> settings) {
    return read(settings, Surroundings.SYSTEM);
  }

  /** The same, on a machine that a test says. */
  static ProducerSettings read(Map<String, ?> settings, Surroundings surroundings) {
    ProducerValues values = ProducerValues.of(ALL, settings);
    SettingRules.apply(values);
    return ProducerSettings.of(values, surroundings);
  }
}
