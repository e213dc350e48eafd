package io.millrace.broker.setting;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One row of a {@link SettingTable}.
 *
 * @param name as users write it; Kafka's where the thing is Kafka's
 * @param kind what its text may be
 * @param unit what a number counts, empty if nothing in particular
 * @param range what is allowed
 * @param defaultText its value where nothing is set
 * @param effect whether it does anything here
 * @param prose one or two sentences: what it does, what it trades
 * @param brokerName the broker's setting that gives topics their default; null if there is none, or
 *     if this is a broker's setting
 */
public record Setting(
    String name,
    Kind kind,
    String unit,
    Range range,
    String defaultText,
    Effect effect,
    String prose,
    @Nullable String brokerName) {

  /** What a value is. */
  public enum Kind {
    FLAG,
    INT,
    LONG,
    REAL,
    TEXT,
    /** One of some words. */
    CHOICE,
    /** Some of some words, with commas between them. */
    CHOICES
  }

  /** Whether a setting does anything. */
  public enum Effect {
    /** It does what it says. */
    WORKS,
    /** It is taken, kept and shown, and changes nothing here; the prose says why. */
    NO_MEANING_HERE
  }

  /** What a value may be. */
  public sealed interface Range {
    /** From {@code min} to {@code max}, both inclusive; also for reals. */
    record Between(double min, double max) implements Range {}

    record Words(List<String> words) implements Range {}

    record Any() implements Range {}
  }

  /** Largest number that a LONG may hold, exactly; a double cannot say it. */
  private static final double LONG_MAX = 9.223372036854775807e18;

  static Setting flag(String name, boolean byDefault, String prose) {
    return of(
        name, Kind.FLAG, "", new Range.Words(List.of("true", "false")), "" + byDefault, prose);
  }

  static Setting number(
      String name, Kind kind, String unit, double min, double max, String byDefault, String prose) {
    return of(name, kind, unit, new Range.Between(min, max), byDefault, prose);
  }

  static Setting int32(String name, String unit, int min, int max, int byDefault, String prose) {
    return number(name, Kind.INT, unit, min, max, Integer.toString(byDefault), prose);
  }

  static Setting int64(String name, String unit, long min, long byDefault, String prose) {
    return number(name, Kind.LONG, unit, min, LONG_MAX, Long.toString(byDefault), prose);
  }

  static Setting choice(String name, String byDefault, String prose, String... words) {
    return of(name, Kind.CHOICE, "", new Range.Words(Arrays.asList(words)), byDefault, prose);
  }

  static Setting choices(String name, String byDefault, String prose, String... words) {
    return of(name, Kind.CHOICES, "", new Range.Words(Arrays.asList(words)), byDefault, prose);
  }

  static Setting text(String name, String byDefault, String prose) {
    return of(name, Kind.TEXT, "", new Range.Any(), byDefault, prose);
  }

  private static Setting of(
      String name, Kind kind, String unit, Range range, String byDefault, String prose) {
    return new Setting(name, kind, unit, range, byDefault, Effect.WORKS, prose, null);
  }

  Setting withoutMeaning() {
    return new Setting(
        name, kind, unit, range, defaultText, Effect.NO_MEANING_HERE, prose, brokerName);
  }

  Setting broker(String brokersName) {
    return new Setting(name, kind, unit, range, defaultText, effect, prose, brokersName);
  }

  /** The row under the broker's name for it. */
  Setting asBrokerSetting() {
    String itsName = brokerName == null ? name : brokerName;
    return new Setting(itsName, kind, unit, range, defaultText, effect, prose, null);
  }

  /**
   * What is wrong with a value.
   *
   * @return a sentence that names the setting, the value and what would do; null if nothing is
   *     wrong
   */
  public @Nullable String problem(String value) {
    return switch (kind) {
      case FLAG ->
          words().contains(value.toLowerCase(Locale.ROOT))
              ? null
              : wants(value, "one of " + listed());
      case CHOICE -> words().contains(value) ? null : wants(value, "one of " + listed());
      case CHOICES -> {
        for (String word : split(value)) {
          if (!words().contains(word)) {
            yield wants(value, "some of " + listed() + ", with commas between them");
          }
        }
        yield null;
      }
      case INT, LONG -> {
        try {
          yield inRange(Long.parseLong(value.trim())) ? null : wants(value, described());
        } catch (NumberFormatException e) {
          yield wants(value, described());
        }
      }
      case REAL -> {
        try {
          yield inRange(Double.parseDouble(value.trim())) ? null : wants(value, described());
        } catch (NumberFormatException e) {
          yield wants(value, described());
        }
      }
      case TEXT -> null;
    };
  }

  private String wants(String value, String what) {
    String shown = value.length() > 80 ? value.substring(0, 80) + "..." : value;
    return name + " cannot be \"" + shown + "\": it wants " + what;
  }

  private boolean inRange(double value) {
    return !(range instanceof Range.Between between)
        || value >= between.min && value <= between.max;
  }

  private List<String> words() {
    return range instanceof Range.Words words ? words.words : List.of();
  }

  private String listed() {
    return String.join(", ", words());
  }

  /** The range in words, for messages and documentation. */
  public String described() {
    return switch (range) {
      case Range.Any any -> "any text";
      case Range.Words words -> listed();
      case Range.Between between -> {
        String of = kind == Kind.REAL ? "a number" : "a whole number";
        String counted = unit.isEmpty() ? of : of + " of " + unit;
        yield between.max >= LONG_MAX || kind == Kind.INT && between.max >= Integer.MAX_VALUE
            ? counted + ", at least " + plain(between.min)
            : counted + " from " + plain(between.min) + " to " + plain(between.max);
      }
    };
  }

  private static String plain(double number) {
    return number == Math.rint(number)
        ? Long.toString((long) number)
        : String.format(Locale.ROOT, "%s", number);
  }

  /** What it does, what it may be, and whether it does nothing here: for whoever looks it up. */
  public String documentation() {
    return prose
        + (effect == Effect.WORKS ? "" : " It is kept and shown, and changes nothing here.")
        + " Value: "
        + described()
        + ".";
  }

  /** The words of a list. */
  public static List<String> split(String value) {
    return Arrays.stream(value.split(",")).map(String::trim).filter(w -> !w.isEmpty()).toList();
  }
}
