package io.millrace.broker.transaction;

import io.millrace.broker.Broker;
import io.millrace.broker.group.Commit;
import io.millrace.broker.group.Committer;
import io.millrace.broker.topic.Partition;
import io.millrace.broker.transaction.TransactionCoordinator.Speaker;
import io.millrace.log.LogId;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.shard.Append;
import io.millrace.shard.BatchAppend;
import io.millrace.shard.Shard;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A producer of the newer flow, without a network. */
final class TestProducer {

  final String id;
  ProducerIdentity identity = ProducerIdentity.NONE;
  String value = "";
  boolean commits;
  private final Broker broker;
  private final Map<Integer, Integer> sequences = new HashMap<>();

  TestProducer(Broker broker, String id) {
    this.broker = broker;
    this.id = id;
  }

  private TransactionCoordinator coordinator() {
    return broker.transactions().of(id);
  }

  private Speaker speaker() {
    return new Speaker(id, identity, 1);
  }

  CompletableFuture<ProducerIdentity> init() {
    return coordinator().init(speaker(), 60_000);
  }

  CompletableFuture<BatchAppend> append(Partition to, String text) {
    int sequence = sequences.merge(to.index(), 1, Integer::sum) - 1;
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    ByteBuffer batch =
        new RecordBatchBuilder()
            .producer(identity.id(), (short) identity.epoch(), sequence)
            .transactional()
            .append(1000, bytes.duplicate(), bytes)
            .build();
    TestAppend append = new TestAppend();
    append.add(to.log(), batch);
    Shard shard = to.shard();
    shard.hold(append);
    coordinator().append(speaker(), true, List.of(new HeldAppend(shard, append)));
    return append.answer;
  }

  CompletableFuture<Boolean> commitOffset(LogId log, long offset) {
    return commitOffset(id, log, offset, "");
  }

  CompletableFuture<Boolean> commitOffset(String group, LogId log, long offset, String metadata) {
    return coordinator()
        .commitOffsets(
            speaker(),
            true,
            group,
            new Committer("", null, -1),
            List.of(new Commit(log, offset, -1, metadata)));
  }

  CompletableFuture<ProducerIdentity> end(boolean commit) {
    sequences.clear();
    return coordinator().end(speaker(), commit, true);
  }

  private static final class TestAppend extends Append {
    final CompletableFuture<BatchAppend> answer = new CompletableFuture<>();

    TestAppend() {
      super(Acks.APPLIED);
    }

    @Override
    protected void answered() {
      BatchAppend batch = batches().get(0);
      if (batch.refusal() == null) {
        answer.complete(batch);
      } else {
        answer.completeExceptionally(new IOException("refused: " + batch.refusal()));
      }
    }

    @Override
    protected void released() {
      // The bytes are on the heap.
    }
  }
}
