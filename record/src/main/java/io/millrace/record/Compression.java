package io.millrace.record;

import static java.util.Locale.ROOT;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The codecs of a batch, in the framing Kafka's clients use.
 *
 * <table>
 *   <caption>Framing and levels</caption>
 *   <tr><th>codec</th><th>framing</th><th>levels (default)</th><th>library</th></tr>
 *   <tr><td>gzip</td><td>RFC 1952 members</td><td>1..9 (-1)</td><td>the JDK</td></tr>
 *   <tr><td>snappy</td><td>xerial stream; read also as one raw block, as librdkafka writes it</td><td>none</td>
 *       <td>org.xerial.snappy:snappy-java</td></tr>
 *   <tr><td>lz4</td><td>LZ4 frame, independent blocks</td><td>1..17 (9)</td><td>at.yawk.lz4:lz4-java</td></tr>
 *   <tr><td>zstd</td><td>Zstandard frames</td><td>-131072..22 (3)</td><td>com.github.luben:zstd-jni</td></tr>
 * </table>
 *
 * <p><b>Bounds.</b> No size that the input declares is believed before bytes back it: output is
 * produced piece by piece into memory that grows with what has arrived, and stops at the caller's
 * limit with {@link CompressionException.Reason#LIMIT}. A snappy or LZ4 block gets at most what its
 * own bytes could possibly expand to; a Zstandard frame may ask for a window of at most 128 MiB, of
 * which only what is written is touched.
 *
 * <p>The libraries are optional: their classes are loaded when the codec is first used, and a
 * missing one is a {@link CompressionException.Reason#CODEC_MISSING} that names the artifact.
 */
public enum Compression {
  NONE(0, 0, 0, 0, "the JDK"),
  GZIP(1, 1, 9, -1, "the JDK"),
  SNAPPY(2, 0, 0, 0, "org.xerial.snappy:snappy-java"),
  LZ4(3, 1, 17, 9, "at.yawk.lz4:lz4-java"),
  ZSTD(4, -131072, 22, 3, "com.github.luben:zstd-jni");

  private static final Compression[] BY_CODE = values();

  private final int code;
  private final int levelMin;
  private final int levelMax;
  private final int levelDefault;
  private final String artifact;

  Compression(int code, int levelMin, int levelMax, int levelDefault, String artifact) {
    this.code = code;
    this.levelMin = levelMin;
    this.levelMax = levelMax;
    this.levelDefault = levelDefault;
    this.artifact = artifact;
  }

  /** The number in attribute bits 0-2 of a batch. */
  public int code() {
    return code;
  }

  /**
   * The name in Kafka's settings, such as {@code compression.type}: the constant's own, in lower
   * case.
   */
  public String lowerCaseName() {
    return name().toLowerCase(ROOT);
  }

  public int levelMin() {
    return levelMin;
  }

  public int levelMax() {
    return levelMax;
  }

  /** Kafka's default for the codec; always accepted, whatever the range says. */
  public int levelDefault() {
    return levelDefault;
  }

  /** The codec of a code, or null for codes 5 to 7 and whatever else does not exist. */
  public static @Nullable Compression ofCode(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }

  static Compression of(int code) {
    Compression compression = ofCode(code);
    if (compression == null) {
      throw new CompressionException(
          CompressionException.Reason.UNKNOWN_CODEC, "there is no compression with code " + code);
    }
    return compression;
  }

  /**
   * Compresses what lies between the buffer's position and limit, which stay, into a new heap
   * buffer.
   *
   * @param level between {@link #levelMin} and {@link #levelMax}, or {@link #levelDefault}; ignored
   *     by codecs without levels
   * @throws IllegalArgumentException if the level is out of range
   */
  public ByteBuffer compress(ByteBuffer plain, int level) {
    return compress(plain, level, 0);
  }

  /**
   * As {@link #compress(ByteBuffer, int)}, leaving {@code headroom} bytes free before the
   * compressed ones.
   */
  public ByteBuffer compress(ByteBuffer plain, int level, int headroom) {
    checkLevel(level);
    byte[] source = new byte[plain.remaining()];
    plain.get(plain.position(), source);
    try {
      return switch (this) {
        case NONE -> ByteBuffer.allocate(headroom + source.length).put(headroom, source);
        case GZIP -> GzipCodec.compress(source, level, headroom);
        case SNAPPY -> SnappyCodec.compress(source, headroom);
        case LZ4 -> Lz4Codec.compress(source, level, headroom);
        case ZSTD -> ZstdCodec.compress(source, level, headroom);
      };
    } catch (LinkageError e) {
      throw missing(e);
    }
  }

  /**
   * Expands what lies between the buffer's position and limit, which stay.
   *
   * @param expandedBytesMax how many bytes may come out
   * @return a heap buffer of exactly the expanded bytes; for {@link #NONE} a view of the given ones
   * @throws CompressionException if the bytes are malformed or expand to more than the limit
   */
  public ByteBuffer expand(ByteBuffer packed, int expandedBytesMax) {
    if (this == NONE) {
      if (packed.remaining() > expandedBytesMax) {
        throw CompressionException.limit(expandedBytesMax);
      }
      return packed.slice();
    }
    try (Expansion expansion = open(packed, expandedBytesMax, new ExpansionMemory())) {
      byte[] expanded = new byte[Math.min(expandedBytesMax, Math.max(512, packed.remaining()))];
      int size = 0;
      while (true) {
        if (size == expanded.length) {
          int grown = (int) Math.min(Math.max(expandedBytesMax, size + 1L), 2L * size + 64);
          expanded = Arrays.copyOf(expanded, grown);
        }
        int read = expansion.read(expanded, size, expanded.length - size);
        if (read < 0) {
          return ByteBuffer.wrap(expanded, 0, size);
        }
        size += read;
      }
    }
  }

  /** Begins to expand piece by piece, working in {@code memory}; not for {@link #NONE}. */
  Expansion open(ByteBuffer packed, int expandedBytesMax, ExpansionMemory memory) {
    ByteBuffer source = packed.slice();
    try {
      return switch (this) {
        case NONE -> throw new IllegalStateException("an uncompressed payload is read where it is");
        case GZIP -> new GzipCodec.GzipExpansion(source, expandedBytesMax);
        case SNAPPY -> new SnappyCodec.SnappyExpansion(source, expandedBytesMax, memory);
        case LZ4 -> new Lz4Codec.Lz4Expansion(source, expandedBytesMax, memory);
        case ZSTD -> new ZstdCodec.ZstdExpansion(source, expandedBytesMax);
      };
    } catch (LinkageError e) {
      throw missing(e);
    }
  }

  void checkLevel(int level) {
    boolean hasLevels = levelMin != levelMax;
    if (hasLevels && level != levelDefault && (level < levelMin || level > levelMax)) {
      throw new IllegalArgumentException(
          lowerCaseName() + " has levels " + levelMin + " to " + levelMax + ", not " + level);
    }
  }

  private CompressionException missing(LinkageError e) {
    return new CompressionException(
        CompressionException.Reason.CODEC_MISSING,
        lowerCaseName()
            + " needs "
            + artifact
            + ", which is not on the class path or does not run here",
        e);
  }
}
