package io.millrace.kafka.handler;

import io.millrace.broker.topic.Partition;
import io.millrace.broker.topic.Topic;
import io.millrace.kafka.Door;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.log.CorruptSegmentException;
import io.millrace.log.OffsetAndTime;
import io.millrace.log.PartitionLog;
import io.millrace.shard.ShardLog;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.ListOffsetsRequest;
import io.millrace.wire.message.ListOffsetsResponse;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ListOffsets, key 2, versions 1 to 11.
 *
 * <p>Latest (-1), earliest (-2), largest timestamp (-3), earliest local (-4, the same as earliest),
 * last tiered (-5) and earliest pending upload (-6): there is no tiered storage, so the last two
 * find nothing. Any other negative timestamp is refused; one from 0 on finds the first record of
 * that time or later. Who reads committed records only is told of none behind the last stable
 * offset.
 */
public final class ListOffsetsHandler implements Handler<ListOffsetsRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(ListOffsetsHandler.class);

  private static final byte READ_COMMITTED = 1;

  private static final long LATEST = -1;
  private static final long EARLIEST = -2;
  private static final long MAX_TIMESTAMP = -3;
  private static final long EARLIEST_LOCAL = -4;
  private static final long LATEST_TIERED = -5;
  private static final long EARLIEST_PENDING_UPLOAD = -6;

  private record Seen(String topic, int partition) {}

  private final Door door;

  public ListOffsetsHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(ListOffsetsRequest request, Exchange exchange) {
    ListOffsetsResponse response = new ListOffsetsResponse();
    Set<Seen> seen = new HashSet<>();
    for (ListOffsetsRequest.ListOffsetsTopic wanted : request.topics) {
      ListOffsetsResponse.ListOffsetsTopicResponse answer =
          new ListOffsetsResponse.ListOffsetsTopicResponse();
      answer.name = wanted.name;
      response.topics.add(answer);
      Topic topic = door.broker().topics().find(wanted.name);
      for (ListOffsetsRequest.ListOffsetsPartition partition : wanted.partitions) {
        ListOffsetsResponse.ListOffsetsPartitionResponse one =
            new ListOffsetsResponse.ListOffsetsPartitionResponse();
        one.partitionIndex = partition.partitionIndex;
        answer.partitions.add(one);
        if (!seen.add(new Seen(wanted.name, partition.partitionIndex))) {
          one.errorCode = ErrorCode.INVALID_REQUEST.code();
        } else if (exchange.version() < versionFor(partition.timestamp)) {
          one.errorCode = ErrorCode.UNSUPPORTED_VERSION.code();
        } else {
          find(topic, partition, request.isolationLevel == READ_COMMITTED, one);
        }
        if (exchange.version() < 4) {
          one.leaderEpoch = -1;
        }
      }
    }
    exchange.reply(response);
  }

  /** The first version in which a special timestamp may be asked for. */
  private static int versionFor(long timestamp) {
    if (timestamp == MAX_TIMESTAMP) {
      return 7;
    } else if (timestamp == EARLIEST_LOCAL) {
      return 8;
    } else if (timestamp == LATEST_TIERED) {
      return 9;
    }
    return timestamp == EARLIEST_PENDING_UPLOAD ? 11 : 0;
  }

  private static void find(
      @Nullable Topic topic,
      ListOffsetsRequest.ListOffsetsPartition wanted,
      boolean committedOnly,
      ListOffsetsResponse.ListOffsetsPartitionResponse one) {
    Partition partition = topic == null ? null : topic.partition(wanted.partitionIndex);
    if (partition == null) {
      one.errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code();
      return;
    }
    int epoch = partition.shard().leaderEpoch();
    ErrorCode problem = LeaderEpochs.check(wanted.currentLeaderEpoch, epoch);
    if (problem != ErrorCode.NONE) {
      one.errorCode = problem.code();
      return;
    }
    try {
      find(partition.log(), epoch, wanted.timestamp, committedOnly, one);
    } catch (CorruptSegmentException e) {
      LOG.error("looking for time {} in {}: {}", wanted.timestamp, partition, e.getMessage());
      one.errorCode = ErrorCode.CORRUPT_MESSAGE.code();
    } catch (IOException e) {
      LOG.error("looking for time {} in {} failed", wanted.timestamp, partition, e);
      one.errorCode = ErrorCode.KAFKA_STORAGE_ERROR.code();
    }
  }

  private static void find(
      ShardLog log,
      int epoch,
      long timestamp,
      boolean committedOnly,
      ListOffsetsResponse.ListOffsetsPartitionResponse one)
      throws IOException {
    PartitionLog stored = log.stored();
    long end = log.endOffset();
    if (committedOnly && stored != null) {
      end = stored.stability().lastStableOffset(stored.startOffset(), end);
    }
    if (timestamp == LATEST) {
      one.offset = end;
      one.leaderEpoch = epoch;
    } else if (timestamp == EARLIEST || timestamp == EARLIEST_LOCAL) {
      one.offset = log.startOffset();
      one.leaderEpoch = log.epochs().epochAt(one.offset);
    } else if (timestamp == LATEST_TIERED || timestamp == EARLIEST_PENDING_UPLOAD) {
      one.offset = -1;
    } else if (timestamp < MAX_TIMESTAMP) {
      one.errorCode = ErrorCode.UNSUPPORTED_VERSION.code();
    } else if (stored != null) {
      OffsetAndTime found =
          timestamp == MAX_TIMESTAMP ? stored.latestByTime() : stored.firstAtOrAfter(timestamp);
      if (found != null && (!committedOnly || found.offset() < end)) {
        one.offset = found.offset();
        one.timestamp = found.timestamp();
        one.leaderEpoch = log.epochs().epochAt(found.offset());
      }
    }
  }
}
