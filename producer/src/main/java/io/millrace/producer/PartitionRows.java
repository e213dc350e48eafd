package io.millrace.producer;

import static io.millrace.producer.ProducerSetting.choice;
import static io.millrace.producer.ProducerSetting.flag;
import static io.millrace.producer.ProducerSetting.real;
import static io.millrace.producer.ProducerSetting.whole;

import java.util.List;

/** Settings of which partition a message goes to that names none. */
final class PartitionRows {

  /** The partitioners, the default first. */
  static final List<String> NAMES =
      List.of(
          "murmur2_random",
          "murmur2",
          "consistent_random",
          "consistent",
          "fnv1a_random",
          "fnv1a",
          "random",
          "round_robin",
          "sticky");

  static final List<ProducerSetting> ROWS =
      List.of(
          choice(
              "partitioner",
              "murmur2_random",
              "Chooses the partition of a message that names none; or an object that is a"
                  + " Partitioner. By a hash of the key: murmur2 is Kafka's, consistent (CRC-32)"
                  + " librdkafka's, fnv1a Sarama's. A message without a key goes where the hash of"
                  + " nothing points, with _random to partitions in turn as"
                  + " sticky.partitioning.linger.ms says; consistent_random has empty keys go there"
                  + " too, the others hash them. random: any, for each message. round_robin: the"
                  + " next, for each message, whatever its key. sticky: runs, whatever the key.",
              NAMES.toArray(new String[0])),
          real(
              "sticky.partitioning.linger.ms",
              "ms",
              0,
              900_000,
              "10",
              "How long messages without a key stay with one partition, so that batches fill; they"
                  + " leave it earlier once it has had a quarter of a batch, so that all partitions"
                  + " get the same. 0 chooses for each message, but with partitioner=sticky, where"
                  + " only the quarter counts then. Follows linger.ms, of which it is the double,"
                  + " unless set."),
          flag(
              "partitioner.ignore.keys",
              false,
              "Chooses as if messages had no key. Not for a Partitioner of the application's."),
          flag(
              "partitioner.adaptive.partitioning.enable",
              true,
              "Gives messages without a key less often to a partition whose queue is much longer"
                  + " than the shortest."),
          flag(
                  "partitioner.rack.aware",
                  false,
                  "Prefers partitions whose leader is in the client's rack; here racks count for"
                      + " nothing.")
              .withoutMeaning(),
          whole(
                  "partitioner.availability.timeout.ms",
                  "ms",
                  0,
                  Integer.MAX_VALUE,
                  0,
                  "Messages without a key go to partitions with a leader wherever there is one,"
                      + " at once.")
              .withoutMeaning());

  private PartitionRows() {}
}
