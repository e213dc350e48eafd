package io.millrace.kafka.handler;

import io.millrace.broker.setting.Setting;
import io.millrace.broker.setting.SettingValues;
import io.millrace.broker.topic.TopicSettings;
import org.jspecify.annotations.Nullable;

/** Who gave a setting its value, under the numbers of Kafka's protocol (KIP-226). */
enum SettingSource {
  /** The topic itself. */
  TOPIC(1),
  /** The broker's configuration at its start. */
  BROKER(4),
  /** Nobody. */
  DEFAULT(5);

  private final byte code;

  SettingSource(int code) {
    this.code = (byte) code;
  }

  byte code() {
    return code;
  }

  /** Who gave a topic's setting the value that counts. */
  static SettingSource of(Setting row, TopicSettings topic, SettingValues broker) {
    if (topic.set().containsKey(row.name())) {
      return TOPIC;
    }
    return isSet(row.brokerName(), broker) ? BROKER : DEFAULT;
  }

  /** Who gave a broker's setting its value. */
  static SettingSource of(Setting row, SettingValues broker) {
    return broker.isSet(row.name()) ? BROKER : DEFAULT;
  }

  static boolean isSet(@Nullable String name, SettingValues broker) {
    return name != null && broker.isSet(name);
  }
}
