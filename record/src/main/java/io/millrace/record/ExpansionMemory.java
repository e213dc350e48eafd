package io.millrace.record;

/**
 * The arrays that expanding a payload works in, kept from one batch to the next: allocating and
 * zeroing them costs more than expanding a small batch. For one batch at a time, by one thread.
 * Larger arrays than {@value #KEPT_BYTES_MAX} bytes are left to the collector, so the three hold
 * 768 KiB at most.
 */
final class ExpansionMemory {
  static final int KEPT_BYTES_MAX = 256 * 1024;

  /** For a piece of compressed input. */
  final Slot packed = new Slot();

  /** For a block that expands as a whole. */
  final Slot block = new Slot();

  /** For expanded records, as far as they are being looked at. */
  final Slot window = new Slot();

  /** One array for one purpose. */
  static final class Slot {
    private byte[] kept = {};

    /** At least {@code size} bytes, with whatever was left in them. */
    byte[] take(int size) {
      if (kept.length >= size) {
        return kept;
      }
      byte[] larger = new byte[size];
      if (size <= KEPT_BYTES_MAX) {
        kept = larger;
      }
      return larger;
    }
  }
}
