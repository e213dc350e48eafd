package io.millrace.producer;

/**
 * One setting of a running producer.
 *
 * @param name the name under which its page lists it, also where it was given under another
 * @param value what is in force; never a password
 * @param origin where the value comes from
 * @param meaning what it does, in a sentence or two
 */
public record SettingInUse(String name, String value, Origin origin, String meaning) {

  /** Where a value comes from; what stands further down wins. */
  public enum Origin {
    /** The table's default. */
    DEFAULT,
    /** The {@code profile} that was chosen. */
    PROFILE,
    /** The application. */
    SET,
    /** Another setting, of which it follows: its page says which. */
    FOLLOWS
  }

  @Override
  public String toString() {
    return name + "=" + value + " (" + origin.name().toLowerCase(java.util.Locale.ROOT) + ")";
  }
}
