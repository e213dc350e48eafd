package io.millrace.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.Disk;
import io.millrace.log.DiskFile;
import io.millrace.log.LogId;
import io.millrace.log.OpenFiles;
import io.millrace.log.SimulatedDisk;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An Error in any of a shard's threads stops it like a failed write: nobody waits for ever. */
class ShardErrorTest {

  private static final int INLINE = 64 * 1024;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CompletableFuture<Throwable> failed = new CompletableFuture<>();

  /** Writes to a file whose path holds this run out of memory; "" for none yet. */
  private volatile String broken = "";

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  @ParameterizedTest
  @CsvSource({"0,.journal", "65536,.journal", "0,.log", "65536,.log"})
  void anErrorInAWriteAnswersThoseWhoWaitAndTheShardCanBeClosed(int inlineBytesMax, String file)
      throws Exception {
    Shard shard = started(inlineBytesMax);
    assertThat(append(shard, "before").get(20, TimeUnit.SECONDS).refusal()).isNull();
    broken = file;
    assertThat(append(shard, "lost").get(20, TimeUnit.SECONDS).refusal())
        .isEqualTo(AppendRefusal.SHARD_STOPPED);
    assertStops(shard);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anErrorInACheckpointStopsTheShardAndItCanBeClosed(boolean atTheEnd) throws Exception {
    Shard shard = started(INLINE);
    assertThat(append(shard, "before").get(20, TimeUnit.SECONDS).refusal()).isNull();
    broken = "/snapshots/";
    if (!atTheEnd) {
      shard.execute(sequencer -> shard.checkpointSoon());
      failed.get(20, TimeUnit.SECONDS);
    }
    assertStops(shard);
  }

  private void assertStops(Shard shard) throws Exception {
    CompletableFuture.runAsync(shard::close, threads).get(20, TimeUnit.SECONDS);
    assertThat(failed.get(20, TimeUnit.SECONDS)).isInstanceOf(OutOfMemoryError.class);
    assertThat(append(shard, "late").get(20, TimeUnit.SECONDS).refusal())
        .isEqualTo(AppendRefusal.SHARD_STOPPED);
  }

  private Shard started(int inlineBytesMax) throws Exception {
    ShardSettings settings =
        new ShardSettings(
            ShardUnderTest.JOURNAL,
            1 << 20,
            inlineBytesMax,
            1 << 18,
            10,
            1 << 24,
            1000,
            1000,
            1000,
            1000,
            true);
    Path data = ShardUnderTest.DATA;
    Shard shard =
        new Shard(
            0,
            ShardFiles.in(breakable(new SimulatedDisk()), data, data, 0, new OpenFiles(4)),
            settings,
            id -> ShardUnderTest.SMALL_SEGMENTS,
            new Surroundings(Clock.SYSTEM, new Random(1), threads, failed::complete));
    shard.recover();
    shard.start();
    return shard;
  }

  private static CompletableFuture<BatchAppend> append(Shard shard, String text) {
    CompletableFuture<BatchAppend> outcome = new CompletableFuture<>();
    Append append =
        new Append(Append.Acks.APPLIED) {
          @Override
          protected void answered() {
            outcome.complete(batches().get(0));
          }

          @Override
          protected void released() {}
        };
    append.add(shard.log(new LogId(ShardUnderTest.TOPIC, 0)), TestBatch.of(text));
    shard.append(append);
    return outcome;
  }

  private Disk breakable(Disk disk) {
    return proxy(Disk.class, disk, "");
  }

  private <T> T proxy(Class<T> kind, T of, String path) {
    Object proxy =
        Proxy.newProxyInstance(
            kind.getClassLoader(),
            new Class<?>[] {kind},
            (self, method, arguments) -> {
              if (method.getName().equals("write") && !broken.isEmpty() && path.contains(broken)) {
                throw new OutOfMemoryError("simulated");
              }
              try {
                Object result = method.invoke(of, arguments);
                return result instanceof DiskFile file
                    ? proxy(DiskFile.class, file, Arrays.toString(arguments))
                    : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
    return kind.cast(proxy);
  }
}
