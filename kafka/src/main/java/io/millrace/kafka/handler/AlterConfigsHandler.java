package io.millrace.kafka.handler;

import io.millrace.broker.Refusal;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.message.AlterConfigsRequest;
import io.millrace.wire.message.AlterConfigsRequest.AlterConfigsResource;
import io.millrace.wire.message.AlterConfigsRequest.AlterableConfig;
import io.millrace.wire.message.AlterConfigsResponse;
import io.millrace.wire.message.AlterConfigsResponse.AlterConfigsResourceResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * AlterConfigs, key 33, versions 0 to 2: everything that a topic sets, at once; what is not named
 * goes back to its default. A broker's settings are fixed at its start, and groups have none.
 */
public final class AlterConfigsHandler implements Handler<AlterConfigsRequest> {

  private final Door door;

  public AlterConfigsHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(AlterConfigsRequest request, Exchange exchange) {
    AlterConfigsResponse response = new AlterConfigsResponse();
    SettingChanges changes =
        new SettingChanges(
            door,
            request.validateOnly,
            request.resources.stream().map(AlterConfigsHandler::resource).toList());
    List<CompletableFuture<?>> beingChanged = new ArrayList<>();
    for (AlterConfigsResource wanted : request.resources) {
      AlterConfigsResourceResponse result = new AlterConfigsResourceResponse();
      result.resourceType = wanted.resourceType;
      result.resourceName = wanted.resourceName;
      result.errorMessage = null;
      response.responses.add(result);
      List<String> names = wanted.configs.stream().map(config -> config.name).toList();
      beingChanged.add(
          changes
              .change(resource(wanted), names, (topic, set) -> settings(wanted))
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

  private static SettingChanges.Resource resource(AlterConfigsResource wanted) {
    return new SettingChanges.Resource(wanted.resourceType, wanted.resourceName);
  }

  private static Map<String, String> settings(AlterConfigsResource wanted) {
    Map<String, String> settings = new TreeMap<>();
    for (AlterableConfig config : wanted.configs) {
      String value = config.value;
      if (value == null) {
        throw Errors.refused(
            Refusal.Reason.INVALID_REQUEST,
            config.name + " needs a value; leave it out to reset it");
      }
      settings.put(config.name, value);
    }
    return settings;
  }
}
