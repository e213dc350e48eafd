package io.millrace.producer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keys made of others, to spread what one key would hold together. Order is kept within a key as it
 * is sent, no longer within the one it was made from.
 */
public final class Keys {

  private static final char SEPARATOR = ':';
  private static final char ESCAPE = '\\';
  private static final byte SALT = '#';

  private Keys() {}

  /**
   * One key of several parts, {@code tenant:order}. A colon or backslash in a part gets a backslash
   * before it, so that different parts never make the same key.
   *
   * @param parts at least one
   * @return UTF-8
   */
  public static byte[] compound(String... parts) {
    if (parts.length == 0) {
      throw new IllegalArgumentException("a key of no parts: give one at least");
    }
    StringBuilder key = new StringBuilder();
    for (int i = 0; i < parts.length; i++) {
      if (i > 0) {
        key.append(SEPARATOR);
      }
      for (int j = 0; j < parts[i].length(); j++) {
        char c = parts[i].charAt(j);
        if (c == SEPARATOR || c == ESCAPE) {
          key.append(ESCAPE);
        }
        key.append(c);
      }
    }
    return key.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The parts of a key that {@link #compound} made. */
  public static List<String> parts(byte[] compound) {
    String key = new String(compound, StandardCharsets.UTF_8);
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if (c == SEPARATOR) {
        parts.add(part.toString());
        part.setLength(0);
      } else {
        boolean escaped = c == ESCAPE && i + 1 < key.length();
        part.append(escaped ? key.charAt(++i) : c);
      }
    }
    parts.add(part.toString());
    return parts;
  }

  /**
   * One of {@code salts} keys that stand for a hot one, chosen at random: its messages spread over
   * as many partitions at most. A reader finds the key again with {@link #unsalted}; if it needs
   * the order it must merge them by a number that the messages carry.
   *
   * @param salts how many there are, at least 1
   * @return the key, {@code #} and a number from 0 to {@code salts - 1}
   */
  public static byte[] salted(byte[] key, int salts) {
    requireSalts(salts);
    return withSalt(key, Chance.SYSTEM.below(salts));
  }

  /**
   * As {@link #salted(byte[], int)}, chosen by a number: messages of the same number go together.
   *
   * @param by for instance the message's own number, for one salt after the other
   */
  public static byte[] salted(byte[] key, int salts, long by) {
    requireSalts(salts);
    return withSalt(key, Math.floorMod(by, salts));
  }

  private static void requireSalts(int salts) {
    if (salts < 1) {
      throw new IllegalArgumentException(salts + " salts: at least 1 is wanted");
    }
  }

  private static byte[] withSalt(byte[] key, int salt) {
    byte[] number = Integer.toString(salt).getBytes(StandardCharsets.US_ASCII);
    byte[] salted = Arrays.copyOf(key, key.length + 1 + number.length);
    salted[key.length] = SALT;
    System.arraycopy(number, 0, salted, key.length + 1, number.length);
    return salted;
  }

  /**
   * The key that a salted one was made from.
   *
   * @throws IllegalArgumentException if it is not salted
   */
  public static byte[] unsalted(byte[] salted) {
    int at = salted.length - 1;
    while (at >= 0 && salted[at] >= '0' && salted[at] <= '9') {
      at--;
    }
    if (at < 0 || salted[at] != SALT || at == salted.length - 1) {
      throw new IllegalArgumentException("the key is not salted: it does not end in # and digits");
    }
    return Arrays.copyOf(salted, at);
  }

  /** The names that the setting {@code partitioner} takes, the default first. */
  public static List<String> partitioners() {
    return PartitionRows.NAMES;
  }

  /**
   * Whether a partitioner goes by this key. If it does not, each partition gets the same in the
   * long run.
   *
   * @param partitioner one of {@link #partitioners}
   * @param key null for none
   */
  public static boolean decides(String partitioner, byte @Nullable [] key) {
    return switch (partitioner) {
      case "consistent", "murmur2", "fnv1a" -> true;
      case "murmur2_random", "fnv1a_random" -> key != null;
      case "consistent_random" -> key != null && key.length > 0;
      default -> false;
    };
  }

  /**
   * Where a partitioner sends a key.
   *
   * @param partitioner the name of one that goes by the hash of the key, such as {@code murmur2}
   * @param key null for none, which goes where an empty one does: without {@code _random} that is
   *     so
   * @param partitions how many partitions the topic has, at least 1
   * @throws IllegalArgumentException if there is no such partitioner, or it does not go by the key
   */
  public static int partitionOf(String partitioner, byte @Nullable [] key, int partitions) {
    KeyHash hash =
        switch (partitioner) {
          case "consistent", "consistent_random" -> KeyHash.CRC32;
          case "murmur2", "murmur2_random" -> KeyHash.MURMUR2;
          case "fnv1a", "fnv1a_random" -> KeyHash.FNV1A;
          default ->
              throw new IllegalArgumentException(
                  "partitioner "
                      + partitioner
                      + " does not go by the key: murmur2, consistent and fnv1a do");
        };
    return hash.partition(key == null ? new byte[0] : key, partitions);
  }
}
