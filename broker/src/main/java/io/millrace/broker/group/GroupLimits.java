package io.millrace.broker.group;

import io.millrace.broker.setting.SettingValues;

/** What the broker's settings say of groups. */
record GroupLimits(
    long initialDelayMs,
    long sessionTimeoutMsMin,
    long sessionTimeoutMsMax,
    int membersMax,
    int protocolsMax,
    int memberBytesMax,
    int groupBytesMax,
    long allBytesMax,
    int metadataBytesMax,
    long offsetsRetentionMs) {

  private static final int HEAP_SHARE = 8;

  static GroupLimits of(SettingValues settings) {
    return new GroupLimits(
        settings.number("group.initial.rebalance.delay.ms"),
        settings.number("group.min.session.timeout.ms"),
        settings.number("group.max.session.timeout.ms"),
        settings.int32("group.max.size"),
        settings.int32("group.member.max.protocols"),
        settings.int32("group.member.max.bytes"),
        settings.int32("group.max.bytes"),
        allBytesMax(settings.number("groups.max.bytes")),
        settings.int32("offset.metadata.max.bytes"),
        settings.number("offsets.retention.minutes") * 60_000);
  }

  String allFullMessage() {
    return "the groups take all of the "
        + allBytesMax
        + " bytes that they may, the limit groups.max.bytes: delete groups that are not used, or"
        + " raise it";
  }

  private static long allBytesMax(long set) {
    return set == 0 ? Runtime.getRuntime().maxMemory() / HEAP_SHARE : set;
  }
}
