package io.millrace.producer;

import io.millrace.producer.SettingInUse.Origin;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A value for every setting of a table, and where it comes from. {@link SettingRules} settles what
 * follows from what before anything is read.
 */
final class ProducerValues {

  /** Longer times count as for ever: adding one to a clock must not go round. */
  private static final long NANOS_MAX = Long.MAX_VALUE / 4;

  private static final BigDecimal NANOS_PER_MS = BigDecimal.valueOf(1_000_000);

  /**
   * @param as the name it was given under
   */
  private record Value(String text, Origin origin, String as) {}

  private final ProducerTable table;
  private final Map<String, Value> values = new HashMap<>();
  private @Nullable Partitioner partitioner;

  private ProducerValues(ProducerTable table) {
    this.table = table;
  }

  /**
   * @param given by name or alias; a value that is null counts as not given
   * @throws IllegalArgumentException if a name is unknown, a value not allowed, or one setting is
   *     given two values under two names
   */
  static ProducerValues of(ProducerTable table, Map<String, ?> given) {
    ProducerValues values = new ProducerValues(table);
    given.forEach((name, value) -> {
      ProducerSetting row = table.get(name);
      if (value instanceof Partitioner own && row.name().equals("partitioner")) {
        values.partitioner = own;
        values.set(row, new Value(own.getClass().getName(), Origin.SET, name));
      } else if (value != null) {
        values.set(row, new Value(row.canonical(name, text(value)), Origin.SET, name));
      }
    });
    String profile = values.text("profile");
    if (!profile.equals(Profile.NONE)) {
      Profile.named(profile)
          .settings()
          .forEach((name, value) -> {
            ProducerSetting row = table.get(name);
            if (!values.isSet(row.name())) {
              values.values.put(
                  row.name(), new Value(row.canonical(name, value), Origin.PROFILE, row.name()));
            }
          });
    }
    return values;
  }

  private static String text(Object value) {
    return value instanceof Collection<?> many
        ? many.stream().map(String::valueOf).collect(Collectors.joining(","))
        : value.toString();
  }

  private void set(ProducerSetting row, Value value) {
    Value other = values.put(row.name(), value);
    if (other != null && !other.text.equals(value.text)) {
      boolean secret = row.kind() == ProducerSetting.Kind.SECRET;
      throw new IllegalArgumentException(
          other.as
              + " and "
              + value.as
              + " are one setting, and "
              + (secret ? "their values differ" : "one is " + other.text + ", one " + value.text)
              + (other.as.equals(row.name()) || value.as.equals(row.name())
                  ? ""
                  : " (as " + row.name() + ")")
              + ": give it once");
    }
  }

  /** The value comes from another setting. */
  void follow(String name, String text) {
    ProducerSetting row = table.get(name);
    values.put(name, new Value(row.canonical(name, text), Origin.FOLLOWS, name));
  }

  /** Whether the application has set it. */
  boolean isSet(String name) {
    return origin(name) == Origin.SET;
  }

  Origin origin(String name) {
    Value value = values.get(name);
    return value == null ? Origin.DEFAULT : value.origin;
  }

  /** The setting as it was given: {@code name=value}, with the profile if that gave it. */
  String asGiven(String name) {
    Value value = values.get(name);
    String as = value == null ? name : value.as;
    String shown = table.get(name).shownValue(text(name));
    return switch (origin(name)) {
      case SET -> as + "=" + shown;
      case PROFILE -> name + "=" + shown + " (of profile " + text("profile") + ")";
      case DEFAULT -> name + "=" + shown + " (the default)";
      case FOLLOWS -> name + "=" + shown;
    };
  }

  String text(String name) {
    Value value = values.get(name);
    return value != null ? value.text : row(name).defaultText();
  }

  private ProducerSetting row(String name) {
    ProducerSetting row = table.rows().get(name);
    if (row == null) {
      throw new IllegalArgumentException("no row " + name);
    }
    return row;
  }

  int int32(String name) {
    return Integer.parseInt(text(name));
  }

  boolean flag(String name) {
    return Boolean.parseBoolean(text(name));
  }

  BigDecimal number(String name) {
    return new BigDecimal(text(name));
  }

  /** A time in milliseconds, as nanoseconds; at most what can be added to a clock. */
  long nanos(String name) {
    BigDecimal nanos = number(name).multiply(NANOS_PER_MS);
    return nanos.compareTo(BigDecimal.valueOf(NANOS_MAX)) > 0 ? NANOS_MAX : nanos.longValue();
  }

  /** A time where {@code none} and less stand for ever. */
  long nanosOrForever(String name, long none) {
    return number(name).compareTo(BigDecimal.valueOf(none)) <= 0 ? NANOS_MAX : nanos(name);
  }

  /** The application's own partitioner; null if it chose one by name. */
  @Nullable Partitioner partitioner() {
    return partitioner;
  }

  /** Every setting, in the order of the table. */
  List<SettingInUse> described() {
    List<SettingInUse> all = new ArrayList<>();
    for (ProducerSetting row : table.rows().values()) {
      all.add(
          new SettingInUse(
              row.name(), row.shownValue(text(row.name())), origin(row.name()), row.prose()));
    }
    return List.copyOf(all);
  }
}
