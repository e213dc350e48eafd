package io.millrace.cli;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How lines are read for their keys: {@code key SEPARATOR [part SEPARATOR] rest}. Counts those that
 * have no key separator. Used by one thread, read by another when that is done.
 */
final class KeyLines {

  private final byte @Nullable [] keySeparator;
  private final byte @Nullable [] partSeparator;
  private final byte @Nullable [] nullText;
  private volatile long left;
  private volatile long firstLeft;

  /**
   * @param keySeparator null if the whole line is the key
   * @param partSeparator null if no compound keys are asked for
   * @param nullText a key that reads so is none; null if none is
   */
  KeyLines(
      byte @Nullable [] keySeparator, byte @Nullable [] partSeparator, byte @Nullable [] nullText) {
    this.keySeparator = keySeparator;
    this.partSeparator = partSeparator;
    this.nullText = nullText;
  }

  /**
   * Adds what a line says to a sample.
   *
   * @return false if it has no key separator, and was left out
   */
  boolean add(byte[] line, long number, KeySample sample) {
    byte[] key = line;
    byte[] rest = new byte[0];
    if (keySeparator != null) {
      int at = indexOf(line, keySeparator, 0);
      if (at < 0) {
        firstLeft = left == 0 ? number : firstLeft;
        left = left + 1;
        return false;
      }
      key = Arrays.copyOf(line, at);
      rest = Arrays.copyOfRange(line, at + keySeparator.length, line.length);
    }
    sample.add(
        nullText != null && Arrays.equals(key, nullText) ? null : key,
        partSeparator == null ? null : part(rest, partSeparator));
    return true;
  }

  /** What stands before a separator; everything if it is missing. */
  static byte[] part(byte @Nullable [] text, byte[] separator) {
    if (text == null) {
      return new byte[0];
    }
    int at = indexOf(text, separator, 0);
    return at < 0 ? text : Arrays.copyOf(text, at);
  }

  /** How many lines had no key separator. */
  long left() {
    return left;
  }

  /** The number of the first of them. */
  long firstLeft() {
    return firstLeft;
  }

  /** Where a separator begins, from a place on; -1 if it is missing. */
  static int indexOf(byte[] line, byte[] separator, int from) {
    for (int at = from; at + separator.length <= line.length; at++) {
      if (Arrays.equals(line, at, at + separator.length, separator, 0, separator.length)) {
        return at;
      }
    }
    return -1;
  }
}
