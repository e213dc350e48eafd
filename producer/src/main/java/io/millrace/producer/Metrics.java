package io.millrace.producer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a producer has done, counted as kafka-clients counts it. The loop counts, by request and by
 * batch, under a lock that readers take for a moment; nothing is counted by whoever produces, but
 * by one who waits for room or is refused.
 *
 * @see MetricRows
 */
final class Metrics {

  /** Of one topic. */
  static final class OfTopic {
    final Sampled sends;
    final Sampled bytes;
    final Sampled compression;
    @Nullable Sampled retries;
    @Nullable Sampled errors;

    /** How many partitions it has. */
    int partitions;

    /** Messages of each partition, and batches; null where nothing was sent. */
    @Nullable Recent[] recent = {};

    private OfTopic(Sampled.Span span) {
      sends = new Sampled(span);
      bytes = new Sampled(span);
      compression = new Sampled(span);
    }
  }

  /** Of one broker. */
  static final class OfNode {
    final Sampled requestBytes;
    final Sampled responseBytes;
    final Sampled latencyMs;

    private OfNode(Sampled.Span span) {
      requestBytes = new Sampled(span);
      responseBytes = new Sampled(span);
      latencyMs = new Sampled(span);
    }
  }

  /** A count of the time since the sample before this one began. */
  private static final class Recent {
    private long sample;
    private long now;
    private long before;

    private void roll(long sampleNow) {
      if (sampleNow != sample) {
        before = sampleNow == sample + 1 ? now : 0;
        now = 0;
        sample = sampleNow;
      }
    }

    void add(int amount, long sampleNow) {
      roll(sampleNow);
      now += amount;
    }

    long count(long sampleNow) {
      roll(sampleNow);
      return now + before;
    }
  }

  static final long NEVER = Long.MIN_VALUE;

  private final String clientId;
  private final Sampled.Span span;
  private final Room room;
  private final Clock clock;
  private final long beganMs;

  // Under the lock. Each value of sends is a produce request's records.
  final Sampled sends;
  final Sampled retries;
  final Sampled errors;
  final Sampled recordBytes;
  final Sampled batchBytes;
  final Sampled compression;
  final Sampled queueMs;
  final Sampled latencyMs;
  final Sampled throttleMs;
  final Sampled exhausted;
  final Sampled roomWaitNs;
  final Sampled connected;
  final Sampled disconnected;
  final Sampled admitted;
  final Sampled turnedAway;
  final Sampled readmittedMs;
  final Sampled readmissionsRefused;
  final Sampled requestBytes;
  final Sampled responseBytes;
  final Sampled transfers;
  final Sampled waitNs;
  final Sampled workNs;
  int requestsInFlight;
  int connections;
  private final Map<String, OfTopic> topics = new HashMap<>();
  private final Map<Integer, OfNode> nodes = new HashMap<>();
  private volatile int changes;
  private @Nullable ProducerError lastError;
  private final Seconds seconds = new Seconds();

  // By whoever produces; added to the sensors by whoever looks, and by the loop.
  private final LongAdder refused = new LongAdder();
  private final LongAdder waitedNanos = new LongAdder();
  final LongAdder flushNanos = new LongAdder();

  private volatile LongSupplier metadataNanos = () -> NEVER;

  Metrics(String clientId, Sampled.Span span, Room room, Clock clock) {
    this.clientId = clientId;
    this.span = span;
    this.room = room;
    this.clock = clock;
    this.beganMs = clock.millis();
    this.sends = new Sampled(span);
    this.retries = new Sampled(span);
    this.errors = new Sampled(span);
    this.recordBytes = new Sampled(span);
    this.batchBytes = new Sampled(span);
    this.compression = new Sampled(span);
    this.queueMs = new Sampled(span);
    this.latencyMs = new Sampled(span);
    this.throttleMs = new Sampled(span);
    this.exhausted = new Sampled(span);
    this.roomWaitNs = new Sampled(span);
    this.connected = new Sampled(span);
    this.disconnected = new Sampled(span);
    this.admitted = new Sampled(span);
    this.turnedAway = new Sampled(span);
    this.readmittedMs = new Sampled(span);
    this.readmissionsRefused = new Sampled(span);
    this.requestBytes = new Sampled(span);
    this.responseBytes = new Sampled(span);
    this.transfers = new Sampled(span);
    this.waitNs = new Sampled(span);
    this.workNs = new Sampled(span);
  }

  Room room() {
    return room;
  }

  /** Since when everything is counted, in ms since 1970. */
  long beganMs() {
    return beganMs;
  }

  String clientId() {
    return clientId;
  }

  private static long ms(long nanos) {
    return Math.floorDiv(nanos, 1_000_000L);
  }

  // --- by the loop ---

  /** Where it is seen when brokers and partitions were last told; any thread may ask. */
  void metadataFrom(LongSupplier nanos) {
    metadataNanos = nanos;
  }

  /** The sensors of a broker. */
  synchronized OfNode node(int nodeId) {
    OfNode known = nodes.get(nodeId);
    if (known == null) {
      known = new OfNode(span);
      nodes.put(nodeId, known);
      changed();
    }
    return known;
  }

  private OfTopic topic(String topic) {
    OfTopic known = topics.get(topic);
    if (known == null) {
      known = new OfTopic(span);
      topics.put(topic, known);
      changed();
    }
    return known;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // Under the lock.
  private void changed() {
    changes++;
  }

  /** Grows when a topic or a broker comes or goes. Any thread. */
  int changes() {
    return changes;
  }

  /** Only these topics are known any more. */
  synchronized void keepTopics(Set<String> known) {
    if (topics.size() > known.size() && topics.keySet().retainAll(known)) {
      changed();
    }
  }

  /** A produce request goes out. */
  synchronized void sent(List<MessageBatch> batches, long nowNanos) {
    long now = ms(nowNanos);
    long records = 0;
    for (MessageBatch batch : batches) {
      OfTopic topic = topic(batch.queue.topic.name);
      int count = batch.count();
      int bytes = batch.sentBytes();
      double ratio = (double) bytes / batch.sizeInBytes();
      records += count;
      topic.sends.add(count, now);
      countPartition(topic, batch.queue, count, now);
      topic.bytes.add(bytes, now);
      topic.compression.add(ratio, now);
      batchBytes.add(bytes, now);
      compression.add(ratio, now);
      recordBytes.add(batch.largestRecordBytes(), now);
      queueMs.add((nowNanos - batch.createdNanos) / 1e6, now);
      if (batch.attempts > 1) {
        retries.add(count, now);
        topic.retries = add(topic.retries, count, now);
      }
    }
    sends.add(records, now);
  }

  private void countPartition(OfTopic topic, PartitionQueue queue, int count, long now) {
    topic.partitions = queue.topic.partitions.length;
    if (queue.partition >= topic.recent.length) {
      topic.recent = Arrays.copyOf(topic.recent, Math.max(topic.partitions, queue.partition + 1));
    }
    Recent recent = topic.recent[queue.partition];
    if (recent == null) {
      recent = new Recent();
      topic.recent[queue.partition] = recent;
    }
    recent.add(count, Math.floorDiv(now, span.sampleMs()));
  }

  private Sampled add(@Nullable Sampled to, double value, long now) {
    Sampled sampled = to == null ? new Sampled(span) : to;
    sampled.add(value, now);
    return sampled;
  }

  /** A produce request is answered. */
  synchronized void answered(int nodeId, long sentNanos, int throttledMs, long nowNanos) {
    long now = ms(nowNanos);
    double took = (nowNanos - sentNanos) / 1e6;
    latencyMs.add(took, now);
    node(nodeId).latencyMs.add(took, now);
    throttleMs.add(throttledMs, now);
  }

  /** Messages are given up for good. */
  synchronized void failed(String topicName, int records, ProducerError why, long nowNanos) {
    long now = ms(nowNanos);
    OfTopic topic = topic(topicName);
    errors.add(records, now);
    topic.errors = add(topic.errors, records, now);
    lastError = why;
  }

  /** A request, of any kind, stands to be written. */
  synchronized void requested(OfNode node, long bytes, long nowNanos) {
    long now = ms(nowNanos);
    requestBytes.add(bytes, now);
    node.requestBytes.add(bytes, now);
    requestsInFlight++;
  }

  /** An answer has come. */
  synchronized void responded(OfNode node, long bytes, long nowNanos) {
    long now = ms(nowNanos);
    responseBytes.add(bytes, now);
    node.responseBytes.add(bytes, now);
    requestsInFlight--;
  }

  /** So many requests will not be answered. */
  synchronized void unanswered(int requests) {
    requestsInFlight -= requests;
  }

  /** Bytes went, or came, in one call. */
  synchronized void transferred(long nowNanos) {
    transfers.add(1, ms(nowNanos));
  }

  synchronized void connected(long nowNanos) {
    connections++;
    connected.add(1, ms(nowNanos));
  }

  synchronized void disconnected(long nowNanos) {
    connections--;
    disconnected.add(1, ms(nowNanos));
  }

  /** A connection can be used. */
  synchronized void admitted(long nowNanos) {
    admitted.add(1, ms(nowNanos));
  }

  /**
   * Who asks is not believed.
   *
   * @param again whether it was before, on the same connection
   */
  synchronized void turnedAway(boolean again, long nowNanos) {
    (again ? readmissionsRefused : turnedAway).add(1, ms(nowNanos));
  }

  /** Who asks was believed once more. */
  synchronized void readmitted(long tookNanos, long nowNanos) {
    readmittedMs.add(tookNanos / 1e6, ms(nowNanos));
  }

  /** A turn of the loop. */
  synchronized void turned(long worked, long slept, long nowNanos) {
    long now = ms(nowNanos);
    waitNs.add(slept, now);
    workNs.add(worked, now);
    seconds.tick(nowNanos, sends.total(), room.messages(), room.bytes());
    fold(now);
  }

  // --- by whoever produces ---

  /** A message was refused for want of room. */
  void refused() {
    refused.increment();
  }

  /** Somebody waited for room. */
  void waited(long nanos) {
    waitedNanos.add(nanos);
  }

  /** What others have counted comes to the sensors; the lock is held. */
  private void fold(long now) {
    long newlyRefused = refused.sum() == 0 ? 0 : refused.sumThenReset();
    if (newlyRefused > 0) {
      exhausted.add(newlyRefused, now);
    }
    long newlyWaited = waitedNanos.sum() == 0 ? 0 : waitedNanos.sumThenReset();
    if (newlyWaited > 0) {
      roomWaitNs.add(newlyWaited, now);
    }
  }

  // --- by anybody ---

  /** Seconds since brokers and partitions were last told; not a number if they never were. */
  double metadataAge(long nowMs) {
    long told = metadataNanos.getAsLong();
    return told == NEVER ? Double.NaN : Math.max(0, nowMs - ms(told)) / 1000d;
  }

  /**
   * How the producer has fared of late.
   *
   * @param waitingReports messages whose reports were not handed over
   */
  synchronized Vitals vitals(int waitingReports) {
    long nowNanos = clock.nanos();
    long now = ms(nowNanos);
    List<Vitals.Shares> shares = new ArrayList<>();
    int active = 0;
    for (Map.Entry<String, OfTopic> one : topics.entrySet()) {
      OfTopic topic = one.getValue();
      long messages = 0;
      long most = 0;
      int hottest = -1;
      for (int i = 0; i < topic.recent.length; i++) {
        Recent recent = topic.recent[i];
        long count = recent == null ? 0 : recent.count(Math.floorDiv(now, span.sampleMs()));
        messages += count;
        active += count > 0 ? 1 : 0;
        hottest = count > most ? i : hottest;
        most = Math.max(most, count);
      }
      long batches = topic.bytes.recentCount(now);
      if (messages > 0 && batches > 0) {
        shares.add(
            new Vitals.Shares(one.getKey(), topic.partitions, batches, messages, hottest, most));
      }
    }
    long batches = batchBytes.recentCount(now);
    return new Vitals(
        sends.rateMs(now),
        sends.rate(now),
        errors.rate(now),
        batchBytes.countRate(now),
        batches,
        batches == 0 ? Double.NaN : sends.recentSum(now) / batches,
        batchBytes.mean(now),
        compression.mean(now),
        latencyMs.recentCount(now),
        latencyMs.mean(now),
        room.messages(),
        room.bytes(),
        waitingReports,
        active,
        seconds.recent(nowNanos),
        shares,
        lastError);
  }

  /** What the numbers of one group of rows are of: their tags, and where they are counted. */
  record Subject<T>(String group, Map<String, String> tags, List<MetricRow<T>> rows, T counted) {}

  /** The producer, its topics and its brokers. */
  synchronized List<Subject<?>> subjects() {
    List<Subject<?>> all = new ArrayList<>();
    all.add(new Subject<>(MetricRows.PRODUCER_GROUP, tags("", ""), MetricRows.PRODUCER, this));
    topics.forEach((topic, counted) ->
        all.add(
            new Subject<>(
                MetricRows.TOPIC_GROUP, tags("topic", topic), MetricRows.TOPIC, counted)));
    nodes.forEach((id, counted) ->
        all.add(
            new Subject<>(
                MetricRows.NODE_GROUP, tags("node-id", nodeTag(id)), MetricRows.NODE, counted)));
    return all;
  }

  private Map<String, String> tags(String name, String value) {
    return name.isEmpty()
        ? Map.of("client-id", clientId)
        : Map.of("client-id", clientId, name, value);
  }

  /** As in kafka-clients, whose bootstrap addresses count down from -1, ours from -2. */
  private static String nodeTag(int nodeId) {
    return "node-" + (nodeId < 0 ? nodeId + 1 : nodeId);
  }

  /** One number, as of now. */
  synchronized <T> double read(MetricRow<T> row, T counted) {
    long now = ms(clock.nanos());
    fold(now);
    return row.reading().of(counted, now);
  }

  /** Every number, as of now. */
  List<Metric> all() {
    List<Metric> all = new ArrayList<>();
    for (Subject<?> subject : subjects()) {
      read(subject, all);
    }
    return all;
  }

  private synchronized <T> void read(Subject<T> subject, Collection<Metric> into) {
    for (MetricRow<T> row : subject.rows) {
      into.add(
          new Metric(
              row.name(), subject.group, meaning(row), subject.tags, read(row, subject.counted)));
    }
  }

  private static String meaning(MetricRow<?> row) {
    return row.meaning() + " In " + row.unit() + ".";
  }

  /** The same, each to be read by itself. */
  List<LiveMetric> live() {
    List<LiveMetric> all = new ArrayList<>();
    for (Subject<?> subject : subjects()) {
      live(subject, all);
    }
    return all;
  }

  private <T> void live(Subject<T> subject, Collection<LiveMetric> into) {
    for (MetricRow<T> row : subject.rows) {
      into.add(
          new LiveMetric(
              row.name(),
              subject.group,
              meaning(row),
              subject.tags,
              () -> read(row, subject.counted)));
    }
  }
}
