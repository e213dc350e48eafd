package io.millrace.systemtests.mainjob;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Where groups stand in a topic. */
final class Groups {

  private final Admin admin;
  private final String topic;
  private final int partitions;

  Groups(Admin admin, String topic, int partitions) {
    this.admin = admin;
    this.topic = topic;
    this.partitions = partitions;
  }

  /** How many records are behind what a group has committed. */
  long lag(String group) throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetAndMetadata> committed =
        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    long lag = 0;
    for (Map.Entry<TopicPartition, ListOffsetsResultInfo> end :
        offsets(OffsetSpec.latest()).entrySet()) {
      OffsetAndMetadata at = committed.get(end.getKey());
      lag += end.getValue().offset() - (at == null ? 0 : at.offset());
    }
    return lag;
  }

  /** Has a group without members go on with the first records that are not older than a time. */
  void resetToTime(String group, long timeMs) throws ExecutionException, InterruptedException {
    Map<TopicPartition, ListOffsetsResultInfo> ends = offsets(OffsetSpec.latest());
    Map<TopicPartition, OffsetAndMetadata> from = new HashMap<>();
    offsets(OffsetSpec.forTimestamp(timeMs))
        .forEach((partition, found) -> {
          long offset = found.offset() < 0 ? ends.get(partition).offset() : found.offset();
          from.put(partition, new OffsetAndMetadata(offset));
        });
    admin.alterConsumerGroupOffsets(group, from).all().get();
  }

  private Map<TopicPartition, ListOffsetsResultInfo> offsets(OffsetSpec which)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetSpec> wanted =
        IntStream.range(0, partitions)
            .mapToObj(partition -> new TopicPartition(topic, partition))
            .collect(Collectors.toMap(partition -> partition, partition -> which));
    return admin.listOffsets(wanted).all().get();
  }
}
