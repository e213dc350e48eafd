package io.millrace.log;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The last offset of each key: a table of fixed size with open addressing. A key is known by the
 * first 128 bits of its SHA-256, so that its length does not matter and no user can make two keys
 * meet. 24 bytes a slot, three quarters of which are used at most. For one thread.
 */
final class KeyOffsets {

  private static final int LONGS_A_SLOT = 3;
  private static final int BYTES_A_SLOT = 8 * LONGS_A_SLOT;
  private static final int SLOTS_MIN = 64;
  private static final int SLOTS_MAX = Integer.MAX_VALUE / LONGS_A_SLOT - 8;

  /** Two longs of the key and the offset plus one, 0 in a free slot. */
  private final long[] table;

  private final int slots;
  private final int keysMax;
  private int keys;
  private final MessageDigest digest;
  private final byte[] hash = new byte[32];
  private final ByteBuffer hashWords = ByteBuffer.wrap(hash);

  /**
   * @param bytesMax what the table may take
   * @param keysExpected no more keys than this will come
   */
  KeyOffsets(int bytesMax, long keysExpected) {
    long wanted = Math.max(SLOTS_MIN, keysExpected + keysExpected / 2);
    this.slots =
        (int) Math.min(Math.min(wanted, SLOTS_MAX), Math.max(SLOTS_MIN, bytesMax / BYTES_A_SLOT));
    this.keysMax = slots / 4 * 3;
    this.table = new long[slots * LONGS_A_SLOT];
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * Takes note of a key's offset, which is larger than any before.
   *
   * @return false if the key is new and the table full
   */
  boolean put(ByteBuffer key, long offset) {
    int at = slotOf(key);
    if (table[at + 2] == 0) {
      if (keys == keysMax) {
        return false;
      }
      keys++;
      table[at] = hashWords.getLong(0);
      table[at + 1] = hashWords.getLong(8);
    }
    table[at + 2] = offset + 1;
    return true;
  }

  /** The last offset of a key, -1 if it did not occur. */
  long get(ByteBuffer key) {
    return table[slotOf(key) + 2] - 1;
  }

  /** Where the key is or would be. Leaves its hash behind. */
  private int slotOf(ByteBuffer key) {
    digest.update(key.duplicate());
    try {
      digest.digest(hash, 0, hash.length);
    } catch (DigestException e) {
      throw new IllegalStateException("a SHA-256 has 32 bytes", e);
    }
    long first = hashWords.getLong(0);
    long second = hashWords.getLong(8);
    int slot = (int) ((first >>> 32) * slots >>> 32);
    while (true) {
      int at = slot * LONGS_A_SLOT;
      if (table[at + 2] == 0 || table[at] == first && table[at + 1] == second) {
        return at;
      }
      slot = slot + 1 == slots ? 0 : slot + 1;
    }
  }
}
