package io.millrace.broker.group;

import io.millrace.broker.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a sync.
 *
 * @param refusal why not; null if there is an assignment
 */
public record Synced(
    @Nullable Refusal refusal,
    @Nullable String protocolType,
    @Nullable String protocolName,
    byte[] assignment) {

  static Synced refused(Refusal refusal) {
    return new Synced(refusal, null, null, new byte[0]);
  }

  static Synced refused(Refusal.Reason reason, String message) {
    return refused(Refusal.of(reason, message));
  }
}
