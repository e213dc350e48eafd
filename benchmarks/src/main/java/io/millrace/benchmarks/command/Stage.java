package io.millrace.benchmarks.command;

import io.millrace.benchmarks.figure.Provenance;
import io.millrace.benchmarks.figure.Report;
import io.millrace.benchmarks.load.Bench;
import io.millrace.benchmarks.load.Payloads;
import io.millrace.benchmarks.machine.DiskSync;
import io.millrace.benchmarks.machine.Machine;
import io.millrace.benchmarks.peer.ApacheKafka;
import io.millrace.benchmarks.peer.Millrace;
import io.millrace.benchmarks.peer.Peer;
import io.millrace.benchmarks.peer.PeerOptions;
import io.millrace.benchmarks.process.WorkDirectory;
import io.millrace.benchmarks.tool.KafkaJars;
import io.millrace.benchmarks.tool.KafkaTools;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything that a subcommand needs, made from its options: the bench, both peers, and the report
 * at the end.
 */
final class Stage {
  private final RunOptions options;
  private final List<String> arguments;
  private final Bench bench;
  private final Peer a;
  private final Peer b;
  private final DiskSync before;

  Stage(SideOptions sides, RunOptions options, List<String> arguments) throws IOException {
    this.options = options;
    this.arguments = List.copyOf(arguments);
    Path parent =
        options.work == null ? Repository.benchmarks().resolve("target/work") : options.work;
    WorkDirectory work = WorkDirectory.create(parent, options.keep);
    KafkaJars jars = new KafkaJars(Repository.benchmarks().resolve("target/kafka"));
    KafkaTools tools =
        new KafkaTools(jars, work.resolve("clients"), Duration.ofMinutes(options.timeoutMinutes));
    bench =
        new Bench(
            work, jars, tools, new Payloads(Repository.accessLog(), work.resolve("payloads")));
    a =
        peer(
            sides.a,
            sides,
            new PeerOptions(
                sides.nameOfA(),
                sides.memoryOfA,
                sides.settingsOfA,
                sides.prefix,
                work.resolve("logs-a")));
    b =
        peer(
            sides.b,
            sides,
            new PeerOptions(
                sides.nameOfB(),
                sides.memoryOfB,
                sides.settingsOfB,
                sides.prefix,
                work.resolve("logs-b")));
    before = DiskSync.measure(work.path());
  }

  Bench bench() {
    return bench;
  }

  Peer a() {
    return a;
  }

  Peer b() {
    return b;
  }

  /**
   * Prints a report, and saves it if asked for.
   *
   * @param title of the subcommand
   * @param peers who took part
   * @param body what was measured
   */
  void report(String title, List<Peer> peers, String body) throws IOException {
    Provenance provenance =
        new Provenance(
            "benchmarks/run " + String.join(" ", arguments),
            Machine.describe(bench.work().path()),
            bench.payloads().origin(),
            peers.stream()
                .map(peer -> new Provenance.Side(peer.name(), peer.version(), peer.settings()))
                .toList(),
            before,
            DiskSync.measure(bench.work().path()));
    String text = "## " + title + "\n\n" + provenance.text(Repository.root()) + "\n" + body;
    Report report = new Report(shortened());
    report.print(text);
    if (options.save != null) {
      report.append(Repository.benchmarks().resolve("figures").resolve(options.save + ".md"), text);
    }
  }

  private Map<String, String> shortened() {
    Map<String, String> shortened = new LinkedHashMap<>();
    shortened.put(bench.work().path().toString(), "WORK");
    shortened.put(Repository.root().toString(), ".");
    shortened.put(System.getProperty("java.home"), "JDK");
    return shortened;
  }

  private Peer peer(PeerKind kind, SideOptions sides, PeerOptions peer) {
    return switch (kind) {
      case KAFKA -> new ApacheKafka(peer, bench.jars());
      case MILLRACE -> new Millrace(peer, launcher(sides));
    };
  }

  private static List<String> launcher(SideOptions sides) {
    return sides.millrace.isBlank()
        ? List.of(Repository.root().resolve("millrace").toString())
        : List.of(sides.millrace.trim().split("\\s+"));
  }
}
