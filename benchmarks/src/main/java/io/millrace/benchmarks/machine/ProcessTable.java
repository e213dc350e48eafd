package io.millrace.benchmarks.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** All processes of the machine at one moment. */
public final class ProcessTable {
  /** The parent of all kernel threads, and one itself. */
  private static final long KERNEL = 2;

  private final Map<Long, ProcessStat> processes;

  ProcessTable(List<ProcessStat> processes) {
    this.processes = new HashMap<>();
    processes.forEach(process -> this.processes.put(process.pid(), process));
  }

  /** Reads {@code /proc}. A process that ends meanwhile is left out. */
  public static ProcessTable read() {
    List<ProcessStat> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      entries.forEach(entry -> ProcessStat.read(entry).ifPresent(found::add));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new ProcessTable(found);
  }

  /** The process and everything that descends from it; empty if it is gone. */
  public List<ProcessStat> tree(long root) {
    List<ProcessStat> tree = new ArrayList<>();
    Deque<Long> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      long pid = open.remove();
      ProcessStat process = processes.get(pid);
      if (process == null) {
        continue;
      }
      tree.add(process);
      processes.values().stream()
          .filter(p -> p.parent() == pid)
          .map(ProcessStat::pid)
          .forEach(open::add);
    }
    return tree;
  }

  /** Processor seconds used so far by a process tree, ended and waited-for children included. */
  public double treeSeconds(long root) {
    return tree(root).stream().mapToDouble(ProcessStat::seconds).sum();
  }

  /**
   * Processor seconds used so far by each kernel thread, by process id: write-back is done by
   * these.
   */
  Map<Long, Double> kernelSeconds() {
    Map<Long, Double> kernel = new HashMap<>();
    for (ProcessStat process : processes.values()) {
      if (process.pid() == KERNEL || process.parent() == KERNEL) {
        kernel.put(process.pid(), process.seconds());
      }
    }
    return kernel;
  }

  ProcessStat get(long pid) {
    ProcessStat process = processes.get(pid);
    if (process == null) {
      throw new IllegalStateException("no process " + pid);
    }
    return process;
  }
}
