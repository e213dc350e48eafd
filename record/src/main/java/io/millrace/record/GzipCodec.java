package io.millrace.record;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * gzip over the JDK's Inflater and Deflater.
 *
 * <p>Not {@link java.util.zip.GZIPInputStream}: it takes one stack frame for every empty member, so
 * that a megabyte of them ends in a StackOverflowError, and it lets garbage follow the last member.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1952">RFC 1952</a>
 */
final class GzipCodec {
  private static final int HEADER_SIZE = 10;
  private static final int TRAILER_SIZE = 8;
  private static final int MAGIC = 0x8b1f;
  private static final int DEFLATE = 8;
  private static final int FLAG_HEADER_CRC = 0x02;
  private static final int FLAG_EXTRA = 0x04;
  private static final int FLAG_NAME = 0x08;
  private static final int FLAG_COMMENT = 0x10;
  private static final int FLAGS_RESERVED = 0xe0;

  private GzipCodec() {}

  /** Writes one member, with a deflater that is reset for the next. */
  static final class GzipCompressor extends Compressor {
    private final Deflater deflater;
    private final CRC32 crc = new CRC32();

    GzipCompressor(int level, Memory memory) {
      super(memory);
      this.deflater = new Deflater(level, true);
    }

    @Override
    int bytesMax(int plainBytes) {
      // As zlib's deflateBound for whatever level and memory, which is more than it ever takes.
      long bound = plainBytes + (plainBytes + 7L >> 3) + (plainBytes + 63L >> 6) + 64;
      return Math.toIntExact(HEADER_SIZE + bound + TRAILER_SIZE);
    }

    @Override
    int compress(ByteBuffer from, ByteBuffer to) {
      int begin = from.position();
      int plain = from.remaining();
      crc.reset();
      crc.update(from);
      from.position(begin);
      deflater.reset();
      deflater.setInput(from);
      deflater.finish();
      // Neither name nor time; "operating system unknown".
      to.order(ByteOrder.LITTLE_ENDIAN);
      to.putShort(0, (short) MAGIC).put(2, (byte) DEFLATE).put(3, (byte) 0);
      to.putInt(4, 0).put(8, (byte) 0).put(9, (byte) 0xff);
      to.position(HEADER_SIZE);
      deflater.deflate(to);
      if (!deflater.finished()) {
        throw new IllegalStateException("deflate needs more than its bound for " + plain);
      }
      from.position(begin);
      int at = to.position();
      to.putInt(at, (int) crc.getValue()).putInt(at + 4, plain);
      to.position(0);
      return at + TRAILER_SIZE;
    }

    @Override
    public void close() {
      deflater.end();
    }
  }

  /** Reads members one after the other until the input ends. */
  static final class GzipExpansion extends Expansion {
    private final ByteBuffer source;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private boolean insideMember;

    GzipExpansion(ByteBuffer source, int expandedBytesMax) {
      super(expandedBytesMax);
      this.source = source.order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    int expand(byte[] target, int offset, int length) {
      boolean first = source.position() == 0;
      while (true) {
        if (!insideMember) {
          if (!source.hasRemaining() && !first) {
            return -1;
          }
          readHeader();
          first = false;
        }
        int inflated = inflate(target, offset, length);
        crc.update(target, offset, inflated);
        if (inflater.finished()) {
          readTrailer();
        }
        if (inflated > 0) {
          return inflated;
        }
      }
    }

    private int inflate(byte[] target, int offset, int length) {
      try {
        int inflated = inflater.inflate(target, offset, length);
        if (inflated == 0 && !inflater.finished()) {
          throw malformed(
              inflater.needsDictionary()
                  ? "a preset dictionary is asked for"
                  : "the data is cut off");
        }
        return inflated;
      } catch (DataFormatException e) {
        throw CompressionException.malformed("gzip", e);
      }
    }

    private void readHeader() {
      need(HEADER_SIZE);
      int magic = source.getShort() & 0xffff;
      int method = source.get();
      int flags = source.get();
      source.position(source.position() + 6);
      if (magic != MAGIC || method != DEFLATE || (flags & FLAGS_RESERVED) != 0) {
        throw malformed("the header of a member is not one");
      }
      if ((flags & FLAG_EXTRA) != 0) {
        need(2);
        int extra = source.getShort() & 0xffff;
        need(extra);
        source.position(source.position() + extra);
      }
      if ((flags & FLAG_NAME) != 0) {
        skipText();
      }
      if ((flags & FLAG_COMMENT) != 0) {
        skipText();
      }
      if ((flags & FLAG_HEADER_CRC) != 0) {
        need(2);
        source.getShort();
      }
      inflater.reset();
      inflater.setInput(source);
      crc.reset();
      insideMember = true;
    }

    private void readTrailer() {
      // The inflater has moved the source to the end of what it used.
      need(TRAILER_SIZE);
      if (source.getInt() != (int) crc.getValue()
          || source.getInt() != (int) inflater.getBytesWritten()) {
        throw malformed("checksum or size at the end of a member is wrong");
      }
      insideMember = false;
    }

    private void skipText() {
      do {
        need(1);
      } while (source.get() != 0);
    }

    private void need(int bytes) {
      if (source.remaining() < bytes) {
        throw malformed("the data is cut off");
      }
    }

    private static CompressionException malformed(String what) {
      return CompressionException.malformed("gzip", what);
    }

    @Override
    public void close() {
      inflater.end();
    }
  }
}
