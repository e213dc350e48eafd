package io.millrace.producer;

import io.millrace.record.Compression;
import io.millrace.record.Compressor;
import io.millrace.record.RecordBatch;
import io.millrace.wire.ApiKey;
import io.millrace.wire.BufferPayload;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.Message;
import io.millrace.wire.message.ProduceRequest;
import io.millrace.wire.message.ProduceResponse;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Sends batches to the brokers that lead their partitions, and decides what becomes of them:
 * stored, to be sent again, or given up. Owned by the loop.
 *
 * <p><b>Order.</b> A batch that must be sent again goes back to its place in its queue, and nothing
 * behind it is sent before it. With idempotence five requests may be under way all the same: the
 * broker refuses those that came too early, and they are sent again in order. When a partition's
 * leader changes, nothing goes to the new one before everything sent to the old one is answered or
 * failed.
 *
 * <p><b>Numbers.</b> A batch gets its sequence when it is first sent and keeps it. If a broker
 * refused a batch for good, those behind it move up, for it has accepted none of them. If nobody
 * knows whether a batch that was given up is stored, the producer takes a new epoch: the partition
 * begins at 0 in it, once nothing numbered in the old one is under way.
 */
final class Deliveries {

  static final int OWN_LOWEST = 3;
  static final int OWN_HIGHEST = 12;

  /** From 12 on a client takes part in version 2 of the transactions' protocol. */
  private static final int OLDER_FLOW_HIGHEST = 11;

  private static final long CONCURRENT_NANOS = 20_000_000L;

  /** What is sent just before its time is over still gets some time for an answer. */
  private static final long LAST_ATTEMPT_NANOS_MIN = 100_000_000L;

  private final SendSettings settings;
  private final Identity identity;
  private final Cluster cluster;
  private final Outcomes reports;
  private final FatalState fatal;
  private final Statistics statistics;
  private final @Nullable Transactions transactions;
  private final CRC32C crc = new CRC32C();
  private final @Nullable Compressor compressor;

  /** Queues with something to send, in turn. */
  private final ArrayDeque<PartitionQueue> active = new ArrayDeque<>();

  private final Map<BrokerLink, Draft> drafts = new HashMap<>();

  /** Batches that were sent and are not answered. */
  private int underWay;

  Deliveries(
      SendSettings settings,
      Identity identity,
      Cluster cluster,
      Outcomes reports,
      FatalState fatal,
      Statistics statistics,
      @Nullable Transactions transactions) {
    this.settings = settings;
    this.identity = identity;
    this.cluster = cluster;
    this.reports = reports;
    this.fatal = fatal;
    this.statistics = statistics;
    this.transactions = transactions;
    this.compressor =
        settings.compression() == Compression.NONE
            ? null
            : Compressor.of(settings.compression(), settings.compressionLevel());
  }

  /** Gives back what is held outside the heap; nothing is sent any more. */
  void close() {
    if (compressor != null) {
      compressor.close();
    }
  }

  /** A queue has something to send. */
  void activate(PartitionQueue queue) {
    if (!queue.active) {
      queue.active = true;
      active.add(queue);
    }
  }

  Iterable<PartitionQueue> active() {
    return active;
  }

  // --- sending ---

  /** A request that is being put together. */
  private static final class Draft {
    private final List<MessageBatch> batches = new ArrayList<>();
    private int bytes;
  }

  /**
   * Sends what is due and can be sent.
   *
   * @param flushing whether everything is due
   * @return when there is something to do next, by the monotonic clock
   */
  long work(long nowNanos, boolean flushing) {
    long next = Long.MAX_VALUE;
    boolean again = true;
    while (again) {
      again = false;
      next = Long.MAX_VALUE;
      for (int i = active.size(); i > 0; i--) {
        PartitionQueue queue = active.poll();
        if (queue == null) {
          break;
        }
        long due = offer(queue, nowNanos, flushing);
        if (due == SENT) {
          again = true;
        } else {
          next = Math.min(next, due);
        }
        if (queue.isEmpty()) {
          queue.active = false;
        } else {
          active.add(queue);
        }
      }
      send(nowNanos);
    }
    return next;
  }

  private static final long SENT = Long.MIN_VALUE;

  /**
   * Puts a queue's next batch into a request if it is due; returns when it is, or {@link #SENT}.
   */
  private long offer(PartitionQueue queue, long nowNanos, boolean flushing) {
    long due = queue.dueNanos(flushing ? 0 : settings.lingerNanos());
    if (due > nowNanos) {
      return due;
    }
    BrokerLink link = queue.leader < 0 ? null : cluster.broker(queue.leader);
    if (link == null) {
      cluster.outdated();
      return Long.MAX_VALUE;
    }
    if (queue.leaderChanged) {
      if (!queue.inFlight.isEmpty()) {
        return Long.MAX_VALUE;
      }
      queue.leaderChanged = false;
    }
    if (!link.isUp()) {
      link.wanted(nowNanos);
      if (link.isInTrouble(nowNanos)) {
        // Another may lead by now.
        cluster.outdated();
      }
      return link.state() == BrokerLink.State.DOWN ? link.retryNanos() : Long.MAX_VALUE;
    }
    if (link.producesInFlight >= settings.inFlightMax()
        || link.unsent() >= settings.backpressure()
        || !mayNumber(queue)
        || transactions != null && !transactions.maySend(queue)) {
      return Long.MAX_VALUE;
    }
    Draft draft = drafts.computeIfAbsent(link, l -> new Draft());
    if (draft.bytes > 0 && draft.bytes + queue.nextBytes() > settings.requestBytesMax()) {
      return nowNanos;
    }
    MessageBatch batch = queue.take();
    if (batch == null) {
      return Long.MAX_VALUE;
    }
    number(queue, batch);
    draft.batches.add(batch);
    draft.bytes += batch.sizeInBytes();
    return SENT;
  }

  /** Whether the next batch of a queue can have its number. */
  private boolean mayNumber(PartitionQueue queue) {
    if (!identity.isIdempotent()) {
      return true;
    }
    if (!queue.again.isEmpty() && queue.again.get(0).hasSequence()) {
      return true;
    }
    if (!identity.isReady()) {
      return false;
    }
    if (queue.epoch == identity.epoch() && queue.producerId == identity.producerId()) {
      return !queue.needsNewEpoch;
    }
    if (!queue.inFlight.isEmpty() || queue.hasNumberedAgain()) {
      return false;
    }
    queue.producerId = identity.producerId();
    queue.epoch = identity.epoch();
    queue.nextSequence = 0;
    queue.needsNewEpoch = false;
    return true;
  }

  private void number(PartitionQueue queue, MessageBatch batch) {
    if (identity.isIdempotent() && !batch.hasSequence()) {
      batch.number(queue.producerId, queue.epoch, queue.nextSequence);
      queue.nextSequence = queue.nextSequence + batch.count() & Integer.MAX_VALUE;
    }
  }

  private void send(long nowNanos) {
    for (Map.Entry<BrokerLink, Draft> one : drafts.entrySet()) {
      send(one.getKey(), one.getValue().batches, nowNanos);
    }
    drafts.clear();
  }

  private void send(BrokerLink link, List<MessageBatch> batches, long nowNanos) {
    ProduceRequest request = new ProduceRequest();
    Transactions of = transactions;
    request.transactionalId = of == null ? null : of.settings().id();
    request.acks = settings.acks();
    request.timeoutMs = settings.ackTimeoutMs();
    Map<String, ProduceRequest.TopicProduceData> byTopic = new HashMap<>();
    long sentBytes = 0;
    long deadline = Long.MAX_VALUE;
    for (MessageBatch batch : batches) {
      PartitionQueue queue = batch.queue;
      deadline = Math.min(deadline, batch.firstDeadlineNanos());
      ProduceRequest.TopicProduceData topic =
          byTopic.computeIfAbsent(queue.topic.name, name -> newTopic(request, name));
      ProduceRequest.PartitionProduceData data = new ProduceRequest.PartitionProduceData();
      data.index = queue.partition;
      ByteBuffer bytes = batch.toSend(settings.compression(), compressor, of != null, crc);
      data.records = new BufferPayload(bytes);
      topic.partitionData.add(data);
      sentBytes += bytes.remaining();
      queue.inFlight.add(batch);
      batch.attempts++;
    }
    underWay += batches.size();
    statistics.sent(link.nodeId, batches, sentBytes, nowNanos);
    link.producesInFlight++;
    if (of != null) {
      of.sending();
    }
    int highest = of == null || of.isSecond() ? OWN_HIGHEST : OLDER_FLOW_HIGHEST;
    short version = link.version(ApiKey.PRODUCE, OWN_LOWEST, highest);
    link.send(
        ApiKey.PRODUCE,
        version,
        request,
        nowNanos,
        Math.max(LAST_ATTEMPT_NANOS_MIN, deadline - nowNanos),
        "delivery.timeout.ms, or a message's own deadline",
        settings.acks() == 0,
        new Sending(link, batches, nowNanos));
    link.write(nowNanos);
  }

  private static ProduceRequest.TopicProduceData newTopic(ProduceRequest request, String name) {
    ProduceRequest.TopicProduceData topic = new ProduceRequest.TopicProduceData();
    topic.name = name;
    request.topicData.add(topic);
    return topic;
  }

  // --- answers ---

  private final class Sending implements BrokerLink.Answer {
    private final BrokerLink link;
    private final List<MessageBatch> batches;
    private final long sentNanos;

    Sending(BrokerLink link, List<MessageBatch> batches, long sentNanos) {
      this.link = link;
      this.batches = batches;
      this.sentNanos = sentNanos;
    }

    @Override
    public void answered(Message response, long nowNanos) {
      link.producesInFlight--;
      underWay -= batches.size();
      int throttleMs = response instanceof ProduceResponse answer ? answer.throttleTimeMs : -1;
      statistics.answered(link.nodeId, batches, sentNanos, throttleMs, nowNanos);
      if (response == Conversation.NOTHING) {
        for (MessageBatch batch : batches) {
          batch.queue.inFlight.remove(batch);
          stored(batch, -1, -1, nowNanos);
        }
        return;
      }
      Map<String, Map<Integer, ProduceResponse.PartitionProduceResponse>> answers =
          byPartition((ProduceResponse) response);
      for (MessageBatch batch : batches) {
        Map<Integer, ProduceResponse.PartitionProduceResponse> ofTopic =
            answers.get(batch.queue.topic.name);
        ProduceResponse.PartitionProduceResponse one =
            ofTopic == null ? null : ofTopic.get(batch.queue.partition);
        batch.queue.inFlight.remove(batch);
        if (one == null) {
          batch.maybeStored = true;
          again(
              batch,
              ProducerError.of(
                  LocalError.BAD_MSG, link + " left " + batch.queue + " out of its answer"),
              nowNanos);
        } else {
          decide(batch, one, nowNanos);
        }
        activate(batch.queue);
      }
    }

    @Override
    public int messages() {
      int messages = 0;
      for (MessageBatch batch : batches) {
        messages += batch.count();
      }
      return messages;
    }

    @Override
    public void failed(ProducerError why, boolean maybeSent, long nowNanos) {
      underWay -= batches.size();
      statistics.failed(link.nodeId, batches, why);
      cluster.outdated();
      for (MessageBatch batch : batches) {
        batch.queue.inFlight.remove(batch);
        batch.maybeStored |= maybeSent;
        if (!maybeSent) {
          batch.attempts--;
        }
        again(batch, why, nowNanos);
        activate(batch.queue);
      }
    }
  }

  private static Map<String, Map<Integer, ProduceResponse.PartitionProduceResponse>> byPartition(
      ProduceResponse response) {
    Map<String, Map<Integer, ProduceResponse.PartitionProduceResponse>> answers = new HashMap<>();
    for (ProduceResponse.TopicProduceResponse topic : response.responses) {
      Map<Integer, ProduceResponse.PartitionProduceResponse> of =
          answers.computeIfAbsent(topic.name, name -> new HashMap<>());
      for (ProduceResponse.PartitionProduceResponse one : topic.partitionResponses) {
        of.put(one.index, one);
      }
    }
    return answers;
  }

  private void decide(
      MessageBatch batch, ProduceResponse.PartitionProduceResponse answer, long nowNanos) {
    ErrorCode code = ErrorCode.forCode(answer.errorCode);
    ProducerError error = ProducerError.of(answer.errorCode, answer.errorMessage);
    switch (code) {
      case NONE -> stored(batch, answer.baseOffset, answer.logAppendTimeMs, nowNanos);
      case DUPLICATE_SEQUENCE_NUMBER -> stored(batch, -1, -1, nowNanos);
      case OUT_OF_ORDER_SEQUENCE_NUMBER, UNKNOWN_PRODUCER_ID, INVALID_PRODUCER_EPOCH ->
          outOfOrder(batch, code, error, nowNanos);
      case NOT_LEADER_OR_FOLLOWER,
          LEADER_NOT_AVAILABLE,
          UNKNOWN_TOPIC_OR_PARTITION,
          FENCED_LEADER_EPOCH,
          UNKNOWN_LEADER_EPOCH,
          KAFKA_STORAGE_ERROR,
          REPLICA_NOT_AVAILABLE,
          UNKNOWN_TOPIC_ID -> {
        cluster.outdated();
        batch.maybeStored |= leavesOpen(code);
        again(batch, error, nowNanos);
      }
      case CONCURRENT_TRANSACTIONS -> {
        // The transaction before this one is still being ended: no attempt of its own.
        batch.attempts--;
        again(batch, error, nowNanos);
        batch.nextAttemptNanos = nowNanos + CONCURRENT_NANOS;
      }
      default -> {
        batch.maybeStored |= leavesOpen(code);
        if (code.retriable()) {
          again(batch, error, nowNanos);
        } else {
          giveUp(batch, error, refused(answer), nowNanos);
        }
      }
    }
  }

  /**
   * Whether a broker that answers so may have stored the batch all the same. What it says counts
   * for this attempt only: an earlier one whose answer never came may be stored by another leader.
   */
  private static boolean leavesOpen(ErrorCode code) {
    return switch (code) {
      case NOT_LEADER_OR_FOLLOWER,
          LEADER_NOT_AVAILABLE,
          UNKNOWN_TOPIC_OR_PARTITION,
          FENCED_LEADER_EPOCH,
          UNKNOWN_LEADER_EPOCH,
          REPLICA_NOT_AVAILABLE,
          UNKNOWN_TOPIC_ID,
          NOT_ENOUGH_REPLICAS,
          THROTTLING_QUOTA_EXCEEDED ->
          false;
      case UNKNOWN_SERVER_ERROR -> true;
      default -> code.retriable();
    };
  }

  /** The records that were wrong by themselves; null if the broker does not say. */
  private static @Nullable Map<Integer, ProducerError> refused(
      ProduceResponse.PartitionProduceResponse answer) {
    if (answer.recordErrors.isEmpty()) {
      return null;
    }
    Map<Integer, ProducerError> refused = new HashMap<>();
    for (ProduceResponse.BatchIndexAndErrorMessage one : answer.recordErrors) {
      String text =
          one.batchIndexErrorMessage == null ? answer.errorMessage : one.batchIndexErrorMessage;
      refused.put(one.batchIndex, ProducerError.of(answer.errorCode, text));
    }
    return refused;
  }

  private void stored(MessageBatch batch, long baseOffset, long appendTime, long nowNanos) {
    statistics.stored(batch);
    reports.add(new ReportQueue.Outcome(batch, baseOffset, appendTime, null, nowNanos));
  }

  /**
   * A broker has something else of this producer than what it was sent. If it knows the producer it
   * has not stored the batch, nor an earlier attempt at it, for that it would have recognised.
   */
  private void outOfOrder(MessageBatch batch, ErrorCode code, ProducerError error, long nowNanos) {
    PartitionQueue queue = batch.queue;
    boolean knownThere = code == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER;
    boolean moved = batch.movedWhileSent;
    batch.movedWhileSent = false;
    if (knownThere) {
      batch.maybeStored = false;
    }
    if (!identity.isIdempotent() || batch.maybeStored) {
      giveUp(batch, error, nowNanos);
    } else if (knownThere && (moved || hasEarlier(queue, batch))) {
      again(batch, error, nowNanos);
    } else if (transactions != null) {
      // The transaction is lost; what follows it begins at 0.
      needNewEpoch(queue);
      giveUp(batch, error, nowNanos);
    } else if (settings.gapless()) {
      fatal.set(
          ProducerError.of(
              LocalError.GAPLESS_GUARANTEE,
              queue + ": " + error + ", with enable.gapless.guarantee"));
      giveUp(batch, error.asFatal(), nowNanos);
    } else {
      needNewEpoch(queue);
      batch.number(
          RecordBatch.NO_PRODUCER_ID, RecordBatch.NO_PRODUCER_EPOCH, RecordBatch.NO_SEQUENCE);
      again(batch, error, nowNanos);
    }
  }

  private void needNewEpoch(PartitionQueue queue) {
    if (!queue.needsNewEpoch) {
      queue.needsNewEpoch = true;
      if (queue.epoch == identity.epoch() && queue.producerId == identity.producerId()) {
        identity.bump();
      }
    }
  }

  private static boolean hasEarlier(PartitionQueue queue, MessageBatch batch) {
    for (MessageBatch other : queue.inFlight) {
      if (other.hasSequence() && other.isNumberedBefore(batch)) {
        return true;
      }
    }
    for (MessageBatch other : queue.again) {
      if (other.hasSequence() && other.isNumberedBefore(batch)) {
        return true;
      }
    }
    return false;
  }

  /** Sends it again later, if it may be sent that often and long. */
  private void again(MessageBatch batch, ProducerError error, long nowNanos) {
    if (fatal.isSet() || isEnd(error)) {
      giveUp(batch, error, nowNanos);
    } else if (batch.attempts > settings.retries()) {
      giveUp(batch, error, nowNanos);
    } else if (nowNanos - batch.firstDeadlineNanos() >= 0) {
      giveUp(batch, timedOut(batch, error), nowNanos);
    } else {
      batch.lastError = error;
      batch.nextAttemptNanos =
          batch.attempts == 0
              ? nowNanos
              : nowNanos + settings.retryNanos(batch.attempts, Chance.SYSTEM);
      batch.queue.putBack(batch);
    }
  }

  /** Whether the application wants no more attempts. */
  private static boolean isEnd(ProducerError error) {
    return error.code() == LocalError.PURGE_INFLIGHT.code()
        || error.code() == LocalError.DESTROY.code();
  }

  private static ProducerError timedOut(MessageBatch batch, @Nullable ProducerError last) {
    return ProducerError.of(
        LocalError.MSG_TIMED_OUT,
        batch.queue
            + ": not delivered within its time (delivery.timeout.ms)"
            + (last == null ? "" : "; the last attempt: " + last));
  }

  /** Why it was not delivered until now, as far as is known. */
  private @Nullable ProducerError whyLate(MessageBatch batch) {
    if (batch.lastError != null) {
      return batch.lastError;
    }
    BrokerLink link = batch.queue.leader < 0 ? null : cluster.broker(batch.queue.leader);
    return link == null ? cluster.lastError() : link.lastError();
  }

  /** It will not be sent any more: those behind it take its place, or a new epoch begins. */
  private void giveUp(MessageBatch batch, ProducerError error, long nowNanos) {
    giveUp(batch, error, null, nowNanos);
  }

  /**
   * @param refused the messages that were refused for what they are; null for all
   */
  private void giveUp(
      MessageBatch batch,
      ProducerError error,
      @Nullable Map<Integer, ProducerError> refused,
      long nowNanos) {
    PartitionQueue queue = batch.queue;
    if (batch.hasSequence()) {
      if (settings.gapless() && error.code() != LocalError.MSG_TIMED_OUT.code()) {
        fatal.set(
            ProducerError.of(
                LocalError.GAPLESS_GUARANTEE,
                queue + ": " + error + ", with enable.gapless.guarantee"));
      }
      if (batch.maybeStored) {
        needNewEpoch(queue);
      } else {
        moveUp(queue, batch);
      }
    }
    ProducerError.Persisted persisted =
        batch.maybeStored ? ProducerError.Persisted.POSSIBLY : ProducerError.Persisted.NOT;
    reports.add(
        new ReportQueue.Outcome(
            batch, -1, -1, error.withPersisted(persisted), refused, false, nowNanos));
  }

  private static void moveUp(PartitionQueue queue, MessageBatch gone) {
    for (MessageBatch later : queue.inFlight) {
      later.movedWhileSent |= moveUp(later, gone);
    }
    for (MessageBatch later : queue.again) {
      moveUp(later, gone);
    }
    if (queue.epoch == gone.producerEpoch()) {
      queue.nextSequence = queue.nextSequence - gone.count() & Integer.MAX_VALUE;
    }
  }

  private static boolean moveUp(MessageBatch later, MessageBatch gone) {
    if (!later.hasSequence()
        || later.producerEpoch() != gone.producerEpoch()
        || !gone.isNumberedBefore(later)) {
      return false;
    }
    later.number(
        later.producerId(),
        later.producerEpoch(),
        later.sequence() - gone.count() & Integer.MAX_VALUE);
    return true;
  }

  // --- time ---

  /** Gives up what has waited too long; returns when the next does, by the monotonic clock. */
  long expire(long nowNanos) {
    long next = Long.MAX_VALUE;
    for (PartitionQueue queue : active) {
      for (MessageBatch batch : queue.takeExpired(nowNanos)) {
        giveUp(batch, timedOut(batch, whyLate(batch)), nowNanos);
      }
      next = Math.min(next, queue.firstDeadlineNanos());
    }
    return next;
  }

  int underWay() {
    return underWay;
  }

  /** Takes everything out that waits, and reports it. */
  void purge(List<PartitionQueue> queues, ProducerError error, long nowNanos) {
    purge(queues, error, error, nowNanos);
  }

  /**
   * Takes everything out that waits, and reports it.
   *
   * @param ifSent what is said of messages that a broker may have got
   */
  void purge(
      List<PartitionQueue> queues, ProducerError error, ProducerError ifSent, long nowNanos) {
    for (PartitionQueue queue : queues) {
      MessageBatch batch;
      while ((batch = queue.take()) != null) {
        giveUp(batch, batch.maybeStored ? ifSent : error, nowNanos);
      }
    }
  }
}
