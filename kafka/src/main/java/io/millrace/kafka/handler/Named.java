package io.millrace.kafka.handler;

import io.millrace.broker.Refusal.Reason;
import io.millrace.broker.RefusedException;
import io.millrace.broker.topic.Partition;
import io.millrace.broker.topic.Topic;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;

/** Topics and partitions that a request names, or the refusal that says what is wrong. */
final class Named {

  private Named() {}

  /**
   * @throws RefusedException if there is no such topic
   */
  static Topic topic(Door door, String name) {
    Topic topic = door.broker().topics().find(name);
    if (topic == null) {
      throw Errors.refused(Reason.UNKNOWN_TOPIC, "there is no topic " + name);
    }
    return topic;
  }

  /**
   * @throws RefusedException if there is no such partition
   */
  static Partition partition(Door door, String name, int index) {
    Topic topic = topic(door, name);
    Partition partition = topic.partition(index);
    if (partition == null) {
      throw Errors.refused(
          Reason.UNKNOWN_TOPIC,
          "topic "
              + name
              + " has no partition "
              + index
              + ", only 0 to "
              + (topic.partitionCount() - 1));
    }
    return partition;
  }
}
