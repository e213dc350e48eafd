package io.millrace.benchmarks.load;

import io.millrace.benchmarks.figure.Sample;
import io.millrace.benchmarks.process.Commands;
import io.millrace.benchmarks.tool.KafkaTools;
import io.millrace.benchmarks.tool.ProducerPerformance;
import java.util.List;

/** One {@code ProducerPerformance} at full speed into a topic of its own. */
public final class ProduceLoad implements Load {
  private final ProduceSettings settings;
  private final KafkaTools tools;
  private final Payloads payloads;

  public ProduceLoad(ProduceSettings settings, KafkaTools tools, Payloads payloads) {
    this.settings = settings;
    this.tools = tools;
    this.payloads = payloads;
  }

  @Override
  public String title() {
    return settings.title();
  }

  @Override
  public List<String> settings() {
    return List.of(
        KafkaTools.settings() + " org.apache.kafka.tools." + ProducerPerformance.NAME,
        "--num-records "
            + settings.records()
            + " --throughput -1 --payload-file PAYLOADS --command-property "
            + String.join(" ", settings.properties()));
  }

  @Override
  public long bytes() {
    return settings.bytes();
  }

  @Override
  public Sample run(Turn turn) {
    String topic = turn.name();
    Topics.create(turn.bootstrap(), topic, settings.partitions());
    long before = Commands.bytesOnDisk(turn.data());
    Window<ProducerPerformance.Figures> window =
        Window.over(turn, () -> produce(turn.bootstrap(), topic));
    long after = Commands.bytesOnDisk(turn.data());
    ProducerPerformance.Figures figures = window.result();
    verify(turn.bootstrap(), topic, figures.records(), after);
    long bytes = settings.bytes();
    return new Sample()
        .put(Figures.BROKER_CPU, Figures.perGigabyte(window.running().broker(), bytes))
        .put(Figures.BROKER_CPU_RESTED, Figures.perGigabyte(window.rested().broker(), bytes))
        .put(Figures.RATE, figures.mebibytesPerSecond())
        .put(Figures.RECORDS, figures.recordsPerSecond())
        .put(Figures.P50, figures.p50())
        .put(Figures.P99, figures.p99())
        .put(Figures.MAX, figures.max())
        .put(Figures.CLIENT_CPU, Figures.perGigabyte(window.running().client(), bytes))
        .put(Figures.CLIENT_CORES, window.running().client() / window.running().elapsed())
        .put(Figures.MACHINE_CPU, Figures.perGigabyte(window.running().machine(), bytes))
        .put(Figures.MACHINE_CPU_SYNCED, Figures.perGigabyte(window.rested().machine(), bytes))
        .put(Figures.DISK, (after - before) / (double) bytes)
        .foreign(window.running().foreignShare());
  }

  /** Produces without measuring. */
  ProducerPerformance.Figures produce(String bootstrap, String topic) {
    return ProducerPerformance.parse(
        tools.run(
            ProducerPerformance.NAME,
            ProducerPerformance.arguments(
                bootstrap,
                topic,
                settings.records(),
                payloads.file(settings.recordBytes()),
                settings.properties())));
  }

  private void verify(String bootstrap, String topic, long acknowledged, long onDisk) {
    if (acknowledged != settings.records()) {
      throw new IllegalStateException(
          "%s: %d records sent, %d acknowledged; --keep keeps the logs of both sides"
              .formatted(topic, settings.records(), acknowledged));
    }
    if (settings.compression().equals("none") && onDisk < settings.bytes()) {
      throw new IllegalStateException(
          "%s: %d bytes acknowledged, %d are on the disk"
              .formatted(topic, settings.bytes(), onDisk));
    }
    Readback.verify(
        bootstrap,
        topic,
        settings.partitions(),
        settings.records(),
        0,
        payloads.known(settings.recordBytes()));
  }
}
