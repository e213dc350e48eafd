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

  /** Writes one frame, in a context that keeps its tables. */
  static final class ZstdCompressor extends Compressor {
    private final ZstdCompressCtx context;

    ZstdCompressor(int level, Memory memory) {
      super(memory);
      this.context = new ZstdCompressCtx().setLevel(level);
    }

    @Override
    int bytesMax(int plainBytes) {
      return Math.toIntExact(Zstd.compressBound(plainBytes));
    }

    @Override
    int compress(ByteBuffer from, ByteBuffer to) {
      int plain = from.remaining();
      if (inArrays(from, to)) {
        return context.compressByteArray(
            to.array(),
            to.arrayOffset(),
            to.remaining(),
            from.array(),
            from.arrayOffset() + from.position(),
            plain);
      }
      return context.compressDirectByteBuffer(to, 0, to.capacity(), from, from.position(), plain);
    }

    @Override
    public void close() {
      context.close();
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
