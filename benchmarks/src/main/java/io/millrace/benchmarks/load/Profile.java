package io.millrace.benchmarks.load;

import io.millrace.benchmarks.figure.Table;
import io.millrace.benchmarks.process.Commands;
import io.millrace.benchmarks.process.Launched;
import io.millrace.benchmarks.process.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/**
 * Where a JVM's processor time goes between two moments: by the flight recorder's CPU-time samples,
 * which count native code and system calls under the Java frame that made them, and by perf, which
 * sees the kernel.
 */
public final class Profile {
  private static final String CPU_SAMPLE = "jdk.CPUTimeSample";
  private static final String NAME = "benchmarks";

  private final String pid;
  private final Path recording;
  private final Path perfData;
  private final @Nullable Launched perf;

  private Profile(long pid, WorkDirectory work) {
    this.pid = Long.toString(pid);
    this.recording = work.resolve("profile.jfr");
    this.perfData = work.resolve("perf.data");
    jcmd(
        "JFR.start",
        "name=" + NAME,
        "settings=profile",
        CPU_SAMPLE + "#enabled=true",
        CPU_SAMPLE + "#throttle=10ms");
    this.perf = perf(work.path());
  }

  /** Begins to record. */
  public static Profile begin(long pid, WorkDirectory work) {
    return new Profile(pid, work);
  }

  /**
   * Ends the recording.
   *
   * @return tables of the {@code top} frames, threads and symbols
   */
  public String end(int top) throws IOException {
    if (perf != null) {
      perf.stop();
    }
    jcmd("JFR.dump", "name=" + NAME, "filename=" + recording);
    jcmd("JFR.stop", "name=" + NAME);
    Map<String, Integer> frames = new HashMap<>();
    Map<String, Integer> threads = new HashMap<>();
    for (RecordedEvent event : RecordingFile.readAllEvents(recording)) {
      if (event.getEventType().getName().equals(CPU_SAMPLE) && event.getStackTrace() != null) {
        frames.merge(topFrame(event.getStackTrace().getFrames()), 1, Integer::sum);
        threads.merge(threadName(event), 1, Integer::sum);
      }
    }
    return table("top frame", frames, top)
        + "\n"
        + table("thread", threads, top)
        + "\n"
        + perfSymbols(top);
  }

  private @Nullable Launched perf(Path logs) {
    Optional<String> works =
        Commands.output(List.of("perf", "record", "-e", "cpu-clock", "-o", "/dev/null", "true"));
    return works.isEmpty()
        ? null
        : Launched.start(
            "perf",
            logs,
            List.of(
                "perf",
                "record",
                "-e",
                "cpu-clock",
                "-F",
                "199",
                "-p",
                pid,
                "-o",
                perfData.toString()),
            Map.of());
  }

  private String perfSymbols(int top) {
    if (perf == null || !Files.exists(perfData)) {
      return "perf does not work here.\n";
    }
    String report =
        Commands.output(
                List.of(
                    "perf",
                    "report",
                    "-i",
                    perfData.toString(),
                    "--stdio",
                    "--no-children",
                    "--sort",
                    "dso,symbol"))
            .orElse("perf report failed");
    List<String> lines =
        report
            .lines()
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .map(line -> line.replaceAll("[\\s-]+$", ""))
            .limit(top)
            .toList();
    return "perf, by file and symbol:\n\n```\n" + String.join("\n", lines) + "\n```\n";
  }

  private static String topFrame(List<RecordedFrame> frames) {
    if (frames.isEmpty()) {
      return "no Java frame";
    }
    RecordedMethod method = frames.getFirst().getMethod();
    return method.getType().getName() + "." + method.getName();
  }

  private static String threadName(RecordedEvent event) {
    RecordedThread thread = event.getThread("eventThread");
    return thread == null || thread.getJavaName() == null
        ? "not a Java thread"
        : thread.getJavaName();
  }

  private static Table table(String name, Map<String, Integer> counts, int top) {
    int all = counts.values().stream().mapToInt(Integer::intValue).sum();
    Table table = new Table(List.of(name, "share % of " + all + " samples"));
    counts.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .limit(top)
        .forEach(entry ->
            table.row(List.of(entry.getKey(), Table.number(entry.getValue() * 100.0 / all, 1))));
    return table;
  }

  private void jcmd(String... arguments) {
    List<String> command = new ArrayList<>(List.of(Commands.jdk("jcmd"), pid));
    command.addAll(List.of(arguments));
    if (Commands.output(command).isEmpty()) {
      throw new IllegalStateException("jcmd failed: " + String.join(" ", arguments));
    }
  }
}
