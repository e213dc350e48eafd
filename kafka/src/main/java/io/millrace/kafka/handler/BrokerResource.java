package io.millrace.kafka.handler;

import io.millrace.broker.Refusal.Reason;
import io.millrace.broker.RefusedException;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;

/** A broker whose settings a request is about. */
final class BrokerResource {

  private BrokerResource() {}

  /**
   * @param name a broker's number, as text
   * @throws RefusedException if it is not this broker's
   */
  static void requireThis(Door door, String name) {
    if (!name.equals(Integer.toString(door.node().id()))) {
      throw Errors.refused(
          Reason.INVALID_REQUEST, "this is broker " + door.node().id() + ", not \"" + name + "\"");
    }
  }
}
