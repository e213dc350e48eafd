package io.millrace.kafka.handler;

import io.millrace.broker.Broker;
import io.millrace.broker.topic.Topic;
import io.millrace.kafka.Door;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.log.LogId;
import io.millrace.log.PartitionLog;
import io.millrace.shard.ShardLog;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.DescribeLogDirsRequest;
import io.millrace.wire.message.DescribeLogDirsRequest.DescribableLogDirTopic;
import io.millrace.wire.message.DescribeLogDirsResponse;
import io.millrace.wire.message.DescribeLogDirsResponse.DescribeLogDirsPartition;
import io.millrace.wire.message.DescribeLogDirsResponse.DescribeLogDirsResult;
import io.millrace.wire.message.DescribeLogDirsResponse.DescribeLogDirsTopic;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DescribeLogDirs, key 35, versions 1 to 5: how many bytes each partition takes on disk, and how
 * many are left.
 *
 * <p>There is one directory, the data directory, whatever the number of shards in it. A partition
 * is the bytes of its segments; the journal, which all share, is in no partition's size. A topic
 * that does not exist is left out.
 */
public final class DescribeLogDirsHandler implements Handler<DescribeLogDirsRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(DescribeLogDirsHandler.class);

  private final Door door;

  public DescribeLogDirsHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(DescribeLogDirsRequest request, Exchange exchange) {
    DescribeLogDirsResponse response = new DescribeLogDirsResponse();
    DescribeLogDirsResult directory = new DescribeLogDirsResult();
    response.results.add(directory);
    Broker.Place place = door.broker().place();
    directory.logDir = place.data().toAbsolutePath().toString();
    try {
      directory.totalBytes = place.disk().totalBytes(place.data());
      directory.usableBytes = place.disk().usableBytes(place.data());
    } catch (IOException e) {
      LOG.error("looking how full {} is failed", place.data(), e);
      directory.errorCode = ErrorCode.KAFKA_STORAGE_ERROR.code();
    }
    if (request.topics == null) {
      for (Topic topic : door.broker().topics().all()) {
        DescribeLogDirsTopic answer = topic(topic, directory);
        for (int i = 0; i < topic.partitionCount(); i++) {
          answer.partitions.add(partition(topic, i));
        }
      }
    } else {
      for (DescribableLogDirTopic wanted : request.topics) {
        Topic topic = door.broker().topics().find(wanted.topic);
        if (topic != null) {
          DescribeLogDirsTopic answer = topic(topic, directory);
          for (int i : wanted.partitions) {
            if (i >= 0 && i < topic.partitionCount()) {
              answer.partitions.add(partition(topic, i));
            }
          }
        }
      }
    }
    exchange.reply(response);
  }

  private static DescribeLogDirsTopic topic(Topic topic, DescribeLogDirsResult directory) {
    DescribeLogDirsTopic answer = new DescribeLogDirsTopic();
    answer.name = topic.name();
    directory.topics.add(answer);
    return answer;
  }

  private DescribeLogDirsPartition partition(Topic topic, int index) {
    LogId id = new LogId(topic.id(), index);
    ShardLog log = door.broker().shards().of(id).find(id);
    PartitionLog stored = log == null ? null : log.stored();
    DescribeLogDirsPartition partition = new DescribeLogDirsPartition();
    partition.partitionIndex = index;
    partition.partitionSize = stored == null ? 0 : stored.sizeInBytes();
    return partition;
  }
}
