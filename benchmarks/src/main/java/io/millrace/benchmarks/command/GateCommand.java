package io.millrace.benchmarks.command;

import io.millrace.benchmarks.figure.Metric;
import io.millrace.benchmarks.load.Bench;
import io.millrace.benchmarks.load.ByteSize;
import io.millrace.benchmarks.load.Figures;
import io.millrace.benchmarks.load.Load;
import io.millrace.benchmarks.load.ProduceLoad;
import io.millrace.benchmarks.load.ProduceSettings;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code gate}: the matrix of partitions and batch sizes that a change of the produce path must
 * pass.
 */
@Command(
    name = "gate",
    mixinStandardHelpOptions = true,
    description = "1 KiB records with acks=all: 1, 12 and 1000 partitions, 16 and 64 KiB batches.")
public final class GateCommand extends ContestCommand {
  private static final int RECORD_BYTES = 1 << 10;

  @Option(
      names = "--partitions",
      split = ",",
      defaultValue = "1,12,1000",
      description = "Default: ${DEFAULT-VALUE}.")
  List<Integer> partitions = List.of();

  @Option(
      names = "--batch",
      split = ",",
      defaultValue = "16k,64k",
      description = "Batch sizes (default: ${DEFAULT-VALUE}).")
  List<String> batches = List.of();

  @Option(
      names = "--total",
      paramLabel = "SIZE",
      defaultValue = "1g",
      description = "Payload of a run (default: ${DEFAULT-VALUE}).")
  String total = "1g";

  @Override
  List<Load> loads(Bench bench) {
    List<Load> loads = new ArrayList<>();
    for (int count : partitions) {
      for (String batch : batches) {
        ProduceSettings settings =
            ProduceSettings.plain(
                RECORD_BYTES, count, Math.toIntExact(ByteSize.parse(batch)), ByteSize.parse(total));
        loads.add(new ProduceLoad(settings, bench.tools(), bench.payloads()));
      }
    }
    return loads;
  }

  @Override
  List<Metric> overview() {
    return List.of(
        Figures.BROKER_CPU,
        Figures.BROKER_CPU_RESTED,
        Figures.RATE,
        Figures.P99,
        Figures.MACHINE_CPU_SYNCED);
  }
}
