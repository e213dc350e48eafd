package io.millrace.kafka.handler;

import io.millrace.broker.Refusal;
import io.millrace.broker.RefusedException;
import io.millrace.broker.topic.Topic;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.message.DeleteTopicsRequest;
import io.millrace.wire.message.DeleteTopicsRequest.DeleteTopicState;
import io.millrace.wire.message.DeleteTopicsResponse;
import io.millrace.wire.message.DeleteTopicsResponse.DeletableTopicResult;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * DeleteTopics, key 20, versions 1 to 6: by name, from version 6 on also by id.
 *
 * <p>The answer comes when the deletion is durable and nobody can reach the records any more. The
 * timeout is not looked at.
 */
public final class DeleteTopicsHandler implements Handler<DeleteTopicsRequest> {

  private static final UUID NO_ID = new UUID(0, 0);

  private final Door door;

  public DeleteTopicsHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(DeleteTopicsRequest request, Exchange exchange) {
    DeleteTopicsResponse response = new DeleteTopicsResponse();
    List<CompletableFuture<?>> beingDeleted = new ArrayList<>();
    List<DeleteTopicState> all = wanted(request, exchange.version());
    Set<UUID> twice = namedTwice(all);
    Set<UUID> refused = new HashSet<>();
    for (DeleteTopicState wanted : all) {
      Topic known = find(wanted);
      if (known != null && twice.contains(known.id()) && !refused.add(known.id())) {
        continue; // answered once, as by Kafka
      }
      DeletableTopicResult result = new DeletableTopicResult();
      result.name = wanted.name;
      result.topicId = wanted.topicId;
      response.responses.add(result);
      try {
        Topic topic = topic(wanted);
        result.name = topic.name();
        result.topicId = topic.id();
        if (twice.contains(topic.id())) {
          throw Errors.refused(
              Refusal.Reason.INVALID_REQUEST, "the request names topic " + topic + " twice");
        }
        beingDeleted.add(
            door.broker()
                .topics()
                .delete(topic.id())
                .handle((deleted, failure) -> {
                  if (failure != null) {
                    refuse(result, Errors.refusal(failure, wanted.name != null));
                  }
                  return result;
                }));
      } catch (RefusedException e) {
        refuse(result, e.refusal());
      }
    }
    CompletableFuture.allOf(beingDeleted.toArray(CompletableFuture<?>[]::new))
        .whenComplete((nothing, failure) -> exchange.reply(response));
  }

  private static List<DeleteTopicState> wanted(DeleteTopicsRequest request, short version) {
    if (version >= 6) {
      return request.topics;
    }
    List<DeleteTopicState> byName = new ArrayList<>();
    for (String name : request.topicNames) {
      DeleteTopicState one = new DeleteTopicState();
      one.name = name;
      byName.add(one);
    }
    return byName;
  }

  private @Nullable Topic find(DeleteTopicState wanted) {
    return wanted.name == null
        ? door.broker().topics().find(wanted.topicId)
        : door.broker().topics().find(wanted.name);
  }

  /** Topics that are given more than once, by name or id: none of them is deleted. */
  private Set<UUID> namedTwice(List<DeleteTopicState> all) {
    Set<UUID> once = new HashSet<>();
    Set<UUID> twice = new HashSet<>();
    for (DeleteTopicState wanted : all) {
      Topic topic = find(wanted);
      if (topic != null && !once.add(topic.id())) {
        twice.add(topic.id());
      }
    }
    return twice;
  }

  private Topic topic(DeleteTopicState wanted) {
    boolean byId = !wanted.topicId.equals(NO_ID);
    if (byId == (wanted.name != null)) {
      throw Errors.refused(
          Refusal.Reason.INVALID_REQUEST,
          byId
              ? "a topic is named or given by its id, not both"
              : "neither a topic's name nor its id is given");
    }
    if (wanted.name == null) {
      Topic topic = door.broker().topics().find(wanted.topicId);
      if (topic == null) {
        throw Errors.refused(Refusal.Reason.UNKNOWN_TOPIC_ID, "there is no topic with this id");
      }
      return topic;
    }
    return Named.topic(door, wanted.name);
  }

  private static void refuse(DeletableTopicResult result, Refusal refusal) {
    result.errorCode = Errors.of(refusal.reason()).code();
    result.errorMessage = refusal.message();
  }
}
