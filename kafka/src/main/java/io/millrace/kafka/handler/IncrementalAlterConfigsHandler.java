package io.millrace.kafka.handler;

import io.millrace.broker.Refusal;
import io.millrace.broker.Refusal.Reason;
import io.millrace.broker.setting.Setting;
import io.millrace.broker.setting.TopicTable;
import io.millrace.broker.topic.Topic;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.message.IncrementalAlterConfigsRequest;
import io.millrace.wire.message.IncrementalAlterConfigsRequest.AlterConfigsResource;
import io.millrace.wire.message.IncrementalAlterConfigsRequest.AlterableConfig;
import io.millrace.wire.message.IncrementalAlterConfigsResponse;
import io.millrace.wire.message.IncrementalAlterConfigsResponse.AlterConfigsResourceResponse;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * IncrementalAlterConfigs, key 44, versions 0 to 1 (KIP-339): sets and resets single settings of a
 * topic; appends to and subtracts from lists. A resource is changed as a whole or not at all. A
 * broker's settings are fixed at its start: deleting one is accepted, for none was set at run time,
 * and so are the rates of replication, which change nothing on one node. Groups have none.
 */
public final class IncrementalAlterConfigsHandler
    implements Handler<IncrementalAlterConfigsRequest> {

  private static final byte SET = 0;
  private static final byte DELETE = 1;
  private static final byte APPEND = 2;
  private static final byte SUBTRACT = 3;

  private static final Set<String> REPLICATION_RATES =
      Set.of(
          "leader.replication.throttled.rate",
          "follower.replication.throttled.rate",
          "replica.alter.log.dirs.io.max.bytes.per.second");

  private final Door door;

  public IncrementalAlterConfigsHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(IncrementalAlterConfigsRequest request, Exchange exchange) {
    IncrementalAlterConfigsResponse response = new IncrementalAlterConfigsResponse();
    SettingChanges changes =
        new SettingChanges(
            door,
            request.validateOnly,
            request.resources.stream().map(IncrementalAlterConfigsHandler::resource).toList());
    List<CompletableFuture<?>> beingChanged = new ArrayList<>();
    for (AlterConfigsResource wanted : request.resources) {
      AlterConfigsResourceResponse result = new AlterConfigsResourceResponse();
      result.resourceType = wanted.resourceType;
      result.resourceName = wanted.resourceName;
      result.errorMessage = null;
      response.responses.add(result);
      List<String> names =
          wanted.configs.stream()
              .filter(config -> !changesNothing(wanted, config))
              .map(config -> config.name)
              .toList();
      beingChanged.add(
          changes
              .change(resource(wanted), names, (topic, set) -> edited(wanted, topic, set))
              .handle((done, failure) -> {
                if (failure != null) {
                  Refusal refusal = Errors.refusal(failure, true);
                  result.errorCode = Errors.of(refusal.reason()).code();
                  result.errorMessage = refusal.message();
                }
                return result;
              }));
    }
    CompletableFuture.allOf(beingChanged.toArray(CompletableFuture<?>[]::new))
        .whenComplete((nothing, failure) -> exchange.reply(response));
  }

  /**
   * Of a broker: taking back what was never changed at run time, and the rates of a replication
   * that one node does not have. Kafka's reassignment tool sends both.
   */
  private static boolean changesNothing(AlterConfigsResource wanted, AlterableConfig config) {
    return ResourceType.of(wanted.resourceType) == ResourceType.BROKER
        && (config.configOperation == DELETE || REPLICATION_RATES.contains(config.name));
  }

  private static SettingChanges.Resource resource(AlterConfigsResource wanted) {
    return new SettingChanges.Resource(wanted.resourceType, wanted.resourceName);
  }

  private static Map<String, String> edited(
      AlterConfigsResource wanted, Topic topic, Map<String, String> set) {
    for (AlterableConfig config : wanted.configs) {
      String value = config.value;
      if (config.configOperation == DELETE) {
        requireKnown(config.name);
        set.remove(config.name);
        continue;
      }
      if (value == null) {
        throw Errors.refused(
            Reason.INVALID_REQUEST, config.name + " needs a value for this operation");
      }
      switch (config.configOperation) {
        case SET -> set.put(config.name, value);
        case APPEND -> set.put(config.name, joined(topic, config, value, true));
        case SUBTRACT -> set.put(config.name, joined(topic, config, value, false));
        default ->
            throw Errors.refused(
                Reason.INVALID_REQUEST, "there is no operation " + config.configOperation);
      }
    }
    return set;
  }

  private static Setting requireKnown(String name) {
    Setting row = TopicTable.TABLE.find(name);
    if (row == null) {
      throw Errors.refused(
          Reason.INVALID_SETTING, String.valueOf(TopicTable.TABLE.problem(name, "")));
    }
    return row;
  }

  /** The list that counts now, whoever set it, with or without some words. */
  private static String joined(Topic topic, AlterableConfig config, String words, boolean add) {
    Setting row = requireKnown(config.name);
    if (row.kind() != Setting.Kind.CHOICES) {
      throw Errors.refused(
          Reason.INVALID_SETTING,
          config.name + " is not a list: it cannot be appended to or subtracted from");
    }
    Set<String> list = new LinkedHashSet<>(topic.settings().effective().words(config.name));
    for (String word : Setting.split(words)) {
      if (add) {
        list.add(word);
      } else {
        list.remove(word);
      }
    }
    return String.join(",", list);
  }
}
