package io.millrace.kafka.handler;

import io.millrace.broker.topic.Partition;
import io.millrace.broker.topic.Topic;
import io.millrace.kafka.Door;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.FetchSession;
import io.millrace.kafka.FetchSession.Interest;
import io.millrace.kafka.SlicePayload;
import io.millrace.log.LogRead;
import io.millrace.log.PartitionLog;
import io.millrace.log.Stability;
import io.millrace.shard.ShardLog;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.FetchRequest;
import io.millrace.wire.message.FetchResponse;
import io.millrace.wire.message.FetchResponse.AbortedTransaction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One fetch under way: looks what there is, and answers when it is enough or when the time is over.
 * Belongs to the connection's loop.
 */
final class FetchWait {

  private static final Logger LOG = LoggerFactory.getLogger(FetchWait.class);

  private static final UUID NO_ID = new UUID(0, 0);

  private static final byte READ_COMMITTED = 1;

  /** A fetch does not wait longer than this, whatever it asks for. */
  private static final int WAIT_MS_MAX = 10 * 60 * 1000;

  private final Door door;
  private final Exchange exchange;
  private final FetchRequest request;
  private final FetchSession session;
  private final boolean incremental;
  private Runnable stopTimer = () -> {};
  private Runnable forgetClose = () -> {};
  private boolean done;

  /** What was found at one look. */
  private static final class Found {
    private final List<Interest> interests = new ArrayList<>();
    private final List<FetchResponse.PartitionData> data = new ArrayList<>();
    private long bytes;
    private boolean failed;

    void add(Interest interest, FetchResponse.PartitionData partition) {
      interests.add(interest);
      data.add(partition);
      failed |= partition.errorCode != 0;
    }

    void close() {
      for (FetchResponse.PartitionData partition : data) {
        if (partition.records instanceof SlicePayload records) {
          records.slice().close();
        }
      }
    }
  }

  /**
   * @param session what to fetch
   * @param incremental whether to leave out partitions with nothing new
   */
  FetchWait(
      Door door,
      Exchange exchange,
      FetchRequest request,
      FetchSession session,
      boolean incremental) {
    this.door = door;
    this.exchange = exchange;
    this.request = request;
    this.session = session;
    this.incremental = incremental;
  }

  void begin() {
    Found found = look();
    if (isEnough(found) || request.maxWaitMs <= 0) {
      answer(found);
      return;
    }
    found.close();
    stopTimer =
        exchange
            .connection()
            .after(Math.min(request.maxWaitMs, WAIT_MS_MAX), () -> lookAgain(true));
    forgetClose = exchange.connection().onClose(this::abandon);
    lookAgain(false);
  }

  private void lookAgain(boolean timeIsOver) {
    if (done) {
      return;
    }
    if (!timeIsOver) {
      // Before looking, so that no append between the look and the wait is missed.
      session.whenAppended(() -> exchange.connection().run(() -> lookAgain(false)));
    }
    Found found = look();
    if (timeIsOver || isEnough(found)) {
      answer(found);
    } else {
      found.close();
    }
  }

  private void abandon() {
    if (!done) {
      finish();
    }
  }

  private void finish() {
    done = true;
    session.stopWaiting();
    stopTimer.run();
    forgetClose.run();
    if (session.id() == FetchSession.NO_SESSION) {
      session.close();
    }
  }

  private boolean isEnough(Found found) {
    return found.failed || found.bytes >= request.minBytes || session.interests().isEmpty();
  }

  // --- looking ---

  private Found look() {
    Found found = new Found();
    int budget = Math.min(request.maxBytes, door.broker().settings().int32("fetch.max.bytes"));
    for (Interest interest : session.interests()) {
      FetchResponse.PartitionData data = new FetchResponse.PartitionData();
      data.partitionIndex = interest.index;
      long left = Math.max(0, budget - found.bytes);
      fill(interest, data, (int) Math.min(left, interest.bytesMax), found.bytes == 0);
      int bytes = data.records == null ? 0 : data.records.size();
      found.bytes += bytes;
      if (!incremental || bytes > 0 || isNews(interest, data)) {
        found.add(interest, data);
      }
    }
    return found;
  }

  private static boolean isNews(Interest interest, FetchResponse.PartitionData data) {
    return data.errorCode != 0
        || interest.toldError
        || interest.toldHighWatermark != data.highWatermark
        || interest.toldStartOffset != data.logStartOffset;
  }

  private void fill(
      Interest interest, FetchResponse.PartitionData data, int bytesMax, boolean wholeFirst) {
    if (request.isolationLevel != READ_COMMITTED) {
      data.abortedTransactions = null;
    }
    Partition partition = partition(interest);
    if (partition == null) {
      boolean unknownId =
          !interest.topicId.equals(NO_ID) && door.broker().topics().find(interest.topicId) == null;
      fail(data, unknownId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
      return;
    }
    ErrorCode problem = LeaderEpochs.check(interest.leaderEpoch, partition.shard().leaderEpoch());
    if (problem != ErrorCode.NONE) {
      fail(data, problem);
      return;
    }
    read(interest, partition.log(), data, bytesMax, wholeFirst);
  }

  private @Nullable Partition partition(Interest interest) {
    Partition known = interest.partition;
    if (known != null && !known.topic().isDeleted()) {
      return known;
    }
    Topic topic =
        interest.topicId.equals(NO_ID)
            ? door.broker().topics().find(interest.topicName)
            : door.broker().topics().find(interest.topicId);
    Partition partition = topic == null ? null : topic.partition(interest.index);
    session.partition(interest, partition);
    return partition;
  }

  private void read(
      Interest interest,
      ShardLog log,
      FetchResponse.PartitionData data,
      int bytesMax,
      boolean wholeFirst) {
    PartitionLog stored = log.stored();
    // The high watermark first: what it covers is there when the log is read.
    data.highWatermark = log.endOffset();
    data.lastStableOffset = data.highWatermark;
    data.logStartOffset = log.startOffset();
    if (stored == null) {
      if (interest.fetchOffset != 0) {
        fail(data, ErrorCode.OFFSET_OUT_OF_RANGE);
      }
      return;
    }
    // Looked up behind the end: a transaction below it that is open shows here.
    Stability stability = stored.stability();
    data.lastStableOffset = stability.lastStableOffset(data.logStartOffset, data.highWatermark);
    boolean committedOnly = request.isolationLevel == READ_COMMITTED;
    try {
      LogRead read =
          committedOnly
              ? stored.readStable(
                  interest.fetchOffset, bytesMax, wholeFirst, stability, data.lastStableOffset)
              : stored.read(interest.fetchOffset, bytesMax, wholeFirst);
      switch (read) {
        case LogRead.Found records -> {
          if (committedOnly && stored.stability().hasForgottenSince(stability)) {
            // The records may no longer have the markers of what this look knows of as aborted.
            records.slice().close();
            read(interest, log, data, bytesMax, wholeFirst);
            return;
          }
          data.records = new SlicePayload(records.slice());
          if (committedOnly) {
            data.abortedTransactions =
                aborted(stability, interest.fetchOffset, records.offsetBound());
          }
        }
        case LogRead.Empty nothing -> {}
        case LogRead.OutOfRange range -> fail(data, ErrorCode.OFFSET_OUT_OF_RANGE);
        case LogRead.Damaged damaged -> fail(data, ErrorCode.CORRUPT_MESSAGE);
      }
    } catch (IOException e) {
      LOG.error("reading {} at offset {} failed", log, interest.fetchOffset, e);
      fail(data, ErrorCode.KAFKA_STORAGE_ERROR);
    }
  }

  private static List<AbortedTransaction> aborted(Stability stability, long from, long to) {
    List<AbortedTransaction> all = new ArrayList<>();
    for (Stability.Aborted one : stability.abortedIn(from, to)) {
      AbortedTransaction aborted = new AbortedTransaction();
      aborted.producerId = one.producerId();
      aborted.firstOffset = one.firstOffset();
      all.add(aborted);
    }
    return all;
  }

  private static void fail(FetchResponse.PartitionData data, ErrorCode code) {
    data.errorCode = code.code();
    data.highWatermark = -1;
    data.lastStableOffset = -1;
    data.logStartOffset = -1;
  }

  // --- answering ---

  private void answer(Found found) {
    finish();
    FetchResponse response = new FetchResponse();
    response.sessionId = session.id();
    Map<Object, FetchResponse.FetchableTopicResponse> topics = new HashMap<>();
    List<Interest> withRecords = new ArrayList<>();
    for (int i = 0; i < found.data.size(); i++) {
      Interest interest = found.interests.get(i);
      FetchResponse.PartitionData data = found.data.get(i);
      Object key = interest.topicId.equals(NO_ID) ? interest.topicName : interest.topicId;
      topics.computeIfAbsent(key, k -> topic(interest, response)).partitions.add(data);
      interest.toldError = data.errorCode != 0;
      interest.toldHighWatermark = data.highWatermark;
      interest.toldStartOffset = data.logStartOffset;
      if (data.records instanceof SlicePayload) {
        withRecords.add(interest);
      }
    }
    session.moveToEnd(withRecords);
    exchange.reply(response);
  }

  private static FetchResponse.FetchableTopicResponse topic(
      Interest interest, FetchResponse response) {
    FetchResponse.FetchableTopicResponse topic = new FetchResponse.FetchableTopicResponse();
    topic.topic = interest.topicName;
    topic.topicId = interest.topicId;
    response.responses.add(topic);
    return topic;
  }
}
