package io.millrace.broker.setting;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Some values for the settings of a table; the others have their defaults. Immutable. */
public final class SettingValues {

  private final SettingTable table;
  private final SortedMap<String, String> set;

  /**
   * @throws IllegalArgumentException if a name is unknown or a value not allowed; the message is
   *     for the user
   */
  public SettingValues(SettingTable table, Map<String, String> set) {
    set.forEach((name, value) -> {
      String problem = table.problem(name, value);
      if (problem != null) {
        throw new IllegalArgumentException(problem);
      }
    });
    this.table = table;
    this.set = new TreeMap<>(set);
  }

  /** What was set, by name; a view. */
  public Map<String, String> set() {
    return java.util.Collections.unmodifiableSortedMap(set);
  }

  public boolean isSet(String name) {
    return set.containsKey(name);
  }

  public String text(String name) {
    String value = set.get(name);
    return value != null ? value : table.get(name).defaultText();
  }

  public long number(String name) {
    return Long.parseLong(text(name).trim());
  }

  public int int32(String name) {
    return Integer.parseInt(text(name).trim());
  }

  public double real(String name) {
    return Double.parseDouble(text(name).trim());
  }

  public boolean flag(String name) {
    return Boolean.parseBoolean(text(name));
  }

  public List<String> words(String name) {
    return Setting.split(text(name));
  }
}
