package io.millrace.producer;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Finds the name that someone may have meant. */
final class NearestName {

  private static final int NAME_LENGTH_MAX = 200;

  private NearestName() {}

  /** The known name that is most like this one; null if none is much like it. */
  static @Nullable String of(String name, Collection<String> known) {
    if (name.length() > NAME_LENGTH_MAX) {
      return null;
    }
    String best = null;
    int bestDistance = Math.max(2, name.length() / 3) + 1;
    for (String candidate : known) {
      int distance = distance(name, candidate);
      if (distance < bestDistance) {
        bestDistance = distance;
        best = candidate;
      }
    }
    return best;
  }

  /** Levenshtein's edit distance. */
  private static int distance(String a, String b) {
    int[] above = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = above[0];
      above[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = above[j];
        above[j] = Math.min(replaced, Math.min(above[j], above[j - 1]) + 1);
      }
    }
    return above[b.length()];
  }
}
