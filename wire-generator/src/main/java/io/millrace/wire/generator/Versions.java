package io.millrace.wire.generator;

import org.jspecify.annotations.Nullable;

/**
 * A range of message versions, as schemas write it: {@code "3"}, {@code "0-4"}, {@code "2+"},
 * {@code "none"}.
 *
 * @param lowest first version, inclusive
 * @param highest last version, inclusive; below {@code lowest} in the empty range; {@link #OPEN}
 *     when the schema sets no end
 */
record Versions(int lowest, int highest) {
  static final int OPEN = Short.MAX_VALUE;
  static final Versions NONE = new Versions(0, -1);

  static Versions parse(String text) {
    if (text.equals("none")) {
      return NONE;
    }
    if (text.endsWith("+")) {
      return of(text.substring(0, text.length() - 1), null, text);
    }
    int dash = text.indexOf('-');
    return dash < 0
        ? of(text, text, text)
        : of(text.substring(0, dash), text.substring(dash + 1), text);
  }

  private static Versions of(String low, @Nullable String high, String all) {
    try {
      int lowest = Integer.parseInt(low);
      int highest = high == null ? OPEN : Integer.parseInt(high);
      if (lowest < 0 || highest < lowest || highest > OPEN) {
        throw new SchemaException("versions out of order: " + all);
      }
      return new Versions(lowest, highest);
    } catch (NumberFormatException e) {
      throw new SchemaException("not a range of versions: " + all, e);
    }
  }

  boolean isEmpty() {
    return highest < lowest;
  }

  boolean contains(int version) {
    return lowest <= version && version <= highest;
  }

  /** Whether every version of {@code other} is in this range; the empty range is in every range. */
  boolean covers(Versions other) {
    return other.isEmpty() || (contains(other.lowest) && contains(other.highest));
  }

  Versions intersect(Versions other) {
    Versions both = new Versions(Math.max(lowest, other.lowest), Math.min(highest, other.highest));
    return both.isEmpty() ? NONE : both;
  }

  /**
   * A Java condition on {@code version} that holds in this range, for versions of {@code among}.
   */
  String test(Versions among) {
    Versions wanted = intersect(among);
    if (wanted.isEmpty()) {
      return "false";
    }
    boolean fromStart = wanted.lowest == among.lowest;
    boolean toEnd = wanted.highest == among.highest;
    if (fromStart && toEnd) {
      return "true";
    }
    if (toEnd) {
      return "version >= " + wanted.lowest;
    }
    if (wanted.lowest == wanted.highest) {
      return "version == " + wanted.lowest;
    }
    if (fromStart) {
      return "version <= " + wanted.highest;
    }
    return "version >= " + wanted.lowest + " && version <= " + wanted.highest;
  }

  /** The opposite of {@link #test}. */
  String testNot(Versions among) {
    Versions wanted = intersect(among);
    if (wanted.isEmpty()) {
      return "true";
    }
    boolean fromStart = wanted.lowest == among.lowest;
    boolean toEnd = wanted.highest == among.highest;
    if (fromStart && toEnd) {
      return "false";
    }
    if (toEnd) {
      return "version < " + wanted.lowest;
    }
    if (fromStart) {
      return "version > " + wanted.highest;
    }
    return "(version < " + wanted.lowest + " || version > " + wanted.highest + ")";
  }

  /** For a comment: {@code "Version 3"}, {@code "Versions 3-5"}. */
  String describe() {
    return (lowest == highest ? "Version " : "Versions ") + this;
  }

  @Override
  public String toString() {
    if (isEmpty()) {
      return "none";
    }
    if (highest == OPEN) {
      return lowest + "+";
    }
    return lowest == highest ? Integer.toString(lowest) : lowest + "-" + highest;
  }
}
