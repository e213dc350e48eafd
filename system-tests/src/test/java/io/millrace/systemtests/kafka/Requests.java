package io.millrace.systemtests.kafka;

import io.millrace.record.Compression;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.wire.BufferPayload;
import io.millrace.wire.Payload;
import io.millrace.wire.message.FetchRequest;
import io.millrace.wire.message.FetchRequest.FetchPartition;
import io.millrace.wire.message.FetchRequest.FetchTopic;
import io.millrace.wire.message.FetchResponse;
import io.millrace.wire.message.ProduceRequest;
import io.millrace.wire.message.ProduceResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Requests written by hand. */
final class Requests {

  private Requests() {}

  static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A batch of records "key" = "value 0", "value 1" and so on, at time 1000. */
  static RecordBatchBuilder batch(Compression codec, int records) {
    RecordBatchBuilder batch = new RecordBatchBuilder().compression(codec);
    for (int i = 0; i < records; i++) {
      batch.append(1000, bytes("key"), bytes("value " + i));
    }
    return batch;
  }

  /** Produces one batch in version 9, by the topic's name. */
  static ProduceRequest produce(String topic, int partition, int acks, ByteBuffer... batches) {
    int size = 0;
    for (ByteBuffer batch : batches) {
      size += batch.remaining();
    }
    ByteBuffer all = ByteBuffer.allocate(size);
    for (ByteBuffer batch : batches) {
      all.put(batch.duplicate());
    }
    ProduceRequest.PartitionProduceData data = new ProduceRequest.PartitionProduceData();
    data.index = partition;
    data.records = new BufferPayload(all.flip());
    ProduceRequest.TopicProduceData topicData = new ProduceRequest.TopicProduceData();
    topicData.name = topic;
    topicData.partitionData.add(data);
    ProduceRequest request = new ProduceRequest();
    request.acks = (short) acks;
    request.timeoutMs = 10_000;
    request.topicData.add(topicData);
    return request;
  }

  static final int PRODUCE_VERSION = 9;

  static ProduceResponse.PartitionProduceResponse append(
      RawConnection connection, String topic, int partition, ByteBuffer batch) {
    return only(
        connection.ask(
            produce(topic, partition, -1, batch), PRODUCE_VERSION, ProduceResponse.class));
  }

  static ProduceResponse.PartitionProduceResponse only(ProduceResponse response) {
    return response.responses.get(0).partitionResponses.get(0);
  }

  /** A fetch by topic name; version 12 is the last that has those. */
  static final int FETCH_VERSION = 12;

  static FetchRequest fetch(int minBytes, int maxWaitMs) {
    FetchRequest request = new FetchRequest();
    request.minBytes = minBytes;
    request.maxWaitMs = maxWaitMs;
    return request;
  }

  static FetchRequest with(FetchRequest request, String topic, int partition, long offset) {
    return with(request, topic, partition, offset, 1 << 20);
  }

  static FetchRequest with(
      FetchRequest request, String topic, int partition, long offset, int bytesMax) {
    FetchTopic one = new FetchTopic();
    one.topic = topic;
    one.partitions.add(partition(partition, offset, bytesMax));
    request.topics.add(one);
    return request;
  }

  static FetchRequest with(FetchRequest request, UUID topicId, int partition, long offset) {
    FetchTopic one = new FetchTopic();
    one.topicId = topicId;
    one.partitions.add(partition(partition, offset, 1 << 20));
    request.topics.add(one);
    return request;
  }

  private static FetchPartition partition(int partition, long offset, int bytesMax) {
    FetchPartition wanted = new FetchPartition();
    wanted.partition = partition;
    wanted.fetchOffset = offset;
    wanted.partitionMaxBytes = bytesMax;
    return wanted;
  }

  /** The answer about a partition; null if there is none. */
  static FetchResponse.@Nullable PartitionData find(
      FetchResponse response, String topic, int partition) {
    for (FetchResponse.FetchableTopicResponse one : response.responses) {
      for (FetchResponse.PartitionData data : one.partitions) {
        if (one.topic.equals(topic) && data.partitionIndex == partition) {
          return data;
        }
      }
    }
    return null;
  }

  static FetchResponse.PartitionData get(FetchResponse response, String topic, int partition) {
    FetchResponse.PartitionData data = find(response, topic, partition);
    if (data == null) {
      throw new AssertionError("nothing about " + topic + "-" + partition + " in " + response);
    }
    return data;
  }

  static ByteBuffer records(FetchResponse.PartitionData data) {
    Payload records = data.records;
    return records instanceof BufferPayload payload ? payload.buffer() : ByteBuffer.allocate(0);
  }

  /** What is stored in a partition from an offset on. */
  static ByteBuffer stored(RawConnection connection, String topic, int partition, long offset) {
    FetchResponse response =
        connection.ask(
            with(fetch(0, 0), topic, partition, offset, 64 << 20),
            FETCH_VERSION,
            FetchResponse.class);
    FetchResponse.PartitionData data = get(response, topic, partition);
    if (data.errorCode != 0) {
      throw new AssertionError("fetching " + topic + " failed with " + data.errorCode);
    }
    return records(data);
  }
}
