package io.millrace.benchmarks.load;

import io.millrace.benchmarks.figure.Metric;

/** The metrics that several loads share. A GB is 10^9 bytes of record payload. */
public final class Figures {
  /** The broker's process tree while the client ran. */
  public static final Metric BROKER_CPU = new Metric("broker CPU s/GB", 2);

  /** The same until the broker has come to rest after the client: work put off is work too. */
  public static final Metric BROKER_CPU_RESTED = new Metric("broker CPU s/GB, at rest", 2);

  /** The client's process. */
  public static final Metric CLIENT_CPU = new Metric("client CPU s/GB", 2);

  /** Everything that ran on the machine while the client ran. */
  public static final Metric MACHINE_CPU = new Metric("machine CPU s/GB", 2);

  /** The same until the broker rests and all it wrote is on the disk. */
  public static final Metric MACHINE_CPU_SYNCED = new Metric("machine CPU s/GB, synced", 2);

  /** As the tool prints it. */
  public static final Metric RATE = new Metric("MiB/s", 0);

  /** As the tool prints it. */
  public static final Metric RECORDS = new Metric("records/s", 0);

  /** From send to ack, as the tool prints it. */
  public static final Metric P50 = new Metric("p50 ms", 0);

  /** From send to ack, as the tool prints it. */
  public static final Metric P99 = new Metric("p99 ms", 0);

  /** From send to ack, as the tool prints it. */
  public static final Metric MAX = new Metric("max ms", 0);

  /** How many cores the client kept busy: near one, and it may be the limit. */
  public static final Metric CLIENT_CORES = new Metric("client cores", 2);

  /** Growth of the data directory over bytes of payload. */
  public static final Metric DISK = new Metric("disk bytes per payload byte", 2);

  private static final double GIGABYTE = 1e9;

  private Figures() {}

  static double perGigabyte(double seconds, long bytes) {
    return seconds / (bytes / GIGABYTE);
  }
}
