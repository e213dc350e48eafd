package io.millrace.broker.transaction;

import io.millrace.broker.setting.SettingValues;

/** What the broker's settings say of transactions. */
record TransactionLimits(int timeoutMsMax, long expirationMs, long bytesMax) {

  private static final int HEAP_SHARE = 32;

  static TransactionLimits of(SettingValues settings) {
    long bytes = settings.number("transactional.ids.max.bytes");
    return new TransactionLimits(
        settings.int32("transaction.max.timeout.ms"),
        settings.number("transactional.id.expiration.ms"),
        bytes == 0 ? Runtime.getRuntime().maxMemory() / HEAP_SHARE : bytes);
  }

  String fullMessage() {
    return "the transactional ids take all of the "
        + bytesMax
        + " bytes that they may, the limit transactional.ids.max.bytes, and none of them was idle"
        + " for 15 minutes: use fewer ids, or raise it";
  }
}
