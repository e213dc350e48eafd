package io.millrace.kafka.handler;

import io.millrace.broker.topic.Topic;
import io.millrace.kafka.Door;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.ListConfigResourcesRequest;
import io.millrace.wire.message.ListConfigResourcesResponse;
import io.millrace.wire.message.ListConfigResourcesResponse.ConfigResource;
import java.util.EnumSet;
import java.util.Set;

/**
 * ListConfigResources, key 74, versions 0 to 1 (KIP-1142): what settings may belong to. Version 0
 * asks for client metrics only, of which there are none; neither are there broker loggers, nor
 * groups with settings of their own.
 */
public final class ListConfigResourcesHandler implements Handler<ListConfigResourcesRequest> {

  private final Door door;

  public ListConfigResourcesHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(ListConfigResourcesRequest request, Exchange exchange) {
    ListConfigResourcesResponse response = new ListConfigResourcesResponse();
    Set<ResourceType> wanted =
        exchange.version() == 0
            ? EnumSet.of(ResourceType.CLIENT_METRICS)
            : EnumSet.noneOf(ResourceType.class);
    for (byte code : request.resourceTypes) {
      ResourceType type = ResourceType.of(code);
      if (type == null) {
        response.errorCode = ErrorCode.UNSUPPORTED_VERSION.code();
        exchange.reply(response);
        return;
      }
      wanted.add(type);
    }
    boolean all = wanted.isEmpty();
    if (all || wanted.contains(ResourceType.TOPIC)) {
      for (Topic topic : door.broker().topics().all()) {
        response.configResources.add(resource(ResourceType.TOPIC, topic.name()));
      }
    }
    if (all || wanted.contains(ResourceType.BROKER)) {
      response.configResources.add(
          resource(ResourceType.BROKER, Integer.toString(door.node().id())));
    }
    exchange.reply(response);
  }

  private static ConfigResource resource(ResourceType type, String name) {
    ConfigResource resource = new ConfigResource();
    resource.resourceType = type.code();
    resource.resourceName = name;
    return resource;
  }
}
