package io.millrace.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.Broker;
import io.millrace.broker.setting.BrokerTable;
import io.millrace.broker.setting.SettingValues;
import io.millrace.broker.topic.NewTopic;
import io.millrace.log.Disk;
import io.millrace.log.DiskFile;
import io.millrace.log.LogId;
import io.millrace.log.MemoryDisk;
import io.millrace.shard.Clock;
import io.millrace.shard.Surroundings;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A member that waits for the broker is not silent. */
class MemberSessionTest {

  private static final int SESSION_MS = 6000;
  private static final int STALL_MS = 10_000;

  /** A sync that does not end before it is told to. */
  private static final class Stall {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch ended = new CountDownLatch(1);
  }

  private final AtomicLong movedMs = new AtomicLong();
  private final AtomicReference<Stall> stall = new AtomicReference<>();
  private Broker broker;
  private LogId log;

  @BeforeEach
  void open() throws Exception {
    Clock clock =
        new Clock() {
          @Override
          public long millis() {
            return 1_700_000_000_000L + movedMs.get();
          }

          @Override
          public long nanos() {
            return 1 + movedMs.get() * 1_000_000;
          }
        };
    broker =
        Broker.open(
            new Broker.Place(
                stalling(new MemoryDisk(1L << 30)), Path.of("/data"), Path.of("/data")),
            new SettingValues(BrokerTable.TABLE, Map.of("group.initial.rebalance.delay.ms", "0")),
            new Surroundings(clock, new Random(1), Runnable::run, failure -> {}),
            UUID::randomUUID);
    UUID topic = await(broker.topics().create(new NewTopic("t", 1, -1, Map.of()), false)).id();
    log = new LogId(topic, 0);
  }

  @AfterEach
  void close() {
    broker.close();
  }

  /** The first stall holds the shard itself, the second the thread that it leaves slow disks to. */
  @Test
  @Timeout(60)
  void memberWhoseCommitsTakeLongerThanItsSessionStaysInItsGroup() throws Exception {
    Joined joined =
        await(
            groups()
                .join(
                    "group",
                    new JoinRequest(
                        "",
                        null,
                        false,
                        "client",
                        "host",
                        SESSION_MS,
                        60_000,
                        "consumer",
                        List.of(new JoinRequest.JoinProtocol("range", new byte[0])))));
    await(groups().sync("group", joined.memberId(), null, 1, null, null, Map.of()));
    commitInAStall(joined, false);
    assertThat(await(groups().heartbeat("group", joined.memberId(), null, 1))).isTrue();
    commitInAStall(joined, true);
    assertThat(await(groups().heartbeat("group", joined.memberId(), null, 1))).isTrue();
    movedMs.addAndGet(SESSION_MS + 1);
    while (!await(groups().describe("group")).members().isEmpty()) {
      // Asking wakes the shard, which then sees that the silent member's time is over.
    }
  }

  private void commitInAStall(Joined joined, boolean shardGoesOn) throws Exception {
    Stall one = new Stall();
    stall.set(one);
    CompletableFuture<Boolean> commit =
        groups().commit("group", joined.memberId(), null, 1, List.of(new Commit(log, 1, -1, "")));
    assertThat(one.begun.await(20, TimeUnit.SECONDS)).isTrue();
    movedMs.addAndGet(STALL_MS);
    if (shardGoesOn) {
      letTimersRun();
    }
    assertThat(commit).isNotDone();
    one.ended.countDown();
    await(commit);
    letTimersRun();
  }

  /** Wakes the shard some times, so that it looks at what is due. */
  private void letTimersRun() throws Exception {
    for (int i = 0; i < 3; i++) {
      await(groups().list());
    }
  }

  private ConsumerGroups groups() {
    return broker.groups().of("group");
  }

  private Disk stalling(Disk below) {
    return (Disk)
        Proxy.newProxyInstance(
            Disk.class.getClassLoader(),
            new Class<?>[] {Disk.class},
            (proxy, method, arguments) -> {
              Object result = invoke(() -> method.invoke(below, arguments));
              return result instanceof DiskFile file ? stalling(file) : result;
            });
  }

  private DiskFile stalling(DiskFile below) {
    return (DiskFile)
        Proxy.newProxyInstance(
            DiskFile.class.getClassLoader(),
            new Class<?>[] {DiskFile.class},
            (proxy, method, arguments) -> {
              Stall now = method.getName().equals("sync") ? stall.getAndSet(null) : null;
              if (now != null) {
                now.begun.countDown();
                now.ended.await();
              }
              return invoke(() -> method.invoke(below, arguments));
            });
  }

  @FunctionalInterface
  private interface Call {
    Object run() throws ReflectiveOperationException;
  }

  private static Object invoke(Call call) throws IOException, ReflectiveOperationException {
    try {
      return call.run();
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw e;
    }
  }

  private static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(20, TimeUnit.SECONDS);
  }
}
