package io.millrace.record;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import net.jpountz.xxhash.StreamingXXHash32;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;
import org.jspecify.annotations.Nullable;

/**
 * LZ4 in its frame format, as Kafka uses it since magic 1. All numbers are little-endian.
 *
 * <pre>
 *   magic     0x184d2204
 *   FLG       bits 7-6 version 1, 5 blocks independent, 4 block checksums, 3 content size,
 *             2 content checksum, 1 reserved, 0 dictionary (reserved in v1.5.1)
 *   BD        bits 6-4 block size: 4 is 64 KiB, 5 256 KiB, 6 1 MiB, 7 4 MiB
 *   [content size, int64]
 *   HC        second byte of XXH32(FLG .. here)
 *   blocks    size (int32, top bit: not compressed), data [, XXH32 of the data]
 *   end       0 (int32) [, XXH32 of the content]
 * </pre>
 *
 * <p>Independent blocks only, and no dictionaries, as in Kafka. Content size and all checksums are
 * checked where a frame has them: Kafka's Java clients do not look at those of the content, but
 * librdkafka does, and would not read the batch.
 *
 * @see <a href="https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md">LZ4 frame format</a>
 */
final class Lz4Codec {
  private static final int MAGIC = 0x184d2204;
  private static final int VERSION_MASK = 0xc0;
  private static final int VERSION = 0x40;
  private static final int BLOCKS_INDEPENDENT = 0x20;
  private static final int BLOCK_CHECKSUM = 0x10;
  private static final int CONTENT_SIZE = 0x08;
  private static final int CONTENT_CHECKSUM = 0x04;
  private static final int FLG_RESERVED = 0x03;
  private static final int BD_RESERVED = 0x8f;
  private static final int BLOCK_64_KIB = 4;
  private static final int NOT_COMPRESSED = 0x80000000;

  /** No LZ4 block expands more: a length grows by 255 for each byte that carries it. */
  private static final int EXPANSION_MAX = 255;

  private Lz4Codec() {}

  private static LZ4Compressor compressor(int level) {
    LZ4Factory factory = LZ4Factory.fastestInstance();
    // As in Kafka, the default means the fast compressor and every other level the high one.
    return level == Compression.LZ4.levelDefault()
        ? factory.fastCompressor()
        : factory.highCompressor(level);
  }

  private static int headerChecksum(XXHash32 hash, ByteBuffer buffer, int from, int length) {
    return (hash.hash(buffer, from, length, 0) >> 8) & 0xff;
  }

  /** Writes frames of 64 KiB blocks without checksums of the content. */
  static final class Lz4Compressor extends Compressor {
    private static final int BLOCK_SIZE = blockSize(BLOCK_64_KIB);
    private static final int HEADER_SIZE = 7;
    private static final int FLAGS = VERSION | BLOCKS_INDEPENDENT;
    private static final int DESCRIPTOR = BLOCK_64_KIB << 4;

    private final LZ4Compressor blocks;
    private final byte checksum;

    /** How much more than itself a block may become before it is known to be incompressible. */
    private final int slack;

    Lz4Compressor(int level, Memory memory) {
      super(memory);
      this.blocks = compressor(level);
      this.slack = blocks.maxCompressedLength(BLOCK_SIZE) - BLOCK_SIZE;
      ByteBuffer header = ByteBuffer.wrap(new byte[] {(byte) FLAGS, (byte) DESCRIPTOR});
      this.checksum = (byte) headerChecksum(XXHashFactory.fastestInstance().hash32(), header, 0, 2);
    }

    @Override
    int bytesMax(int plainBytes) {
      long blockCount = (plainBytes + BLOCK_SIZE - 1L) / BLOCK_SIZE;
      return Math.toIntExact(HEADER_SIZE + 4 * blockCount + plainBytes + slack + 4);
    }

    @Override
    int compress(ByteBuffer from, ByteBuffer to) {
      to.order(ByteOrder.LITTLE_ENDIAN);
      to.putInt(0, MAGIC).put(4, (byte) FLAGS).put(5, (byte) DESCRIPTOR).put(6, checksum);
      int at = HEADER_SIZE;
      int plain;
      for (int next = from.position(); next < from.limit(); next += plain) {
        plain = Math.min(BLOCK_SIZE, from.limit() - next);
        int packed = blocks.compress(from, next, plain, to, at + 4, plain + slack);
        if (packed < plain) {
          to.putInt(at, packed);
          at += 4 + packed;
        } else {
          to.putInt(at, plain | NOT_COMPRESSED).put(at + 4, from, next, plain);
          at += 4 + plain;
        }
      }
      to.putInt(at, 0);
      return at + 4;
    }
  }

  private static int blockSize(int code) {
    return 1 << (8 + 2 * code);
  }

  /** Reads one frame, block by block. */
  static final class Lz4Expansion extends Expansion {
    private static final byte[] NOTHING = {};

    private final LZ4SafeDecompressor decompressor =
        LZ4Factory.fastestInstance().safeDecompressor();
    private final XXHash32 hash = XXHashFactory.fastestInstance().hash32();
    private final ByteBuffer source;
    private final int flags;
    private final int blockSizeMax;
    private final ExpansionMemory memory;
    private final @Nullable StreamingXXHash32 contentHash;
    private final long contentSize;
    private long contentBytes;
    private byte[] block = NOTHING;
    private int blockAt;
    private int blockEnd;
    private boolean ended;

    Lz4Expansion(ByteBuffer source, int expandedBytesMax, ExpansionMemory memory) {
      super(expandedBytesMax);
      this.memory = memory;
      this.source = source.order(ByteOrder.LITTLE_ENDIAN);
      need(7);
      if (source.getInt() != MAGIC) {
        throw malformed("the magic is not that of a frame");
      }
      flags = source.get();
      int descriptor = source.get() & 0xff;
      if ((flags & VERSION_MASK) != VERSION
          || (flags & FLG_RESERVED) != 0
          || (flags & BLOCKS_INDEPENDENT) == 0) {
        throw malformed(
            "a frame with flags 0x" + Integer.toHexString(flags & 0xff) + " is not supported");
      }
      if ((descriptor & BD_RESERVED) != 0 || descriptor >> 4 < BLOCK_64_KIB) {
        throw malformed("the block size is none of 64 KiB, 256 KiB, 1 MiB, 4 MiB");
      }
      blockSizeMax = blockSize(descriptor >> 4);
      need((flags & CONTENT_SIZE) != 0 ? 9 : 1);
      contentSize = (flags & CONTENT_SIZE) != 0 ? source.getLong() : -1;
      int checksum = headerChecksum(hash, source, 4, source.position() - 4);
      if ((source.get() & 0xff) != checksum) {
        throw malformed("the header's checksum is wrong");
      }
      contentHash =
          (flags & CONTENT_CHECKSUM) != 0
              ? XXHashFactory.safeInstance().newStreamingHash32(0)
              : null;
    }

    @Override
    int expand(byte[] target, int offset, int length) {
      while (blockAt == blockEnd) {
        if (!nextBlock()) {
          return -1;
        }
      }
      int copied = Math.min(length, blockEnd - blockAt);
      System.arraycopy(block, blockAt, target, offset, copied);
      blockAt += copied;
      return copied;
    }

    private boolean nextBlock() {
      if (ended) {
        return false;
      }
      need(4);
      int header = source.getInt();
      if (header == 0) {
        readEnd();
        return false;
      }
      int size = header & ~NOT_COMPRESSED;
      if (size == 0 || size > blockSizeMax) {
        throw malformed(
            "a block of " + size + " bytes, where at most " + blockSizeMax + " are allowed");
      }
      need(size);
      int at = source.position();
      source.position(at + size);
      if ((flags & BLOCK_CHECKSUM) != 0) {
        need(4);
        if (hash.hash(source, at, size, 0) != source.getInt()) {
          throw malformed("the checksum of a block is wrong");
        }
      }
      blockAt = 0;
      if ((header & NOT_COMPRESSED) != 0) {
        reserve(size);
        source.get(at, block, 0, size);
        blockEnd = size;
      } else {
        reserve((int) Math.min(blockSizeMax, (long) size * EXPANSION_MAX));
        try {
          blockEnd =
              decompressor.decompress(
                  source,
                  at,
                  size,
                  ByteBuffer.wrap(block),
                  0,
                  Math.min(block.length, blockSizeMax));
        } catch (LZ4Exception e) {
          throw CompressionException.malformed("lz4", e);
        }
      }
      contentBytes += blockEnd;
      if (contentHash != null) {
        contentHash.update(block, 0, blockEnd);
      }
      return true;
    }

    private void readEnd() {
      if ((flags & CONTENT_SIZE) != 0 && contentSize != contentBytes) {
        throw malformed("the content has " + contentBytes + " bytes, but says " + contentSize);
      }
      if (contentHash != null) {
        need(4);
        if (source.getInt() != contentHash.getValue()) {
          throw malformed("the checksum of the content is wrong");
        }
      }
      if (source.hasRemaining()) {
        throw malformed(source.remaining() + " bytes follow the end of the frame");
      }
      ended = true;
    }

    private void reserve(int bytes) {
      if (block.length < bytes) {
        block = memory.block.take(bytes);
      }
    }

    private void need(int bytes) {
      if (source.remaining() < bytes) {
        throw malformed("the data is cut off");
      }
    }

    private static CompressionException malformed(String what) {
      return CompressionException.malformed("lz4", what);
    }

    @Override
    public void close() {
      // All memory is the heap's.
    }
  }
}
