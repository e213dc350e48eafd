package io.millrace.broker;

import io.millrace.broker.group.ConsumerGroups;
import io.millrace.broker.topic.Topics;
import io.millrace.broker.transaction.ProducerIds;
import io.millrace.broker.transaction.TransactionCoordinator;
import io.millrace.shard.StateReader;
import java.nio.ByteBuffer;

/** What journal and snapshot hold of the broker's own state, for people who look into them. */
public final class StoredState {

  private StoredState() {}

  /** What a kind of state is called. */
  public static String name(int kind) {
    return switch (kind) {
      case Topics.KIND -> "topics";
      case ProducerIds.KIND -> "producer ids";
      case ConsumerGroups.KIND -> "groups";
      case TransactionCoordinator.KIND -> "transactions";
      default -> "kind " + kind;
    };
  }

  /**
   * What a piece of a snapshot says.
   *
   * @throws IllegalStateException if it is not what this version wrote
   */
  public static String text(int kind, ByteBuffer piece) {
    StateReader in = new StateReader(piece.duplicate());
    return switch (kind) {
      case Topics.KIND -> Topics.text(in);
      case ConsumerGroups.KIND -> ConsumerGroups.text(in);
      case TransactionCoordinator.KIND -> TransactionCoordinator.text(in);
      case ProducerIds.KIND -> "producer ids from " + in.varint();
      default -> name(kind) + " " + piece.remaining() + " bytes";
    };
  }
}
