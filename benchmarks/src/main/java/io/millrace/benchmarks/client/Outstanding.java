package io.millrace.benchmarks.client;

import io.millrace.producer.Producer;
import io.millrace.producer.QueueFullException;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Fills a producer's queue while its broker does not answer, and says what that takes: heap after a
 * full collection, and direct memory. In a process of its own; the broker is stopped meanwhile by
 * SIGSTOP, and goes on afterwards.
 *
 * <p>Arguments: bootstrap address, the broker's process, topic, whether the topic is known before
 * ({@code known} or {@code unknown}), messages at most, KiB at most, payload file. Prints {@link
 * RaceFigures}: how many were {@code accepted} until the queue was full, of how many {@code bytes},
 * {@code memory} they took beyond what there was before, {@code records} delivered in the end.
 */
public final class Outstanding {
  private static final Duration WAIT_MAX = Duration.ofMinutes(5);

  private Outstanding() {}

  /** Runs once. */
  public static void main(String[] args) throws IOException, InterruptedException {
    String topic = args[2];
    RacePayload payload = RacePayload.read(Path.of(args[6]));
    Map<String, String> settings = new HashMap<>();
    settings.put("bootstrap.servers", args[0]);
    settings.put("queue.buffering.max.messages", args[4]);
    settings.put("queue.buffering.max.kbytes", args[5]);
    settings.put("delivery.timeout.ms", "600000");
    settings.put("request.timeout.ms", "300000");
    AtomicLong delivered = new AtomicLong();
    AtomicLong failed = new AtomicLong();
    try (Producer producer =
        Producer.open(
            settings, report -> (report.isDelivered() ? delivered : failed).incrementAndGet())) {
      if (args[3].equals("known")) {
        producer.produce(topic, payload.key(0), payload.value(0));
        producer.flush(WAIT_MAX);
        delivered.set(0);
      }
      signal("STOP", args[1]);
      long before = memory();
      long accepted = 0;
      long bytes = 0;
      try {
        while (true) {
          int at = payload.next();
          // As an application would: what it hands over is its own.
          byte[] key = payload.key(at).clone();
          byte[] value = payload.value(at).clone();
          producer.produce(topic, key, value);
          accepted++;
          bytes += key.length + value.length;
        }
      } catch (QueueFullException full) {
        System.err.println(full.getMessage());
      }
      long memory = memory() - before;
      signal("CONT", args[1]);
      producer.flush(WAIT_MAX);
      System.out.println(
          new RaceFigures()
              .put("records", delivered.get())
              .put("failed", failed.get())
              .put("accepted", accepted)
              .put("bytes", bytes)
              .put("memory", memory));
    }
  }

  private static void signal(String name, String pid) throws IOException, InterruptedException {
    int status = new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().waitFor();
    if (status != 0) {
      throw new IllegalStateException("kill -" + name + " " + pid + " ended with " + status);
    }
  }

  /** Bytes of the heap after a full collection, and of direct buffers. */
  private static long memory() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least
        + ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
  }
}
