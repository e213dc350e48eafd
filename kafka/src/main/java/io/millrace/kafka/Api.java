package io.millrace.kafka;

import io.millrace.wire.ApiKey;
import io.millrace.wire.Message;

/**
 * A row of the {@link ApiTable}: an API that is served.
 *
 * @param lowest lowest version served
 * @param highest highest version served
 */
record Api(ApiKey key, short lowest, short highest, Handler<Message> handler) {

  @SuppressWarnings("unchecked") // the key's request is what the handler takes
  static <Q extends Message> Api of(ApiKey key, int lowest, int highest, Handler<Q> handler) {
    return new Api(key, (short) lowest, (short) highest, (Handler<Message>) handler);
  }

  boolean serves(short version) {
    return version >= lowest && version <= highest;
  }
}
