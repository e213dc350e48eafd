package io.millrace.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.wire.message.MetadataResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** What becomes of messages that waited for their topic, when its partitions become known. */
class WaitingMessagesTest {

  private static final Partitioner BY_KEY =
      (topic, key, value, headers, partitions, available) -> {
        String text = new String(key == null ? new byte[0] : key, UTF_8);
        if (text.equals("throws")) {
          throw new IllegalStateException("no such region");
        }
        if (text.equals("fails")) {
          throw new AssertionError("never");
        }
        return Integer.parseInt(text);
      };

  @Test
  void eachIsQueuedOrReportedWhateverThePartitionerDoes() throws IOException, InterruptedException {
    ProducerSettings settings =
        ProducerTable.read(Map.of("bootstrap.servers", "127.0.0.1:1", "partitioner", BY_KEY));
    List<String> reported = new ArrayList<>();
    Room room = new Room(100, 1 << 20);
    ReportQueue reports =
        new ReportQueue(
            room,
            report -> {
              ProducerError error = report.error();
              reported.add(
                  report.opaque() + " " + (error == null ? "delivered" : error.toString()));
            },
            false,
            thrown -> reported.add("threw " + thrown));
    ConcurrentHashMap<String, TopicQueues> topics = new ConcurrentHashMap<>();
    IoLoop loop =
        new IoLoop(
            settings,
            topics,
            reports,
            new FatalState(),
            new BufferPool(1 << 20),
            new Onlookers(
                new Metrics("c", new Sampled.Span(30_000, 2), room, Clock.SYSTEM),
                new Notices(reports, new ProducerListeners(), java.util.Set.of(), 6)),
            Clock.SYSTEM);
    TopicQueues topic = new TopicQueues("t", settings.partitioning().forTopic("t"), 0);
    topics.put("t", topic);
    for (String key : List.of("1", "throws", "7", "fails", "-1", "1", "0")) {
      assertThat(room.take(key.length())).isTrue();
      TopicQueues.Parked waits =
          topic.park(
              new TopicQueues.Unassigned(
                  -1,
                  0,
                  key.getBytes(UTF_8),
                  null,
                  null,
                  key.length(),
                  null,
                  key,
                  MessageBatch.NO_DEADLINE,
                  System.nanoTime()));
      assertThat(waits).isEqualTo(TopicQueues.Parked.WAITS);
    }

    loop.located(topic, twoPartitions(), System.nanoTime());

    assertThat(topic.waitingMessages()).isZero();
    assertThat(topic.partitions).extracting(PartitionQueue::messages).containsExactly(1, 2);
    while (reports.serve(Integer.MAX_VALUE, 0) > 0) {}
    String broken = "the partitioner of t (" + BY_KEY.getClass().getName() + ") threw ";
    assertThat(reported)
        .containsExactly(
            "throws _APPLICATION (-143): "
                + broken
                + "java.lang.IllegalStateException: no such region",
            "7 _UNKNOWN_PARTITION (-190): t has no partition 7: it has 2 partitions, 0 to 1",
            "fails _APPLICATION (-143): " + broken + "java.lang.AssertionError: never",
            "-1 _UNKNOWN_PARTITION (-190): t has no partition -1: it has 2 partitions, 0 to 1");
    assertThat(room.messages()).isEqualTo(3);
    loop.end();
    loop.run();
  }

  private static MetadataResponse.MetadataResponseTopic twoPartitions() {
    MetadataResponse.MetadataResponseTopic found = new MetadataResponse.MetadataResponseTopic();
    found.name = "t";
    found.partitions = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      MetadataResponse.MetadataResponsePartition one =
          new MetadataResponse.MetadataResponsePartition();
      one.partitionIndex = i;
      one.leaderId = 1;
      one.leaderEpoch = 0;
      found.partitions.add(one);
    }
    return found;
  }
}
