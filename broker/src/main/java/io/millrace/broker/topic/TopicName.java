package io.millrace.broker.topic;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a topic may be called: Kafka's rules. */
public final class TopicName {

  private static final int LENGTH_MAX = 249;

  /** Kafka's internal topics. There are none here; nobody may pretend to be one. */
  private static final Set<String> RESERVED =
      Set.of(
          "__consumer_offsets",
          "__transaction_state",
          "__share_group_state",
          "__cluster_metadata",
          "__remote_log_metadata");

  private TopicName() {}

  /** What is wrong with a name, as a sentence; null if nothing is. */
  public static @Nullable String problem(String name) {
    if (name.isEmpty()) {
      return "a topic needs a name";
    }
    if (name.equals(".") || name.equals("..")) {
      return "a topic cannot be called \"" + name + "\"";
    }
    if (name.length() > LENGTH_MAX) {
      return "a topic's name has at most "
          + LENGTH_MAX
          + " characters, this one has "
          + name.length();
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean legal =
          c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || isMark(c);
      if (!legal) {
        return "a topic's name is made of letters a to z, digits, '.', '_' and '-', which "
            + "character "
            + (i + 1)
            + " is not";
      }
    }
    return null;
  }

  private static boolean isMark(char c) {
    return c == '.' || c == '_' || c == '-';
  }

  /** Whether it is the name of one of Kafka's internal topics. */
  public static boolean isReserved(String name) {
    return RESERVED.contains(name);
  }

  /** Names that agree in this are too much alike: Kafka's metrics cannot tell '.' from '_'. */
  static String folded(String name) {
    return name.replace('.', '_');
  }
}
