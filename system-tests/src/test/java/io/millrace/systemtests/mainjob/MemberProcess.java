package io.millrace.systemtests.mainjob;

import io.millrace.systemtests.process.BrokerProcess;
import io.millrace.systemtests.process.ChildProcesses;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A {@link GroupMember} seen from outside: what it was assigned, what it read. */
final class MemberProcess implements AutoCloseable {

  private static final long STOP_MS = 20_000;

  private final String name;
  private final Process process;
  private final Thread reader;
  private final List<Reading> readings = new ArrayList<>();
  private volatile Set<Integer> assigned = Set.of();
  private volatile int count;

  /**
   * A record that was read.
   *
   * @param clock of the machine, monotonic, ns
   */
  record Reading(String member, long clock, int partition, long offset, String key, String value) {}

  private MemberProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    this.reader = new Thread(this::readOutput, "output of " + name);
    reader.setDaemon(true);
    reader.start();
  }

  static MemberProcess start(
      String name, String bootstrap, String group, String topic, long sessionTimeoutMs)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            BrokerProcess.java(),
            "-Xmx96m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dmillrace.log=error",
            "-cp",
            System.getProperty("java.class.path"),
            GroupMember.class.getName(),
            bootstrap,
            group,
            topic,
            Long.toString(sessionTimeoutMs));
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    return new MemberProcess(name, ChildProcesses.start(builder));
  }

  private void readOutput() {
    try (BufferedReader lines = process.inputReader(AccessLog.BYTES)) {
      for (String line; (line = lines.readLine()) != null; ) {
        take(line);
      }
    } catch (IOException e) {
      // It was killed: what it did not finish to say, it did not read.
    }
  }

  private void take(String line) {
    String[] words = line.split("\t", 7);
    if (words[0].equals("assigned") && words.length == 3) {
      assigned =
          words[2].isEmpty()
              ? Set.of()
              : Arrays.stream(words[2].split(","))
                  .map(Integer::valueOf)
                  .collect(Collectors.toCollection(TreeSet::new));
    } else if (words[0].equals("record")
        && words.length == 7
        && words[6].length() == Integer.parseInt(words[5])) {
      // A member that is killed may leave half a line, which is not taken.
      Reading reading =
          new Reading(
              name,
              Long.parseLong(words[1]),
              Integer.parseInt(words[2]),
              Long.parseLong(words[3]),
              words[4],
              words[6]);
      synchronized (readings) {
        readings.add(reading);
        count = readings.size();
      }
    }
  }

  String name() {
    return name;
  }

  Set<Integer> assigned() {
    return assigned;
  }

  int count() {
    return count;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  List<Reading> readings() {
    synchronized (readings) {
      return List.copyOf(readings);
    }
  }

  /** Kills it as {@code kill -9} does. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
    reader.join();
  }

  /** Has it leave its group and end. */
  void stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(STOP_MS, TimeUnit.MILLISECONDS)) {
      kill();
    }
    reader.join();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
