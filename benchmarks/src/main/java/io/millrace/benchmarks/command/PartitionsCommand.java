package io.millrace.benchmarks.command;

import io.millrace.benchmarks.load.Bench;
import io.millrace.benchmarks.load.ByteSize;
import io.millrace.benchmarks.load.Load;
import io.millrace.benchmarks.load.ProduceLoad;
import io.millrace.benchmarks.load.ProduceSettings;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code partitions}: the first gigabyte into a thousand new partitions. */
@Command(
    name = "partitions",
    mixinStandardHelpOptions = true,
    description = "The first GB into many fresh partitions, with the client's default batching.")
public final class PartitionsCommand extends ContestCommand {
  private static final int RECORD_BYTES = 1 << 10;
  private static final int BATCH_BYTES = 16 << 10;

  @Option(names = "--partitions", defaultValue = "1000", description = "Default: ${DEFAULT-VALUE}.")
  int partitions;

  @Option(
      names = "--total",
      paramLabel = "SIZE",
      defaultValue = "1g",
      description = "Payload of a run (default: ${DEFAULT-VALUE}).")
  String total = "1g";

  @Override
  List<Load> loads(Bench bench) {
    ProduceSettings settings =
        ProduceSettings.plain(RECORD_BYTES, partitions, BATCH_BYTES, ByteSize.parse(total));
    return List.of(new ProduceLoad(settings, bench.tools(), bench.payloads()));
  }
}
