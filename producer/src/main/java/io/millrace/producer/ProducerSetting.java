package io.millrace.producer;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One row of a {@link ProducerTable}.
 *
 * @param name the name that librdkafka and Kafka share if there is one, else librdkafka's, else
 *     Kafka's, else ours
 * @param aliases other names for the same thing
 * @param kind what its text may be
 * @param unit what a number counts, empty if nothing in particular
 * @param range what is allowed
 * @param defaultText its value where nothing is set
 * @param effect whether it does anything
 * @param prose one or two sentences: what it does, what it trades
 */
record ProducerSetting(
    String name,
    List<Alias> aliases,
    Kind kind,
    String unit,
    Range range,
    String defaultText,
    Effect effect,
    String prose) {

  /** What a value is. */
  enum Kind {
    FLAG,
    WHOLE,
    REAL,
    TEXT,
    /** Text that is never shown. */
    SECRET,
    /** One of some words, in whatever case. */
    CHOICE
  }

  /** Whether a setting does anything. */
  enum Effect {
    /** It does what it says. */
    WORKS,
    /** It is taken and shown, and changes nothing here. */
    NO_MEANING,
    /** It will mean something; until then any value but the default is refused. */
    NOT_YET
  }

  /**
   * Another name.
   *
   * @param divisor what a number under this name is divided by to be one under the row's name
   */
  record Alias(String name, long divisor) {}

  /** What a value may be. */
  sealed interface Range {
    /** From {@code min} to {@code max}, both inclusive; also for reals. */
    record Between(double min, double max) implements Range {}

    /**
     * @param synonyms words that stand for one of the others
     */
    record Words(List<String> words, Map<String, String> synonyms) implements Range {}

    record Any() implements Range {}
  }

  /** The largest number of 64 bits, as near as a double comes. */
  private static final double LONG_MAX = 9.223372036854775807e18;

  static ProducerSetting flag(String name, boolean byDefault, String prose) {
    return of(name, Kind.FLAG, "", words("true", "false"), Boolean.toString(byDefault), prose);
  }

  static ProducerSetting whole(
      String name, String unit, long min, long max, long byDefault, String prose) {
    Range range = new Range.Between((double) min, (double) max);
    return of(name, Kind.WHOLE, unit, range, Long.toString(byDefault), prose);
  }

  static ProducerSetting real(
      String name, String unit, double min, double max, String byDefault, String prose) {
    return of(name, Kind.REAL, unit, new Range.Between(min, max), byDefault, prose);
  }

  static ProducerSetting choice(String name, String byDefault, String prose, String... words) {
    return of(name, Kind.CHOICE, "", words(words), byDefault, prose);
  }

  static ProducerSetting text(String name, String byDefault, String prose) {
    return of(name, Kind.TEXT, "", new Range.Any(), byDefault, prose);
  }

  static ProducerSetting secret(String name, String prose) {
    return of(name, Kind.SECRET, "", new Range.Any(), "", prose);
  }

  private static Range words(String... words) {
    return new Range.Words(Arrays.asList(words), Map.of());
  }

  private static ProducerSetting of(
      String name, Kind kind, String unit, Range range, String byDefault, String prose) {
    return new ProducerSetting(name, List.of(), kind, unit, range, byDefault, Effect.WORKS, prose);
  }

  ProducerSetting alias(String... names) {
    ProducerSetting with = this;
    for (String one : names) {
      with = with.alias(one, 1);
    }
    return with;
  }

  /**
   * Another name under which numbers count a smaller unit: so many of them are one of the row's.
   */
  ProducerSetting alias(String other, long divisor) {
    List<Alias> all = new ArrayList<>(aliases);
    all.add(new Alias(other, divisor));
    return new ProducerSetting(
        name, List.copyOf(all), kind, unit, range, defaultText, effect, prose);
  }

  ProducerSetting synonym(String word, String standsFor) {
    Range with = new Range.Words(words(), Map.of(word, standsFor));
    return new ProducerSetting(name, aliases, kind, unit, with, defaultText, effect, prose);
  }

  ProducerSetting withoutMeaning() {
    return with(Effect.NO_MEANING);
  }

  ProducerSetting notYet() {
    return with(Effect.NOT_YET);
  }

  private ProducerSetting with(Effect other) {
    return new ProducerSetting(name, aliases, kind, unit, range, defaultText, other, prose);
  }

  /**
   * A value as it is kept: without spaces around it, numbers in their plain form, words as in the
   * range.
   *
   * @param as the name it was given under, this row's or an alias
   * @throws IllegalArgumentException if it is not allowed; the message names the setting, the value
   *     and what would do
   */
  String canonical(String as, String value) {
    String text = value.trim();
    String canonical =
        switch (kind) {
          case TEXT, SECRET -> text;
          case FLAG, CHOICE -> word(text);
          case WHOLE, REAL -> number(text, divisor(as));
        };
    if (canonical == null) {
      throw new IllegalArgumentException(wants(as, text));
    }
    if (effect == Effect.NOT_YET && !canonical.equals(defaultText)) {
      throw new IllegalArgumentException(
          as
              + shown(text)
              + " is not served yet"
              + (defaultText.isEmpty() ? ": leave it out" : ": only " + defaultText + " is"));
    }
    return canonical;
  }

  private long divisor(String as) {
    for (Alias alias : aliases) {
      if (alias.name.equals(as)) {
        return alias.divisor;
      }
    }
    return 1;
  }

  private @Nullable String word(String text) {
    if (range instanceof Range.Words of) {
      String standsFor = of.synonyms.get(text.toLowerCase(Locale.ROOT));
      for (String word : of.words) {
        if (word.equalsIgnoreCase(standsFor == null ? text : standsFor)) {
          return word;
        }
      }
    }
    return null;
  }

  private @Nullable String number(String text, long divisor) {
    try {
      BigDecimal given =
          kind == Kind.WHOLE ? BigDecimal.valueOf(Long.parseLong(text)) : new BigDecimal(text);
      // Divisors are powers of two: the quotient has an end.
      BigDecimal number = divisor == 1 ? given : given.divide(BigDecimal.valueOf(divisor));
      boolean within =
          !(range instanceof Range.Between between)
              || number.doubleValue() >= between.min && number.doubleValue() <= between.max;
      boolean small = number.precision() <= 40 && Math.abs(number.scale()) <= 40;
      return within && small ? plain(number) : null;
    } catch (ArithmeticException | NumberFormatException e) {
      return null;
    }
  }

  private static String plain(BigDecimal number) {
    return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
  }

  private String wants(String as, String text) {
    return as + " cannot be" + quoted(text) + ": it wants " + described(divisor(as));
  }

  private String quoted(String text) {
    return kind == Kind.SECRET ? " what it is" : " \"" + shortened(text) + "\"";
  }

  private String shown(String text) {
    return kind == Kind.SECRET ? "" : "=" + shortened(text);
  }

  static String shortened(String text) {
    return text.length() > 80 ? text.substring(0, 80) + "..." : text;
  }

  /** What may be shown of a value. */
  String shownValue(String value) {
    return kind == Kind.SECRET && !value.isEmpty() ? "[hidden]" : value;
  }

  private List<String> words() {
    return range instanceof Range.Words of ? of.words : List.of();
  }

  /** The range in words, for messages and documentation. */
  String described() {
    return described(1);
  }

  private String described(long factor) {
    if (range instanceof Range.Between between) {
      String of = kind == Kind.REAL && factor == 1 ? "a number" : "a whole number";
      String counted = factor > 1 ? of + " of bytes" : unit.isEmpty() ? of : of + " of " + unit;
      return between.max >= LONG_MAX
          ? counted + ", at least " + plain(between.min * factor)
          : counted + " from " + plain(between.min * factor) + " to " + plain(between.max * factor);
    }
    if (range instanceof Range.Words of) {
      List<String> all = new ArrayList<>(of.words);
      of.synonyms.forEach((word, standsFor) -> all.add(word + " (" + standsFor + ")"));
      return "one of " + String.join(", ", all);
    }
    return "any text";
  }

  private static String plain(double number) {
    return plain(BigDecimal.valueOf(number));
  }
}
