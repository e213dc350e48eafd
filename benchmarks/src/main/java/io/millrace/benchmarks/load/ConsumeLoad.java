package io.millrace.benchmarks.load;

import io.millrace.benchmarks.figure.Metric;
import io.millrace.benchmarks.figure.Sample;
import io.millrace.benchmarks.tool.ConsumerPerformance;
import io.millrace.benchmarks.tool.KafkaTools;
import java.util.List;

/**
 * One {@code ConsumerPerformance} that reads a topic from beginning to end, with a new group each
 * time.
 */
public final class ConsumeLoad implements Load {
  private static final String TOPIC = "consumed";
  private static final Metric RATE = new Metric("MiB/s after the join", 0);
  private static final Metric JOIN = new Metric("join ms", 0);
  private static final double MEBIBYTE = 1 << 20;

  private final ProduceSettings filled;
  private final KafkaTools tools;
  private final ProduceLoad fill;

  /** Reads what a producer with these settings wrote. */
  public ConsumeLoad(ProduceSettings filled, KafkaTools tools, Payloads payloads) {
    this.filled = filled;
    this.tools = tools;
    this.fill = new ProduceLoad(filled, tools, payloads);
  }

  @Override
  public String title() {
    return "consume " + filled.title();
  }

  @Override
  public List<String> settings() {
    return List.of(
        KafkaTools.settings() + " org.apache.kafka.tools." + ConsumerPerformance.NAME,
        String.join(" ", ConsumerPerformance.arguments("BROKER", TOPIC, filled.records())));
  }

  @Override
  public long bytes() {
    return filled.bytes();
  }

  @Override
  public void prepare(Turn turn) {
    Topics.create(turn.bootstrap(), TOPIC, filled.partitions());
    fill.produce(turn.bootstrap(), TOPIC);
  }

  @Override
  public Sample run(Turn turn) {
    Window<ConsumerPerformance.Figures> window = Window.over(turn, () -> consume(turn.bootstrap()));
    ConsumerPerformance.Figures figures = window.result();
    long bytes = filled.bytes();
    if (figures.records() != filled.records()
        || Math.round(figures.mebibytes() * MEBIBYTE / bytes * 1e6) != 1_000_000) {
      throw new IllegalStateException(
          "%d records of %d bytes in all were written, %d of %.4f MiB read"
              .formatted(filled.records(), bytes, figures.records(), figures.mebibytes()));
    }
    return new Sample()
        .put(Figures.BROKER_CPU, Figures.perGigabyte(window.running().broker(), bytes))
        .put(RATE, figures.mebibytesPerSecond())
        .put(JOIN, figures.joinMs())
        .put(Figures.CLIENT_CPU, Figures.perGigabyte(window.running().client(), bytes))
        .put(Figures.CLIENT_CORES, window.running().client() / window.running().elapsed())
        .put(Figures.MACHINE_CPU, Figures.perGigabyte(window.running().machine(), bytes))
        .foreign(window.running().foreignShare());
  }

  private ConsumerPerformance.Figures consume(String bootstrap) {
    return ConsumerPerformance.parse(
        tools.run(
            ConsumerPerformance.NAME,
            ConsumerPerformance.arguments(bootstrap, TOPIC, filled.records())));
  }
}
