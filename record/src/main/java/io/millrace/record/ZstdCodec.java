package io.millrace.record;

import com.github.luben.zstd.RecyclingBufferPool;
import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * zstd over zstd-jni, as a stream on reading.
 *
 * <p>The window, the memory a frame asks for, is at most 2^{@value #WINDOW_LOG_MAX} bytes: what
 * level 22 uses, and what Kafka's own clients read. It is the process's, not the heap's, and is
 * touched only as far as data was written.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8878">RFC 8878</a>
 */
final class ZstdCodec {
  static final int WINDOW_LOG_MAX = 27;

  private ZstdCodec() {}

  static ByteBuffer compress(byte[] source, int level, int headroom) {
    byte[] target = new byte[Math.toIntExact(headroom + Zstd.compressBound(source.length))];
    try (ZstdCompressCtx context = new ZstdCompressCtx().setLevel(level)) {
      int length =
          context.compressByteArray(
              target, headroom, target.length - headroom, source, 0, source.length);
      return ByteBuffer.wrap(target).limit(headroom + length);
    }
  }

  /** Reads frames one after the other until the input ends. */
  static final class ZstdExpansion extends Expansion {
    private final ZstdInputStreamNoFinalizer frames;

    ZstdExpansion(ByteBuffer source, int expandedBytesMax) {
      super(expandedBytesMax);
      if (!source.hasRemaining()) {
        throw CompressionException.malformed("zstd", "there is no data");
      }
      try {
        frames =
            new ZstdInputStreamNoFinalizer(new BufferInput(source), RecyclingBufferPool.INSTANCE);
        frames.setLongMax(WINDOW_LOG_MAX);
      } catch (IOException e) {
        throw malformed(e);
      }
    }

    @Override
    int expand(byte[] target, int offset, int length) {
      try {
        int read;
        do {
          read = frames.read(target, offset, length);
        } while (read == 0);
        return read;
      } catch (IOException | ZstdException e) {
        throw malformed(e);
      }
    }

    private static CompressionException malformed(Exception e) {
      return CompressionException.malformed("zstd", e);
    }

    @Override
    public void close() {
      try {
        frames.close();
      } catch (IOException e) {
        throw malformed(e);
      }
    }
  }

  private static final class BufferInput extends InputStream {
    private final ByteBuffer source;

    BufferInput(ByteBuffer source) {
      this.source = source;
    }

    @Override
    public int read() {
      return source.hasRemaining() ? source.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      if (!source.hasRemaining()) {
        return -1;
      }
      int read = Math.min(length, source.remaining());
      source.get(target, offset, read);
      return read;
    }
  }
}
