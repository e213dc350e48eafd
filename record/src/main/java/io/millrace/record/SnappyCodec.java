package io.millrace.record;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.xerial.snappy.Snappy;

/**
 * snappy, in both forms found in Kafka.
 *
 * <pre>
 *   xerial stream  0x82 S N A P P Y 0x00, version (int32), compatible version (int32),
 *                  then chunks: length (int32), one raw block. The header may come again between chunks.
 *   raw block      what librdkafka and its bindings send: the whole payload as one block
 * </pre>
 *
 * <p>A raw block begins with the length it expands to. That length is believed only as far as the
 * block's bytes could reach: the densest element, a copy of 64 bytes, takes three.
 *
 * @see <a href="https://github.com/google/snappy/blob/main/format_description.txt">snappy, format
 *     description</a>
 */
final class SnappyCodec {
  private static final int HEADER_SIZE = 16;
  private static final long HEADER_MAGIC = 0x82534e4150505900L;
  private static final int VERSION = 1;
  private static final int CHUNK_SIZE = 32 * 1024;

  private SnappyCodec() {}

  /** Writes a xerial stream of chunks of 32 KiB. */
  static final class SnappyCompressor extends Compressor {
    private final int slack = Snappy.maxCompressedLength(CHUNK_SIZE) - CHUNK_SIZE;

    SnappyCompressor(Memory memory) {
      super(memory);
    }

    @Override
    int bytesMax(int plainBytes) {
      long chunks = (plainBytes + CHUNK_SIZE - 1L) / CHUNK_SIZE;
      return Math.toIntExact(HEADER_SIZE + chunks * (4L + slack) + plainBytes);
    }

    @Override
    int compress(ByteBuffer from, ByteBuffer to) {
      int begin = from.position();
      int end = from.limit();
      int at = HEADER_SIZE;
      try {
        to.putLong(0, HEADER_MAGIC).putInt(8, VERSION).putInt(12, VERSION);
        for (int next = begin; next < end; next += CHUNK_SIZE) {
          int plain = Math.min(CHUNK_SIZE, end - next);
          int packed = chunk(from, next, plain, to, at + 4);
          to.putInt(at, packed);
          at += 4 + packed;
        }
      } catch (IOException e) {
        throw new IllegalStateException("snappy cannot compress", e);
      } finally {
        from.limit(end).position(begin);
      }
      return at;
    }

    private static int chunk(ByteBuffer from, int next, int plain, ByteBuffer to, int at)
        throws IOException {
      if (inArrays(from, to)) {
        return Snappy.compress(
            from.array(), from.arrayOffset() + next, plain, to.array(), to.arrayOffset() + at);
      }
      from.limit(next + plain).position(next);
      to.clear().position(at);
      int packed = Snappy.compress(from, to);
      to.clear();
      return packed;
    }
  }

  /** Reads chunk by chunk; a raw block is one chunk. */
  static final class SnappyExpansion extends Expansion {
    private static final byte[] NOTHING = {};

    private final ByteBuffer source;
    private final boolean raw;
    private final ExpansionMemory memory;
    private byte[] chunk = NOTHING;
    private int chunkAt;
    private int chunkEnd;

    SnappyExpansion(ByteBuffer source, int expandedBytesMax, ExpansionMemory memory) {
      super(expandedBytesMax);
      this.memory = memory;
      this.source = source;
      this.raw = source.remaining() < HEADER_SIZE || source.getLong(0) != HEADER_MAGIC;
      // So that a missing library is noticed where the others are, before the first byte.
      Snappy.maxCompressedLength(0);
    }

    @Override
    int expand(byte[] target, int offset, int length) {
      while (chunkAt == chunkEnd) {
        if (!nextChunk()) {
          return -1;
        }
      }
      int copied = Math.min(length, chunkEnd - chunkAt);
      System.arraycopy(chunk, chunkAt, target, offset, copied);
      chunkAt += copied;
      return copied;
    }

    private boolean nextChunk() {
      if (raw) {
        if (!source.hasRemaining()) {
          if (source.position() == 0) {
            throw malformed("there is no data");
          }
          return false;
        }
        uncompress(source.remaining());
        return true;
      }
      while (source.remaining() >= HEADER_SIZE
          && source.getLong(source.position()) == HEADER_MAGIC) {
        if (source.getInt(source.position() + 8) < VERSION) {
          throw malformed("the stream has an unknown version");
        }
        source.position(source.position() + HEADER_SIZE);
      }
      if (!source.hasRemaining()) {
        return false;
      }
      if (source.remaining() < 4) {
        throw malformed("the length of a chunk is cut off");
      }
      int length = source.getInt();
      if (length <= 0 || length > source.remaining()) {
        throw malformed(
            "a chunk says it has " + length + " bytes, where " + source.remaining() + " are left");
      }
      uncompress(length);
      return true;
    }

    private void uncompress(int length) {
      byte[] packed = memory.packed.take(length);
      source.get(packed, 0, length);
      try {
        int declared = Snappy.uncompressedLength(packed, 0, length);
        if (declared < 0 || declared > 64L * length / 3 + 1) {
          throw malformed(length + " bytes say they expand to " + (declared & 0xffffffffL));
        }
        if (declared > expandedBytesLeft()) {
          throw CompressionException.limit(expandedBytesMax());
        }
        if (chunk.length < declared) {
          chunk = memory.block.take(declared);
        }
        chunkEnd = Snappy.uncompress(packed, 0, length, chunk, 0);
        chunkAt = 0;
      } catch (IOException e) {
        throw CompressionException.malformed("snappy", e);
      }
    }

    private static CompressionException malformed(String what) {
      return CompressionException.malformed("snappy", what);
    }

    @Override
    public void close() {
      // All memory is the heap's.
    }
  }
}
