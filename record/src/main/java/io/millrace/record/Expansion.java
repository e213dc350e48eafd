package io.millrace.record;

/**
 * A compressed payload coming out piece by piece, no more of it than allowed. Used by one thread,
 * closed once done.
 *
 * <p>The end is only reported where the compressed form says so itself: a payload that stops in the
 * middle, or goes on after its end, is malformed.
 */
abstract class Expansion implements AutoCloseable {
  private final int expandedBytesMax;
  private long expandedBytes;

  Expansion(int expandedBytesMax) {
    this.expandedBytesMax = expandedBytesMax;
  }

  /** How many more bytes may come out. */
  final int expandedBytesLeft() {
    return (int) (expandedBytesMax - expandedBytes);
  }

  final int expandedBytesMax() {
    return expandedBytesMax;
  }

  /**
   * Reads at least one byte.
   *
   * @param length at least 1
   * @return how many bytes were read, or -1 after the last
   * @throws CompressionException if the payload is malformed or has more bytes than allowed
   */
  final int read(byte[] target, int offset, int length) {
    // One byte beyond the limit is asked for, so that a payload of exactly the limit is told from a
    // longer one.
    int read = expand(target, offset, (int) Math.min(length, expandedBytesLeft() + 1L));
    if (read > 0) {
      expandedBytes += read;
      if (expandedBytes > expandedBytesMax) {
        throw CompressionException.limit(expandedBytesMax);
      }
    }
    return read;
  }

  /** As {@link #read}, without the limit. */
  abstract int expand(byte[] target, int offset, int length);

  @Override
  public abstract void close();
}
