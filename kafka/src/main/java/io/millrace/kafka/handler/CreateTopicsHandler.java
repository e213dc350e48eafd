package io.millrace.kafka.handler;

import io.millrace.broker.Refusal;
import io.millrace.broker.setting.Setting;
import io.millrace.broker.setting.SettingValues;
import io.millrace.broker.setting.TopicTable;
import io.millrace.broker.topic.NewTopic;
import io.millrace.broker.topic.TopicSettings;
import io.millrace.broker.topic.Topics;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.CreateTopicsRequest;
import io.millrace.wire.message.CreateTopicsResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * CreateTopics, key 19, versions 2 to 7.
 *
 * <p>Each topic is made or refused by itself. Replication factor 1, or -1 for the default, is what
 * one node can do; an assignment by hand may name this node only. The timeout is not looked at: the
 * answer comes when the topics exist.
 */
public final class CreateTopicsHandler implements Handler<CreateTopicsRequest> {

  private final Door door;

  public CreateTopicsHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(CreateTopicsRequest request, Exchange exchange) {
    CreateTopicsResponse response = new CreateTopicsResponse();
    Set<String> twice = namedTwice(request);
    List<CompletableFuture<?>> beingMade = new ArrayList<>();
    for (CreateTopicsRequest.CreatableTopic wanted : request.topics) {
      CreateTopicsResponse.CreatableTopicResult result =
          new CreateTopicsResponse.CreatableTopicResult();
      result.name = wanted.name;
      result.errorMessage = null;
      result.configs = null;
      response.topics.add(result);
      Refusal refusal = problem(wanted, twice);
      if (refusal != null) {
        refuse(result, refusal);
        continue;
      }
      beingMade.add(
          door.broker()
              .topics()
              .create(newTopic(wanted), request.validateOnly)
              .handle((made, failure) -> {
                if (failure == null) {
                  describe(result, made, door.broker().settings());
                } else {
                  refuse(result, Errors.refusal(failure));
                }
                return made;
              }));
    }
    CompletableFuture.allOf(beingMade.toArray(CompletableFuture<?>[]::new))
        .whenComplete((nothing, failure) -> exchange.reply(response));
  }

  private static Set<String> namedTwice(CreateTopicsRequest request) {
    Set<String> once = new HashSet<>();
    Set<String> twice = new HashSet<>();
    for (CreateTopicsRequest.CreatableTopic topic : request.topics) {
      if (!once.add(topic.name)) {
        twice.add(topic.name);
      }
    }
    return twice;
  }

  private @Nullable Refusal problem(CreateTopicsRequest.CreatableTopic wanted, Set<String> twice) {
    if (twice.contains(wanted.name)) {
      return Refusal.of(
          Refusal.Reason.INVALID_REQUEST, "the request names topic " + wanted.name + " twice");
    }
    for (CreateTopicsRequest.CreatableTopicConfig config : wanted.configs) {
      if (config.value == null) {
        return Refusal.of(
            Refusal.Reason.INVALID_SETTING,
            config.name + " needs a value; leave it out for the default");
      }
    }
    if (wanted.assignments.isEmpty()) {
      return null;
    }
    if (wanted.numPartitions != -1 || wanted.replicationFactor != -1) {
      return Refusal.of(
          Refusal.Reason.INVALID_REQUEST,
          "replicas are assigned by hand, so partitions and replication factor must both be -1");
    }
    Set<Integer> numbers = new HashSet<>();
    for (CreateTopicsRequest.CreatableReplicaAssignment one : wanted.assignments) {
      numbers.add(one.partitionIndex);
      if (one.brokerIds.length != 1 || one.brokerIds[0] != door.node().id()) {
        return Refusal.of(
            Refusal.Reason.INVALID_REPLICA_ASSIGNMENT,
            "partition "
                + one.partitionIndex
                + " can only be assigned to the one node there is, number "
                + door.node().id());
      }
    }
    for (int i = 0; i < wanted.assignments.size(); i++) {
      if (!numbers.contains(i)) {
        return Refusal.of(
            Refusal.Reason.INVALID_REPLICA_ASSIGNMENT,
            "assigned partitions must be numbered from 0 without gaps, and " + i + " is missing");
      }
    }
    return null;
  }

  private static NewTopic newTopic(CreateTopicsRequest.CreatableTopic wanted) {
    Map<String, String> settings = new HashMap<>();
    for (CreateTopicsRequest.CreatableTopicConfig config : wanted.configs) {
      if (config.value != null) {
        settings.put(config.name, config.value);
      }
    }
    return wanted.assignments.isEmpty()
        ? new NewTopic(wanted.name, wanted.numPartitions, wanted.replicationFactor, settings)
        : new NewTopic(wanted.name, wanted.assignments.size(), 1, settings);
  }

  private static void refuse(CreateTopicsResponse.CreatableTopicResult result, Refusal refusal) {
    ErrorCode code = Errors.of(refusal.reason());
    result.errorCode = code.code();
    result.errorMessage = refusal.message();
  }

  private static void describe(
      CreateTopicsResponse.CreatableTopicResult result,
      Topics.Description made,
      SettingValues broker) {
    result.topicId = made.id();
    result.numPartitions = made.partitions();
    result.replicationFactor = 1;
    TopicSettings settings = made.settings();
    List<CreateTopicsResponse.CreatableTopicConfigs> configs = new ArrayList<>();
    for (Setting row : TopicTable.TABLE.rows()) {
      CreateTopicsResponse.CreatableTopicConfigs config =
          new CreateTopicsResponse.CreatableTopicConfigs();
      config.name = row.name();
      config.value = settings.text(row.name());
      config.configSource = SettingSource.of(row, settings, broker).code();
      configs.add(config);
    }
    result.configs = configs;
  }
}
