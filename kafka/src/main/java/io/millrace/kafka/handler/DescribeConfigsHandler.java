package io.millrace.kafka.handler;

import io.millrace.broker.Refusal.Reason;
import io.millrace.broker.RefusedException;
import io.millrace.broker.setting.BrokerTable;
import io.millrace.broker.setting.Setting;
import io.millrace.broker.setting.SettingValues;
import io.millrace.broker.setting.TopicTable;
import io.millrace.broker.topic.TopicSettings;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.message.DescribeConfigsRequest;
import io.millrace.wire.message.DescribeConfigsRequest.DescribeConfigsResource;
import io.millrace.wire.message.DescribeConfigsResponse;
import io.millrace.wire.message.DescribeConfigsResponse.DescribeConfigsResourceResult;
import io.millrace.wire.message.DescribeConfigsResponse.DescribeConfigsResult;
import io.millrace.wire.message.DescribeConfigsResponse.DescribeConfigsSynonym;
import java.util.List;

/**
 * DescribeConfigs, key 32, versions 1 to 4.
 *
 * <p>Topics and this broker. The broker's settings come from its start and are read-only; what can
 * be changed for all brokers at once, the resource with an empty name, is nothing. Groups and
 * client metrics have no settings of their own; broker loggers are refused. A setting that has no
 * meaning here says so in its documentation.
 */
public final class DescribeConfigsHandler implements Handler<DescribeConfigsRequest> {

  private final Door door;

  public DescribeConfigsHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(DescribeConfigsRequest request, Exchange exchange) {
    DescribeConfigsResponse response = new DescribeConfigsResponse();
    for (DescribeConfigsResource resource : request.resources) {
      DescribeConfigsResult result = new DescribeConfigsResult();
      result.errorMessage = null;
      result.resourceType = resource.resourceType;
      result.resourceName = resource.resourceName;
      response.results.add(result);
      try {
        describe(request, resource, result);
      } catch (RefusedException e) {
        result.errorCode = Errors.of(e.refusal().reason()).code();
        result.errorMessage = e.refusal().message();
      }
    }
    exchange.reply(response);
  }

  private void describe(
      DescribeConfigsRequest request,
      DescribeConfigsResource resource,
      DescribeConfigsResult result) {
    ResourceType type = ResourceType.of(resource.resourceType);
    if (type == null) {
      throw Errors.refused(
          Reason.INVALID_REQUEST, "there is no resource type " + resource.resourceType);
    }
    switch (type) {
      case TOPIC -> topic(request, resource, result);
      case BROKER -> broker(request, resource, result);
      case BROKER_LOGGER ->
          throw Errors.refused(
              Reason.INVALID_REQUEST, "log levels are set at start, not through this protocol");
      case CLIENT_METRICS, GROUP -> {
        if (resource.resourceName.isEmpty()) {
          throw Errors.refused(Reason.INVALID_REQUEST, "the resource needs a name");
        }
      }
    }
  }

  /** Whether a setting is asked for: no list, like an empty one, asks for all. */
  private static boolean isWanted(DescribeConfigsResource resource, Setting row) {
    List<String> keys = resource.configurationKeys;
    return keys == null || keys.isEmpty() || keys.contains(row.name());
  }

  private static DescribeConfigsResourceResult entry(
      DescribeConfigsRequest request, Setting row, String value, SettingSource source) {
    DescribeConfigsResourceResult entry = new DescribeConfigsResourceResult();
    entry.name = row.name();
    entry.value = value;
    entry.configSource = source.code();
    entry.configType = typeCode(row);
    entry.documentation = request.includeDocumentation ? row.documentation() : null;
    return entry;
  }

  private static byte typeCode(Setting row) {
    return switch (row.kind()) {
      case FLAG -> 1;
      case TEXT, CHOICE -> 2;
      case INT -> 3;
      case LONG -> 5;
      case REAL -> 6;
      case CHOICES -> 7;
    };
  }

  private static DescribeConfigsSynonym synonym(String name, String value, SettingSource source) {
    DescribeConfigsSynonym synonym = new DescribeConfigsSynonym();
    synonym.name = name;
    synonym.value = value;
    synonym.source = source.code();
    return synonym;
  }

  // --- topics ---

  private void topic(
      DescribeConfigsRequest request,
      DescribeConfigsResource resource,
      DescribeConfigsResult result) {
    TopicSettings settings = Named.topic(door, resource.resourceName).settings();
    SettingValues broker = door.broker().settings();
    for (Setting row : TopicTable.TABLE.rows()) {
      if (isWanted(resource, row)) {
        SettingSource source = SettingSource.of(row, settings, broker);
        DescribeConfigsResourceResult entry =
            entry(request, row, settings.text(row.name()), source);
        if (request.includeSynonyms) {
          addSynonyms(entry, row, settings, source);
        }
        result.configs.add(entry);
      }
    }
  }

  /** Everybody who has a say, whoever counts first. */
  private void addSynonyms(
      DescribeConfigsResourceResult entry,
      Setting row,
      TopicSettings settings,
      SettingSource source) {
    SettingValues broker = door.broker().settings();
    String brokerName = row.brokerName() == null ? row.name() : row.brokerName();
    String value = settings.text(row.name());
    if (source == SettingSource.TOPIC) {
      entry.synonyms.add(synonym(row.name(), value, SettingSource.TOPIC));
    }
    if (SettingSource.isSet(row.brokerName(), broker)) {
      entry.synonyms.add(synonym(brokerName, broker.text(brokerName), SettingSource.BROKER));
    }
    // What is the default may depend on the topic's other settings.
    String byDefault = source == SettingSource.DEFAULT ? value : row.defaultText();
    entry.synonyms.add(synonym(brokerName, byDefault, SettingSource.DEFAULT));
  }

  // --- the broker ---

  private void broker(
      DescribeConfigsRequest request,
      DescribeConfigsResource resource,
      DescribeConfigsResult result) {
    if (resource.resourceName.isEmpty()) {
      return;
    }
    BrokerResource.requireThis(door, resource.resourceName);
    SettingValues broker = door.broker().settings();
    for (Setting row : BrokerTable.TABLE.rows()) {
      if (isWanted(resource, row)) {
        String value = broker.text(row.name());
        SettingSource source = SettingSource.of(row, broker);
        DescribeConfigsResourceResult entry = entry(request, row, value, source);
        entry.readOnly = true;
        if (request.includeSynonyms) {
          if (source == SettingSource.BROKER) {
            entry.synonyms.add(synonym(row.name(), value, source));
          }
          entry.synonyms.add(synonym(row.name(), row.defaultText(), SettingSource.DEFAULT));
        }
        result.configs.add(entry);
      }
    }
  }
}
