package io.millrace.kafka.handler;

import io.millrace.wire.ErrorCode;

/** Whether a client knows who leads (KIP-320). */
final class LeaderEpochs {

  private LeaderEpochs() {}

  /**
   * What to answer to a client that believes in an epoch.
   *
   * @param believed -1 for a client that does not say
   * @param now the partition's epoch
   */
  static ErrorCode check(int believed, int now) {
    if (believed < 0 || believed == now) {
      return ErrorCode.NONE;
    }
    return believed < now ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH;
  }
}
