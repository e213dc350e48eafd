package io.millrace.kafka.handler;

import io.millrace.broker.topic.Partition;
import io.millrace.broker.topic.Topic;
import io.millrace.broker.topic.TopicSettings;
import io.millrace.broker.transaction.HeldAppend;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.log.LogRead;
import io.millrace.log.LogSlice;
import io.millrace.log.PartitionLog;
import io.millrace.record.BatchVerdict;
import io.millrace.record.Compression;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchValidator;
import io.millrace.shard.Append;
import io.millrace.shard.AppendRefusal;
import io.millrace.shard.BatchAppend;
import io.millrace.shard.Shard;
import io.millrace.wire.BufferPayload;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.ProduceRequest;
import io.millrace.wire.message.ProduceResponse;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Produce, key 0, versions 3 to 13.
 *
 * <p>Every batch is checked on the connection's loop before anything is appended; those that pass
 * go to the shards of their partitions, and the answer goes out when the last shard has answered.
 * acks=all is answered when the batch is synced and readable, acks=1 when the operating system has
 * it, acks=0 never.
 *
 * <p>Differs from Kafka: of several bad records in a batch the first is named; the disk's reserve
 * is a KAFKA_STORAGE_ERROR that says so.
 *
 * <p>Batches of a transaction pass by its coordinator, which knows whether it is open. From version
 * 12 on the transaction reaches their partitions by this (KIP-890); before, AddPartitionsToTxn must
 * have said so.
 */
public final class ProduceHandler implements Handler<ProduceRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(ProduceHandler.class);

  /** The first version that adds partitions to the transaction by itself. */
  private static final int REACHES_SINCE = 12;

  /** The first version whose clients know TRANSACTION_ABORTABLE. */
  private static final int ABORTABLE_SINCE = 11;

  /** The first version in which a batch may be compressed with zstd (KIP-110). */
  private static final int ZSTD_SINCE = 7;

  private final Door door;

  /** Validators keep buffers: one for each loop. */
  private final ThreadLocal<RecordBatchValidator> validators =
      ThreadLocal.withInitial(RecordBatchValidator::new);

  public ProduceHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(ProduceRequest request, Exchange exchange) {
    Answer answer = new Answer(exchange, request.acks);
    for (ProduceRequest.TopicProduceData data : request.topicData) {
      ProduceResponse.TopicProduceResponse topicAnswer = answer.topic(data);
      Topic topic =
          exchange.version() >= 13
              ? door.broker().topics().find(data.topicId)
              : door.broker().topics().find(data.name);
      for (ProduceRequest.PartitionProduceData partition : data.partitionData) {
        ProduceResponse.PartitionProduceResponse one =
            new ProduceResponse.PartitionProduceResponse();
        one.index = partition.index;
        one.baseOffset = -1;
        topicAnswer.partitionResponses.add(one);
        check(request, exchange, topic, partition, one, answer);
      }
    }
    answer.send(exchange, door, request.transactionalId);
  }

  private void check(
      ProduceRequest request,
      Exchange exchange,
      @Nullable Topic topic,
      ProduceRequest.PartitionProduceData data,
      ProduceResponse.PartitionProduceResponse one,
      Answer answer) {
    if (request.acks < -1 || request.acks > 1) {
      refuse(one, ErrorCode.INVALID_REQUIRED_ACKS, "acks is 0, 1 or all, not " + request.acks);
      return;
    }
    Partition partition = topic == null ? null : topic.partition(data.index);
    if (topic == null || partition == null) {
      boolean byId = topic == null && exchange.version() >= 13;
      refuse(one, byId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, null);
      return;
    }
    one.logStartOffset = partition.log().startOffset();
    ByteBuffer batch = onlyBatch(data, one);
    if (batch == null) {
      return;
    }
    long now = door.broker().clock().millis();
    TopicSettings settings = topic.settings();
    BatchVerdict verdict =
        validators.get().check(batch, 0, batch.remaining(), settings.batches(), now);
    switch (verdict) {
      case BatchVerdict.Refused refused -> refuse(one, refused);
      case BatchVerdict.Accepted accepted -> {
        if (RecordBatch.baseOffset(batch, 0) != 0) {
          refuse(
              one,
              ErrorCode.INVALID_RECORD,
              "a batch is sent with base offset 0, for the broker numbers it, not with "
                  + RecordBatch.baseOffset(batch, 0));
          return;
        }
        if (RecordBatch.isTransactional(batch, 0) != (request.transactionalId != null)) {
          refuse(
              one,
              ErrorCode.INVALID_TXN_STATE,
              request.transactionalId == null
                  ? "a transactional batch needs a request with a transactional id"
                  : "a request with a transactional id brings transactional batches only");
          return;
        }
        if (exchange.version() < ZSTD_SINCE
            && RecordBatch.compression(batch, 0) == Compression.ZSTD) {
          refuse(
              one,
              ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
              "zstd needs Produce version " + ZSTD_SINCE + " or newer");
          return;
        }
        ByteBuffer stored = prepared(batch, accepted, settings, now, one);
        if (stored.remaining() > settings.batches().batchBytesMax()) {
          refuse(
              one,
              ErrorCode.MESSAGE_TOO_LARGE,
              "stored with the topic's compression.type the batch has "
                  + stored.remaining()
                  + " bytes, at most "
                  + settings.batches().batchBytesMax()
                  + " allowed (max.message.bytes)");
          return;
        }
        answer.append(partition, stored, one);
      }
    }
  }

  private static void refuse(
      ProduceResponse.PartitionProduceResponse one, ErrorCode code, @Nullable String message) {
    one.errorCode = code.code();
    one.errorMessage = message;
  }

  private static void refuse(
      ProduceResponse.PartitionProduceResponse one, BatchVerdict.Refused refused) {
    refuse(one, Errors.of(refused.reason()), refused.message());
    if (refused.recordIndex() != BatchVerdict.Refused.NO_RECORD) {
      ProduceResponse.BatchIndexAndErrorMessage record =
          new ProduceResponse.BatchIndexAndErrorMessage();
      record.batchIndex = refused.recordIndex();
      record.batchIndexErrorMessage = refused.message();
      one.recordErrors.add(record);
    }
  }

  /** The bytes of the one batch that a partition may bring; null if it is refused. */
  private static @Nullable ByteBuffer onlyBatch(
      ProduceRequest.PartitionProduceData data, ProduceResponse.PartitionProduceResponse one) {
    if (!(data.records instanceof BufferPayload payload) || payload.size() == 0) {
      refuse(one, ErrorCode.INVALID_RECORD, "there is no record batch for this partition");
      return null;
    }
    ByteBuffer bytes = payload.buffer();
    if (bytes.remaining() >= RecordBatch.HEADER_SIZE
        && RecordBatch.magic(bytes, 0) == RecordBatch.MAGIC
        && RecordBatch.sizeInBytes(bytes, 0) >= RecordBatch.HEADER_SIZE
        && RecordBatch.sizeInBytes(bytes, 0) < bytes.remaining()) {
      refuse(one, ErrorCode.INVALID_RECORD, "a partition may bring one record batch, not more");
      return null;
    }
    return bytes;
  }

  /** The batch as it is to be stored. */
  private static ByteBuffer prepared(
      ByteBuffer batch,
      BatchVerdict.Accepted accepted,
      TopicSettings settings,
      long now,
      ProduceResponse.PartitionProduceResponse one) {
    ByteBuffer stored = batch;
    Compression codec = settings.recompressTo();
    if (codec != null && codec != RecordBatch.compression(batch, 0)) {
      stored =
          RecordBatch.at(batch, 0)
              .recompress(codec, settings.recompressLevel(), settings.batches().expandedBytesMax());
    }
    if (settings.logAppendTime()) {
      RecordBatch.setLogAppendTime(stored, 0, now);
      one.logAppendTimeMs = now;
    } else if (accepted.maxTimestamp() != RecordBatch.maxTimestamp(stored, 0)) {
      RecordBatch.setMaxTimestamp(stored, 0, accepted.maxTimestamp());
    }
    return stored;
  }

  /** The answer to one request, and the appends that it waits for. */
  private static final class Answer {
    private final Exchange exchange;
    private final short acks;
    private final ProduceResponse response = new ProduceResponse();
    private final List<ShardAppend> appends = new ArrayList<>(1);
    private final AtomicInteger unanswered = new AtomicInteger();

    Answer(Exchange exchange, short acks) {
      this.exchange = exchange;
      this.acks = acks;
    }

    ProduceResponse.TopicProduceResponse topic(ProduceRequest.TopicProduceData data) {
      ProduceResponse.TopicProduceResponse topic = new ProduceResponse.TopicProduceResponse();
      topic.name = data.name;
      topic.topicId = data.topicId;
      response.responses.add(topic);
      return topic;
    }

    void append(
        Partition partition, ByteBuffer batch, ProduceResponse.PartitionProduceResponse one) {
      Append.Acks wanted = acks(partition.topic().settings());
      ShardAppend append = null;
      for (ShardAppend known : appends) {
        if (known.shard == partition.shard() && known.acks() == wanted) {
          append = known;
        }
      }
      if (append == null) {
        append = new ShardAppend(this, partition.shard(), wanted);
        appends.add(append);
      }
      append.add(partition.log(), batch);
      append.answers.add(one);
    }

    private Append.Acks acks(TopicSettings settings) {
      return switch (acks) {
        case 0 -> Append.Acks.NONE;
        case 1 -> Append.Acks.WRITTEN;
        default -> settings.flushesToDisk() ? Append.Acks.APPLIED : Append.Acks.WRITTEN;
      };
    }

    /** Gives the batches to their shards. */
    void send(Exchange from, Door door, @Nullable String transactionalId) {
      unanswered.set(appends.size() + 1);
      int batchBytes = 0;
      for (ShardAppend append : appends) {
        batchBytes += append.bytes();
      }
      for (ShardAppend append : appends) {
        ByteBuf request = from.keepRequest();
        append.request = request;
        // A request is kept whole, whatever part of it was refused.
        append.keepsBesides(Math.max(0, request.readableBytes() - batchBytes));
        if (transactionalId == null) {
          append.shard.enqueue(append);
        } else {
          append.shard.hold(append);
        }
      }
      if (transactionalId != null && !appends.isEmpty()) {
        passCoordinator(from, door, transactionalId);
      }
      answered();
    }

    private void passCoordinator(Exchange from, Door door, String transactionalId) {
      List<HeldAppend> held = new ArrayList<>(appends.size());
      appends.forEach(append -> held.add(new HeldAppend(append.shard, append)));
      BatchAppend first = appends.get(0).batches().get(0);
      Transactional.coordinator(door, transactionalId)
          .append(
              Transactional.speaker(
                  from, transactionalId, first.producerId(), first.producerEpoch()),
              from.version() >= REACHES_SINCE,
              held);
    }

    void answered() {
      if (unanswered.decrementAndGet() > 0) {
        return;
      }
      if (acks != 0) {
        exchange.reply(response);
        return;
      }
      String refusal = refusal();
      if (refusal == null) {
        exchange.replyNothing();
      } else {
        // The only way in which a client that wants no answers can hear of it, as in Kafka.
        exchange.close("a produce request without acks was refused: " + refusal);
      }
    }

    private @Nullable String refusal() {
      for (ProduceResponse.TopicProduceResponse topic : response.responses) {
        for (ProduceResponse.PartitionProduceResponse one : topic.partitionResponses) {
          if (one.errorCode != 0) {
            return ErrorCode.forCode(one.errorCode)
                + (one.errorMessage == null ? "" : ", " + one.errorMessage);
          }
        }
      }
      return null;
    }
  }

  /** What a request appends to one shard. */
  private static final class ShardAppend extends Append {
    private final Answer answer;
    private final Shard shard;
    private final List<ProduceResponse.PartitionProduceResponse> answers = new ArrayList<>(4);
    private @Nullable ByteBuf request;

    ShardAppend(Answer answer, Shard shard, Acks acks) {
      super(acks);
      this.answer = answer;
      this.shard = shard;
    }

    @Override
    protected void answered() {
      for (int i = 0; i < answers.size(); i++) {
        BatchAppend batch = batches().get(i);
        AppendRefusal refusal = batch.refusal();
        ProduceResponse.PartitionProduceResponse one = answers.get(i);
        if (refusal == null) {
          one.baseOffset = batch.baseOffset();
          if (batch.isDuplicate() && one.logAppendTimeMs >= 0) {
            one.logAppendTimeMs = appendTime(batch);
          }
        } else {
          refuse(one, code(refusal), message(refusal));
        }
      }
      answer.answered();
    }

    /** When a batch that came twice was appended, from its header; -1 if that is gone. */
    private static long appendTime(BatchAppend batch) {
      PartitionLog log = batch.log().stored();
      try {
        if (log != null && log.read(batch.baseOffset(), 0, true) instanceof LogRead.Found found) {
          try (LogSlice slice = found.slice()) {
            ByteBuffer header = ByteBuffer.allocate(RecordBatch.HEADER_SIZE);
            while (header.hasRemaining() && slice.read(header, header.position()) > 0) {}
            return header.hasRemaining() ? -1 : RecordBatch.maxTimestamp(header, 0);
          }
        }
      } catch (IOException e) {
        LOG.warn(
            "when the batch at {} of {} was appended: {}", batch.baseOffset(), log, e.toString());
      }
      return -1;
    }

    private ErrorCode code(AppendRefusal refusal) {
      boolean abortable =
          refusal == AppendRefusal.NO_OPEN_TRANSACTION
              && answer.exchange.version() >= ABORTABLE_SINCE;
      return abortable ? ErrorCode.TRANSACTION_ABORTABLE : Errors.of(refusal);
    }

    private static String message(AppendRefusal refusal) {
      return switch (refusal) {
        case NO_SUCH_LOG -> "the topic was deleted";
        case OUT_OF_ORDER_SEQUENCE -> "the batch is not the next one of its producer";
        case OLD_PRODUCER_EPOCH -> "a producer with the same id and a higher epoch has written";
        case NO_OPEN_TRANSACTION -> "the batch is for a transaction that does not reach here";
        case OUTSIDE_ITS_TRANSACTION -> "the producer has a transaction open in this partition";
        case TOO_MANY_ABORTED ->
            "the logs remember as many aborted transactions as they may (aborted.transactions.max):"
                + " retention, compaction or deleting records makes room";
        case OTHER_PRODUCER_ID -> "the transactional id belongs to another producer id";
        case TRANSACTION_ENDING -> "the transaction before is still being ended";
        case TOO_MANY_TRANSACTIONS ->
            "the transactional ids take all the memory that they may (transactional.ids.max.bytes)";
        case DISK_NEARLY_FULL ->
            "the disk has no more than its reserve left (disk.reserve.bytes): delete topics or"
                + " records, or make room";
        case SHARD_STOPPED -> "the broker is stopping; whether the records are stored is not known";
      };
    }

    @Override
    protected void released() {
      if (request != null) {
        request.release();
        request = null;
      }
    }
  }
}
