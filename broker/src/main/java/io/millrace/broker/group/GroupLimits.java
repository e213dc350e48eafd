package io.millrace.broker.group;

import io.millrace.broker.setting.SettingValues;

/** What the broker's settings say of groups. */
record GroupLimits(
    long initialDelayMs,
    long sessionTimeoutMsMin,
    long sessionTimeoutMsMax,
    int membersMax,
    int metadataBytesMax,
    long offsetsRetentionMs) {

  static GroupLimits of(SettingValues settings) {
    return new GroupLimits(
        settings.number("group.initial.rebalance.delay.ms"),
        settings.number("group.min.session.timeout.ms"),
        settings.number("group.max.session.timeout.ms"),
        settings.int32("group.max.size"),
        settings.int32("offset.metadata.max.bytes"),
        settings.number("offsets.retention.minutes") * 60_000);
  }
}
