package io.millrace.broker.setting;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Settings by name, in the order of their table. */
public final class SettingTable {

  private final Map<String, Setting> rows = new LinkedHashMap<>();

  SettingTable(List<Setting> settings) {
    for (Setting setting : settings) {
      if (rows.put(setting.name(), setting) != null) {
        throw new IllegalArgumentException("two rows for " + setting.name());
      }
      String problem = setting.problem(setting.defaultText());
      if (problem != null) {
        throw new IllegalArgumentException("the default is out of range: " + problem);
      }
    }
  }

  public Collection<Setting> rows() {
    return rows.values();
  }

  public @Nullable Setting find(String name) {
    return rows.get(name);
  }

  Setting get(String name) {
    Setting setting = rows.get(name);
    if (setting == null) {
      throw new IllegalArgumentException("no setting " + name);
    }
    return setting;
  }

  /**
   * What is wrong with setting {@code name} to {@code value}.
   *
   * @return a sentence for the user, naming the nearest setting if there is none of that name; null
   *     if nothing is wrong
   */
  public @Nullable String problem(String name, String value) {
    Setting setting = rows.get(name);
    if (setting != null) {
      return setting.problem(value);
    }
    String nearest = nearest(name);
    return "there is no setting \""
        + shortened(name)
        + "\""
        + (nearest == null ? "" : "; did you mean " + nearest + "?");
  }

  private static String shortened(String name) {
    return name.length() > 80 ? name.substring(0, 80) + "..." : name;
  }

  /** The setting whose name is most like this one; null if none is much like it. */
  public @Nullable String nearest(String name) {
    return Nearest.of(name, rows.keySet());
  }
}
