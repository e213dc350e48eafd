package io.millrace.kafka;

import io.millrace.broker.topic.Topic;
import io.millrace.wire.Message;
import io.millrace.wire.message.CreateTopicsRequest;
import io.millrace.wire.message.FetchRequest;
import io.millrace.wire.message.ListOffsetsRequest;
import io.millrace.wire.message.MetadataRequest;
import io.millrace.wire.message.OffsetCommitRequest;
import io.millrace.wire.message.ProduceRequest;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Which topics a request is about. */
final class RequestTopics {

  private RequestTopics() {}

  /**
   * Whether a request is about a topic. One of an API that is about no topics, or about all, never
   * is.
   */
  static boolean names(Message request, KafkaConnection connection, Door door, String topic) {
    Topic known = door.broker().topics().find(topic);
    UUID id = known == null ? new UUID(0, 0) : known.id();
    return switch (request) {
      case ProduceRequest produce ->
          produce.topicData.stream()
              .anyMatch(t -> t.name.equals(topic) || known != null && t.topicId.equals(id));
      case FetchRequest fetch ->
          fetch.topics.stream()
                  .anyMatch(t -> t.topic.equals(topic) || known != null && t.topicId.equals(id))
              || fetch.sessionEpoch > 0
                  && isInSession(connection, topic, known == null ? null : id);
      case ListOffsetsRequest offsets ->
          offsets.topics.stream().anyMatch(t -> t.name.equals(topic));
      case OffsetCommitRequest commit ->
          commit.topics.stream()
              .anyMatch(t -> t.name.equals(topic) || known != null && t.topicId.equals(id));
      case MetadataRequest metadata ->
          metadata.topics != null
              && metadata.topics.stream()
                  .anyMatch(t -> topic.equals(t.name) || known != null && t.topicId.equals(id));
      case CreateTopicsRequest create -> create.topics.stream().anyMatch(t -> t.name.equals(topic));
      default -> false;
    };
  }

  private static boolean isInSession(KafkaConnection connection, String topic, @Nullable UUID id) {
    FetchSession session = connection.fetchSession();
    return session != null
        && session.interests().stream()
            .anyMatch(i -> i.topicName.equals(topic) || i.topicId.equals(id));
  }
}
