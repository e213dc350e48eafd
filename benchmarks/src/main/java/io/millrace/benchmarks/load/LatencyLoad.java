package io.millrace.benchmarks.load;

import io.millrace.benchmarks.client.OneAtATime;
import io.millrace.benchmarks.figure.Metric;
import io.millrace.benchmarks.figure.Sample;
import io.millrace.benchmarks.tool.EndToEndLatency;
import io.millrace.benchmarks.tool.KafkaTools;
import java.util.List;

/**
 * One record at a time with {@code acks=all}: by Kafka's {@code EndToEndLatency}, then by {@link
 * OneAtATime}, which tells microseconds apart. Both compare each record that arrives with the one
 * sent.
 */
public final class LatencyLoad implements Load {
  private static final Metric ACK_P50 = new Metric("ack p50 ms", 3);
  private static final Metric ACK_P99 = new Metric("ack p99 ms", 3);
  private static final Metric ACK_MAX = new Metric("ack max ms", 1);
  private static final Metric DELIVERY_P50 = new Metric("delivery p50 ms", 3);
  private static final Metric DELIVERY_P99 = new Metric("delivery p99 ms", 3);
  private static final Metric TOOL_AVERAGE = new Metric("EndToEndLatency average ms", 3);
  private static final Metric TOOL_P50 = new Metric("EndToEndLatency p50 ms, cut", 0);
  private static final Metric TOOL_P99 = new Metric("EndToEndLatency p99 ms, cut", 0);
  private static final Metric TOOL_P999 = new Metric("EndToEndLatency p99.9 ms, cut", 0);
  private static final Metric CPU = new Metric("broker CPU ms a thousand records", 1);

  private final int recordBytes;
  private final long records;
  private final KafkaTools tools;
  private final Payloads payloads;

  public LatencyLoad(int recordBytes, long records, KafkaTools tools, Payloads payloads) {
    this.recordBytes = recordBytes;
    this.records = records;
    this.tools = tools;
    this.payloads = payloads;
  }

  @Override
  public String title() {
    return "one record of "
        + recordBytes
        + " B at a time, acks=all, one partition, "
        + records
        + " times";
  }

  @Override
  public List<String> settings() {
    return List.of(
        KafkaTools.settings() + " org.apache.kafka.tools." + EndToEndLatency.NAME,
        String.join(" ", EndToEndLatency.arguments("BROKER", "TOPIC", records, recordBytes)),
        KafkaTools.settings() + " " + OneAtATime.class.getName(),
        "acks=all linger.ms=0, fetch.max.wait.ms=500; half as many records to warm up, then acks, then deliveries");
  }

  @Override
  public long bytes() {
    return records * recordBytes * 10;
  }

  @Override
  public Sample run(Turn turn) {
    String toolTopic = turn.name() + "-tool";
    String ownTopic = turn.name() + "-own";
    Topics.create(turn.bootstrap(), toolTopic, 1);
    Topics.create(turn.bootstrap(), ownTopic, 1);
    Window<EndToEndLatency.Figures> tool =
        Window.over(turn, () -> endToEnd(turn.bootstrap(), toolTopic));
    Window<OneAtATime.Figures> own =
        Window.over(turn, () -> oneAtATime(turn.bootstrap(), ownTopic));
    OneAtATime.Figures figures = own.result();
    return new Sample()
        .put(ACK_P50, figures.ack().p50())
        .put(ACK_P99, figures.ack().p99())
        .put(ACK_MAX, figures.ack().max())
        .put(DELIVERY_P50, figures.delivery().p50())
        .put(DELIVERY_P99, figures.delivery().p99())
        .put(TOOL_AVERAGE, tool.result().average())
        .put(TOOL_P50, tool.result().p50())
        .put(TOOL_P99, tool.result().p99())
        .put(TOOL_P999, tool.result().p999())
        .put(CPU, (tool.running().broker() + own.running().broker()) * 1e6 / (records * 4))
        .foreign(Math.max(tool.running().foreignShare(), own.running().foreignShare()));
  }

  private EndToEndLatency.Figures endToEnd(String bootstrap, String topic) {
    return EndToEndLatency.parse(
        tools.run(
            EndToEndLatency.NAME,
            EndToEndLatency.arguments(bootstrap, topic, records, recordBytes)));
  }

  private OneAtATime.Figures oneAtATime(String bootstrap, String topic) {
    return OneAtATime.parse(
        tools.runOwn(
            OneAtATime.class,
            OneAtATime.arguments(bootstrap, topic, records, payloads.file(recordBytes))));
  }
}
