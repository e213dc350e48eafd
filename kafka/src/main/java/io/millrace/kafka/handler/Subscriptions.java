package io.millrace.kafka.handler;

import io.millrace.broker.group.GroupView;
import io.millrace.wire.WireException;
import io.millrace.wire.WireReader;
import io.millrace.wire.message.ConsumerProtocolSubscription;
import java.nio.ByteBuffer;
import java.util.List;

/** What the members of a group say they read: the contract that Kafka's consumers share. */
final class Subscriptions {

  private static final String CONSUMER = "consumer";

  private Subscriptions() {}

  /** Whether the members of a group are consumers, so that their subscriptions can be read. */
  static boolean isOfConsumers(GroupView group) {
    return group.protocolType().equals(CONSUMER);
  }

  /**
   * Whether any member reads a topic; also when a member's subscription cannot be read, for then it
   * may.
   */
  static boolean isSubscribed(GroupView group, String topic) {
    for (GroupView.MemberView member : group.members()) {
      List<String> topics;
      try {
        topics = topics(member.metadata());
      } catch (WireException e) {
        return true;
      }
      if (topics.contains(topic)) {
        return true;
      }
    }
    return false;
  }

  /** The topics that a member is subscribed to; a later version is read as the latest known. */
  private static List<String> topics(byte[] metadata) {
    WireReader in = new WireReader(ByteBuffer.wrap(metadata));
    short version = in.readInt16();
    short readAs =
        version < 0
            ? ConsumerProtocolSubscription.LOWEST_VERSION
            : (short) Math.min(version, ConsumerProtocolSubscription.HIGHEST_VERSION);
    return ConsumerProtocolSubscription.read(in, readAs).topics;
  }
}
