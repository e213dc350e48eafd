package io.millrace.producer;

import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.Message;
import io.millrace.wire.message.ListOffsetsRequest;
import io.millrace.wire.message.ListOffsetsResponse;
import io.millrace.wire.message.MetadataRequest;
import io.millrace.wire.message.MetadataResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What the application asks the brokers, besides sending messages. Owned by the loop. */
final class Queries {

  private static final long EARLIEST = -2;
  private static final long LATEST = -1;

  private final Cluster cluster;
  private final Clock clock;
  private final long retryNanos;
  private final List<Query<?>> waiting = new ArrayList<>();

  Queries(Cluster cluster, long retryNanos, Clock clock) {
    this.cluster = cluster;
    this.clock = clock;
    this.retryNanos = retryNanos;
  }

  /** A question: asked again until it is answered or its time is over. */
  private abstract class Query<T> implements BrokerLink.Answer {
    final CompletableFuture<T> result;
    final String what;
    final long deadlineNanos;
    long tryNanos;
    boolean asked;
    @Nullable ProducerError last;

    Query(CompletableFuture<T> result, String what, long deadlineNanos, long nowNanos) {
      this.result = result;
      this.what = what;
      this.deadlineNanos = deadlineNanos;
      this.tryNanos = nowNanos;
    }

    /** Sends it, if there is somebody to ask. */
    abstract boolean ask(long nowNanos);

    @Override
    public void failed(ProducerError why, boolean maybeSent, long nowNanos) {
      again(why, nowNanos);
    }

    void again(ProducerError why, long nowNanos) {
      last = why;
      asked = false;
      tryNanos = nowNanos + retryNanos;
    }

    void refuse(ProducerError why) {
      result.completeExceptionally(new ProducerException(why));
    }
  }

  private final class MetadataQuery extends Query<TopicMetadata> {
    private final String topic;
    private final boolean awaited;
    private final boolean making;

    MetadataQuery(
        CompletableFuture<TopicMetadata> result,
        String topic,
        boolean awaited,
        boolean making,
        long deadline,
        long now) {
      super(result, "the metadata of " + topic, deadline, now);
      this.topic = topic;
      this.awaited = awaited;
      this.making = making;
    }

    @Override
    boolean ask(long nowNanos) {
      BrokerLink link = cluster.anyUp();
      if (link == null) {
        cluster.connectSomebody(nowNanos);
        return false;
      }
      MetadataRequest request = new MetadataRequest();
      request.allowAutoTopicCreation = making;
      request.topics = new ArrayList<>();
      MetadataRequest.MetadataRequestTopic one = new MetadataRequest.MetadataRequestTopic();
      one.name = topic;
      request.topics.add(one);
      short version = link.version(ApiKey.METADATA, 4, 12);
      if (version < 0) {
        refuse(
            ProducerError.of(
                LocalError.UNSUPPORTED_FEATURE, link + " cannot be asked without making topics"));
        return true;
      }
      link.send(ApiKey.METADATA, version, request, nowNanos, false, this);
      link.write(nowNanos);
      return true;
    }

    @Override
    public void answered(Message response, long nowNanos) {
      MetadataResponse metadata = (MetadataResponse) response;
      for (MetadataResponse.MetadataResponseTopic found : metadata.topics) {
        if (!topic.equals(found.name)) {
          continue;
        }
        ErrorCode error = ErrorCode.forCode(found.errorCode);
        if (error == ErrorCode.NONE) {
          List<TopicMetadata.Partition> partitions = new ArrayList<>();
          for (MetadataResponse.MetadataResponsePartition one : found.partitions) {
            partitions.add(
                new TopicMetadata.Partition(
                    one.partitionIndex,
                    one.leaderId,
                    boxed(one.replicaNodes),
                    boxed(one.isrNodes),
                    boxed(one.offlineReplicas)));
          }
          partitions.sort(java.util.Comparator.comparingInt(TopicMetadata.Partition::number));
          List<TopicMetadata.Broker> brokers = new ArrayList<>();
          for (MetadataResponse.MetadataResponseBroker one : metadata.brokers) {
            brokers.add(new TopicMetadata.Broker(one.nodeId, one.host, one.port, one.rack));
          }
          result.complete(new TopicMetadata(topic, partitions, brokers, metadata.clusterId));
        } else if (error.retriable()
            && (awaited || error != ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)) {
          again(ProducerError.of(found.errorCode, null), nowNanos);
        } else {
          refuse(ProducerError.of(found.errorCode, "topic " + topic + ": " + error.message()));
        }
        return;
      }
      again(ProducerError.of(LocalError.BAD_MSG, "the answer leaves out " + topic), nowNanos);
    }
  }

  private static List<Integer> boxed(int[] numbers) {
    List<Integer> all = new ArrayList<>(numbers.length);
    for (int number : numbers) {
      all.add(number);
    }
    return all;
  }

  private final class OffsetQuery extends Query<Long> {
    private final PartitionQueue queue;
    private final long place;

    OffsetQuery(
        CompletableFuture<Long> result, PartitionQueue queue, long place, long deadline, long now) {
      super(result, "the offsets of " + queue, deadline, now);
      this.queue = queue;
      this.place = place;
    }

    @Override
    boolean ask(long nowNanos) {
      BrokerLink link = cluster.broker(queue.leader);
      if (link == null || !link.isUp()) {
        if (link == null) {
          cluster.outdated();
        } else {
          link.wanted(nowNanos);
        }
        return false;
      }
      ListOffsetsRequest request = new ListOffsetsRequest();
      request.replicaId = -1;
      ListOffsetsRequest.ListOffsetsTopic topic = new ListOffsetsRequest.ListOffsetsTopic();
      topic.name = queue.topic.name;
      ListOffsetsRequest.ListOffsetsPartition one = new ListOffsetsRequest.ListOffsetsPartition();
      one.partitionIndex = queue.partition;
      one.timestamp = place;
      topic.partitions.add(one);
      request.topics.add(topic);
      short version = link.version(ApiKey.LIST_OFFSETS, 1, 5);
      if (version < 0) {
        refuse(ProducerError.of(LocalError.UNSUPPORTED_FEATURE, link + " tells no offsets"));
        return true;
      }
      link.send(ApiKey.LIST_OFFSETS, version, request, nowNanos, false, this);
      link.write(nowNanos);
      return true;
    }

    @Override
    public void answered(Message response, long nowNanos) {
      ListOffsetsResponse.ListOffsetsPartitionResponse one =
          ((ListOffsetsResponse) response).topics.get(0).partitions.get(0);
      ErrorCode error = ErrorCode.forCode(one.errorCode);
      if (error == ErrorCode.NONE) {
        result.complete(one.offset);
      } else if (error.retriable()) {
        cluster.outdated();
        again(ProducerError.of(one.errorCode, null), nowNanos);
      } else {
        refuse(ProducerError.of(one.errorCode, queue + ": " + error.message()));
      }
    }
  }

  // --- on the loop's thread ---

  /**
   * @param awaited whether a topic that is not there is asked for again
   * @param making whether asking may make it
   */
  void metadata(
      CompletableFuture<TopicMetadata> result,
      String topic,
      boolean awaited,
      boolean making,
      long deadlineNanos) {
    waiting.add(new MetadataQuery(result, topic, awaited, making, deadlineNanos, clock.nanos()));
  }

  /**
   * @param earliest whether the first offset is asked for; if not, the one after the last
   */
  void offset(
      CompletableFuture<Long> result, PartitionQueue queue, boolean earliest, long deadlineNanos) {
    waiting.add(
        new OffsetQuery(result, queue, earliest ? EARLIEST : LATEST, deadlineNanos, clock.nanos()));
  }

  /** Asks what can be asked; returns when there is something to do next, by the monotonic clock. */
  long work(long nowNanos) {
    long next = Long.MAX_VALUE;
    for (int i = waiting.size() - 1; i >= 0; i--) {
      Query<?> query = waiting.get(i);
      if (!query.result.isDone() && nowNanos - query.deadlineNanos >= 0) {
        query.refuse(
            ProducerError.of(
                LocalError.TIMED_OUT,
                query.what
                    + ": no answer in time"
                    + (query.last == null ? "" : "; the last attempt: " + query.last)));
      }
      if (query.result.isDone()) {
        waiting.remove(i);
        continue;
      }
      boolean due = !query.asked && nowNanos - query.tryNanos >= 0;
      if (due) {
        query.asked = query.ask(nowNanos);
        if (!query.asked) {
          query.tryNanos = nowNanos + retryNanos;
          ProducerError refused = cluster.refusal();
          if (refused != null) {
            query.refuse(refused);
          } else {
            query.last = cluster.lastError();
          }
        }
      }
      if (query.asked) {
        next = Math.min(next, query.deadlineNanos);
      } else {
        // Where nobody could be asked, a connection that is made wakes the loop sooner.
        next = Math.min(next, due ? nowNanos + retryNanos : query.tryNanos);
      }
    }
    return next;
  }

  void failAll(ProducerError why) {
    waiting.forEach(query -> query.refuse(why));
    waiting.clear();
  }
}
