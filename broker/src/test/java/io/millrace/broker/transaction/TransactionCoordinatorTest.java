package io.millrace.broker.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.Broker;
import io.millrace.broker.Refusal.Reason;
import io.millrace.broker.RefusedException;
import io.millrace.broker.group.Commit;
import io.millrace.broker.group.ConsumerGroups;
import io.millrace.broker.group.Standing;
import io.millrace.broker.setting.BrokerTable;
import io.millrace.broker.setting.SettingValues;
import io.millrace.broker.topic.NewTopic;
import io.millrace.broker.topic.Partition;
import io.millrace.broker.transaction.TransactionCoordinator.Speaker;
import io.millrace.log.LogId;
import io.millrace.log.MemoryDisk;
import io.millrace.shard.Clock;
import io.millrace.shard.Surroundings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is the producer of a transactional id, what ids may hold, and whose offsets count. */
class TransactionCoordinatorTest {

  private static final long MINUTE_MS = 60_000;
  private static final int IDS_BYTES = 100_000;

  private final AtomicLong movedMs = new AtomicLong();
  private final MemoryDisk disk = new MemoryDisk(1L << 30);
  private Broker broker;
  private LogId log;

  @BeforeEach
  void open() throws IOException {
    Clock clock =
        new Clock() {
          @Override
          public long millis() {
            return 1_700_000_000_000L + movedMs.get();
          }

          @Override
          public long nanos() {
            return System.nanoTime() + movedMs.get() * 1_000_000;
          }
        };
    broker =
        Broker.open(
            new Broker.Place(disk, Path.of("/data"), Path.of("/data")),
            new SettingValues(
                BrokerTable.TABLE,
                Map.of(
                    "transactional.ids.max.bytes", "" + IDS_BYTES,
                    "groups.max.bytes", "200000",
                    "num.shards", "2")),
            new Surroundings(clock, new Random(1), Runnable::run, failure -> {}),
            UUID::randomUUID);
    if (log == null) {
      log = new LogId(await(broker.topics().create(topic(), false)).id(), 0);
    }
  }

  private static NewTopic topic() {
    return new NewTopic("topic", 3, -1, Map.of());
  }

  @AfterEach
  void close() {
    broker.close();
  }

  // --- who is the producer ---

  @Test
  void producerThatIsTakenOverWhileItsIdIsRenewedIsFenced() {
    TestProducer first = initialised("id");
    while (first.identity.epoch() < ProducerIdentity.LAST_EPOCH) {
      first.identity = await(first.end(false));
    }
    // Both need a new producer id, which is asked for elsewhere. Meanwhile the first is still who
    // it says it is; when it has its new id, it is no longer.
    CompletableFuture<ProducerIdentity> other = new TestProducer(broker, "id").init();
    CompletableFuture<ProducerIdentity> known = first.init();
    assertThat(reason(known)).isEqualTo(Reason.PRODUCER_FENCED);
    assertThat(await(broker.transactions().of("id").describe("id")).producer())
        .isEqualTo(await(other));
  }

  // --- what ids may hold ---

  @Test
  void idsThatNobodyUsesMakeRoomForNewOnes() {
    List<String> ids = idsOfOneShard(1000);
    int made = 0;
    while (init(ids.get(made)) == null) {
      made++;
    }
    assertThat(made).isBetween(50, 200);
    assertThat(init(ids.get(made))).isEqualTo(Reason.POLICY_VIOLATION);
    TestProducer open = new TestProducer(broker, ids.get(0));
    open.identity = await(open.init());
    await(open.append(partition(), "value"));
    movedMs.addAndGet(MINUTE_MS / 2);
    assertThat(init(ids.get(made))).isEqualTo(Reason.POLICY_VIOLATION);
    TestProducer inUse = initialised(ids.get(1));
    movedMs.addAndGet(15 * MINUTE_MS - MINUTE_MS / 2 + 1);
    for (int i = made; i < 2 * made - 10; i++) {
      assertThat(init(ids.get(i))).as(ids.get(i)).isNull();
    }
    // What is open stays, and so does what was in use of late; who was forgotten is told so.
    assertThat(await(broker.transactions().of(ids.get(1)).describe(ids.get(1))).producer())
        .isEqualTo(inUse.identity);
    assertThat(reason(broker.transactions().of(ids.get(2)).describe(ids.get(2))))
        .isEqualTo(Reason.TRANSACTIONAL_ID_NOT_FOUND);
    TestProducer forgotten = new TestProducer(broker, ids.get(2));
    forgotten.identity = new ProducerIdentity(3, 0);
    assertThat(reason(forgotten.end(true))).isEqualTo(Reason.OTHER_PRODUCER_ID);
  }

  private Partition partition() {
    return broker.topics().find("topic").partition(0);
  }

  @Test
  void longNamesOfGroupsCountAgainstTheIdThatReachesThem() {
    TestProducer producer = initialised("id");
    String name = "x".repeat(10_000);
    int reached = 0;
    while (reached < 100 && reason(producer.commitOffset(name + reached, log, 1, "")) == null) {
      reached++;
    }
    assertThat(reached).isBetween(5, 10);
  }

  @Test
  void offsetsOfOpenTransactionsCountAgainstTheGroups() {
    int open = 0;
    String metadata = "x".repeat(4000);
    await(groups().commit("group", "", null, -1, List.of(new Commit(log, 1, -1, metadata))));
    while (open < 60) {
      TestProducer producer = initialised("id-" + open);
      if (reason(producer.commitOffset("group", log, 1, metadata)) != null) {
        break;
      }
      open++;
    }
    assertThat(open).isBetween(20, 55);
  }

  // --- whose offsets count ---

  @Test
  void offsetCommittedOutsideAfterwardsIsNotMovedByTheTransaction() {
    TestProducer producer = initialised("id");
    await(producer.commitOffset("group", log, 5, ""));
    commit(9);
    producer.identity = await(producer.end(true));
    assertThat(offset()).isEqualTo(9);
    await(producer.commitOffset("group", log, 11, ""));
    producer.identity = await(producer.end(true));
    assertThat(offset()).isEqualTo(11);
  }

  @Test
  void ofTwoTransactionsTheOneThatSpokeLastMovesTheOffsetWhicheverEndsLast() throws IOException {
    TestProducer early = initialised("early");
    TestProducer late = initialised("late");
    await(early.commitOffset("group", log, 5, ""));
    await(late.commitOffset("group", log, 9, ""));
    broker.close();
    open();
    early = again("early", early);
    late = again("late", late);
    await(late.end(true));
    assertThat(await(groups().standing("group")).undecided()).isEmpty();
    await(early.end(true));
    assertThat(offset()).isEqualTo(9);
  }

  @Test
  void abortedTransactionLeavesTheOffsetToTheOther() {
    TestProducer early = initialised("early");
    TestProducer late = initialised("late");
    await(early.commitOffset("group", log, 5, ""));
    await(late.commitOffset("group", log, 9, ""));
    await(late.end(false));
    assertThat(await(groups().standing("group")).undecided()).containsExactly(log);
    await(early.end(true));
    assertThat(offset()).isEqualTo(5);
  }

  @Test
  void deletedOffsetDoesNotComeBackWithTheTransaction() {
    TestProducer producer = initialised("id");
    commit(3);
    await(producer.commitOffset("group", log, 5, ""));
    await(groups().deleteCursors("group", List.of(log), group -> false, (group, of) -> false));
    await(producer.end(true));
    assertThat(await(groups().standing("group"))).isEqualTo(new Standing(Map.of(), Set.of()));
  }

  @Test
  void groupThatAnOpenTransactionIsAboutToMoveIsNotDeleted() {
    TestProducer producer = initialised("id");
    await(producer.commitOffset("group", log, 5, ""));
    assertThat(reason(groups().delete("group"))).isEqualTo(Reason.GROUP_NOT_EMPTY);
    await(producer.end(false));
    await(groups().delete("group"));
  }

  // --- what the tests have in common ---

  private ConsumerGroups groups() {
    return broker.groups().of("group");
  }

  private void commit(long offset) {
    await(groups().commit("group", "", null, -1, List.of(new Commit(log, offset, -1, ""))));
  }

  private long offset() {
    return await(groups().cursors("group")).get(log).offset();
  }

  private TestProducer initialised(String id) {
    TestProducer producer = new TestProducer(broker, id);
    producer.identity = await(producer.init());
    return producer;
  }

  private TestProducer again(String id, TestProducer before) {
    TestProducer producer = new TestProducer(broker, id);
    producer.identity = before.identity;
    return producer;
  }

  /** Why an id is refused; null if it is not. */
  private Reason init(String id) {
    return reason(
        broker.transactions().of(id).init(new Speaker(id, ProducerIdentity.NONE, 1), 60_000));
  }

  private List<String> idsOfOneShard(int count) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; ids.size() < count; i++) {
      if (broker.transactions().of("id-" + i) == broker.transactions().of("id-0")) {
        ids.add("id-" + i);
      }
    }
    return ids;
  }

  private static Reason reason(CompletableFuture<?> future) {
    try {
      future.get(20, TimeUnit.SECONDS);
      return null;
    } catch (ExecutionException e) {
      assertThat(e.getCause()).isInstanceOf(RefusedException.class);
      return ((RefusedException) e.getCause()).refusal().reason();
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(20, TimeUnit.SECONDS);
    } catch (ExecutionException | InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }
}
