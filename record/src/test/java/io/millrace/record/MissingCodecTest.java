package io.millrace.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Without the optional libraries: everything else works, and the message says what to add. */
class MissingCodecTest {

  @ParameterizedTest
  @CsvSource({
    "SNAPPY, org.xerial.snappy:snappy-java",
    "LZ4, at.yawk.lz4:lz4-java",
    "ZSTD, com.github.luben:zstd-jni"
  })
  void aMissingLibraryIsNamed(String codec, String artifact) throws Exception {
    String reason = codec.toLowerCase(java.util.Locale.ROOT) + " needs " + artifact;
    assertThat(runWithoutLibraries(codec))
        .isEqualTo(
            "compress CODEC_MISSING "
                + reason
                + ", which is not on the class path or does not run here\n"
                + "expand CODEC_MISSING "
                + reason
                + ", which is not on the class path or does not run here\n"
                + "check UNSUPPORTED_COMPRESSION_TYPE");
  }

  @ParameterizedTest
  @CsvSource({"NONE", "GZIP"})
  void theOthersDoNotNeedAny(String codec) throws Exception {
    assertThat(runWithoutLibraries(codec)).isEqualTo("compress\nexpand\ncheck ACCEPTED");
  }

  private static String runWithoutLibraries(String codec) throws Exception {
    Class<?> probe = new WithoutLibraries().loadClass(Probe.class.getName());
    try {
      Object callable = probe.getDeclaredConstructor(String.class).newInstance(codec);
      return String.valueOf(((Callable<?>) callable).call());
    } catch (InvocationTargetException e) {
      throw new AssertionError(e.getCause());
    }
  }

  /**
   * Runs inside the other class loader, where {@code io.millrace.record} has been loaded once more.
   */
  public static final class Probe implements Callable<String> {
    private final Compression codec;

    public Probe(String codec) {
      this.codec = Compression.valueOf(codec);
    }

    @Override
    public String call() {
      StringBuilder result = new StringBuilder("compress");
      try {
        codec.compress(ByteBuffer.allocate(10), codec.levelDefault());
      } catch (CompressionException e) {
        result.append(' ').append(e.reason()).append(' ').append(e.getMessage());
      }
      result.append("\nexpand");
      try {
        codec.expand(Compression.GZIP.compress(ByteBuffer.allocate(10), 1), 100);
      } catch (CompressionException e) {
        result.append(' ').append(e.reason()).append(' ').append(e.getMessage());
      }
      byte[] record = new RawBatch.Payload().goodRecord(0).bytes();
      if (codec == Compression.GZIP) {
        ByteBuffer packed = codec.compress(ByteBuffer.wrap(record), 1);
        record = new byte[packed.remaining()];
        packed.get(record);
      }
      ByteBuffer batch = RawBatch.of(1, codec, record);
      BatchRules rules = BatchRules.DEFAULT.withDepth(BatchRules.Depth.FULL);
      BatchVerdict verdict =
          new RecordBatchValidator().check(batch, 0, batch.limit(), rules, BatchSpec.NOW);
      result.append("\ncheck ");
      result.append(
          verdict instanceof BatchVerdict.Refused refused ? refused.reason() : "ACCEPTED");
      return result.toString();
    }
  }

  private static final class WithoutLibraries extends ClassLoader {
    WithoutLibraries() {
      super(WithoutLibraries.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("net.jpountz.")
          || name.startsWith("com.github.luben.")
          || name.startsWith("org.xerial.")) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith("io.millrace.record.")) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      if (loaded != null) {
        return loaded;
      }
      try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
