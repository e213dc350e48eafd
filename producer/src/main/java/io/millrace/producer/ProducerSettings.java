package io.millrace.producer;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the settings of a producer come to, for its parts. */
record ProducerSettings(
    LinkSettings links,
    ClusterSettings cluster,
    SendSettings send,
    BatchLimits batchLimits,
    boolean idempotent,
    @Nullable TransactionSettings transactions,
    long messagesMax,
    long bytesMax,
    long blockNanosMax,
    PartitioningChoice partitioning,
    int messageBytesMax,
    boolean onlyErrors,
    boolean dispatches,
    DeadLetterSettings deadLetters,
    long statisticsNanos,
    Sampled.Span samples,
    boolean registersBeans,
    Set<Debug> debug,
    int logLevel,
    boolean pushesMetrics,
    List<SettingInUse> described) {

  private static final BigDecimal KBYTE = BigDecimal.valueOf(1024);

  /**
   * @param values settled by {@link SettingRules}
   */
  static ProducerSettings of(ProducerValues values, Surroundings surroundings) {
    int requestBytesMax = values.int32("message.max.bytes");
    BatchLimits limits =
        new BatchLimits(
            values.int32("batch.num.messages"),
            values.int32("batch.size"),
            requestBytesMax,
            values.nanosOrForever("delivery.timeout.ms", 0));
    return new ProducerSettings(
        links(values, surroundings),
        cluster(values),
        send(values),
        limits,
        values.flag("enable.idempotence"),
        SettingRules.isTransactional(values)
            ? new TransactionSettings(
                values.text("transactional.id"), values.int32("transaction.timeout.ms"))
            : null,
        values.int32("queue.buffering.max.messages"),
        values.number("queue.buffering.max.kbytes").multiply(KBYTE).longValue(),
        values.nanos("max.block.ms"),
        partitioning(values, limits),
        requestBytesMax,
        values.flag("delivery.report.only.error"),
        values.text("delivery.dispatch").equals("thread"),
        new DeadLetterSettings(
            values.text("failure.policy").equals("dead_letter"),
            values.text("dead.letter.suffix"),
            values.nanos("dead.letter.timeout.ms"),
            Path.of(values.text("dead.letter.spill.file"))),
        values.nanos("statistics.interval.ms"),
        new Sampled.Span(
            values.int32("metrics.sample.window.ms"), values.int32("metrics.num.samples")),
        values.flag("auto.include.jmx.reporter"),
        Debug.read(values.text("debug")),
        logLevel(values),
        values.flag("enable.metrics.push"),
        values.described());
  }

  /** Who asks for more wants to see it. */
  private static int logLevel(ProducerValues values) {
    boolean asks = !values.text("debug").isEmpty() && !values.isSet("log_level");
    return asks ? LogEvent.DEBUG : values.int32("log_level");
  }

  private static LinkSettings links(ProducerValues values, Surroundings surroundings) {
    return new LinkSettings(
        values.text("client.id"),
        values.nanos("socket.timeout.ms"),
        values.nanos("socket.connection.setup.timeout.ms"),
        Math.max(0, values.nanos("connections.max.idle.ms")),
        values.int32("reconnect.backoff.ms"),
        values.int32("reconnect.backoff.max.ms"),
        values.int32("receive.message.max.bytes"),
        Math.max(0, values.int32("socket.send.buffer.bytes")),
        Math.max(0, values.int32("socket.receive.buffer.bytes")),
        values.flag("socket.nagle.disable"),
        values.flag("socket.keepalive.enable"),
        surroundings.names(),
        lookup(values),
        Names.Family.valueOf(values.text("broker.address.family").toUpperCase(Locale.ROOT)),
        SecurityRules.read(values, surroundings.clock()));
  }

  private static Names.Lookup lookup(ProducerValues values) {
    return switch (values.text("client.dns.lookup")) {
      case "resolve_canonical_bootstrap_servers_only" -> Names.Lookup.CANONICAL_BOOTSTRAP;
      case "default" -> Names.Lookup.FIRST;
      default -> Names.Lookup.ALL;
    };
  }

  private static ClusterSettings cluster(ProducerValues values) {
    return new ClusterSettings(
        HostPort.list(values.text("bootstrap.servers")),
        Math.min(
            values.nanosOrForever("topic.metadata.refresh.interval.ms", -1),
            values.nanos("metadata.max.age.ms")),
        values.nanos("topic.metadata.refresh.fast.interval.ms"),
        values.nanos("topic.metadata.propagation.max.ms"),
        values.nanosOrForever("metadata.max.idle.ms", 0),
        values.flag("allow.auto.create.topics"),
        values.text("metadata.recovery.strategy").equals("rebootstrap"),
        values.nanos("metadata.recovery.rebootstrap.trigger.ms"));
  }

  private static SendSettings send(ProducerValues values) {
    return new SendSettings(
        (short) (values.text("acks").equals("all") ? -1 : values.int32("acks")),
        values.int32("request.timeout.ms"),
        values.nanos("linger.ms"),
        values.int32("message.max.bytes"),
        values.int32("max.in.flight.requests.per.connection"),
        values.int32("queue.buffering.backpressure.threshold"),
        values.int32("retries"),
        values.int32("retry.backoff.ms"),
        values.int32("retry.backoff.max.ms"),
        values.flag("enable.gapless.guarantee"),
        SettingRules.codec(values),
        SettingRules.level(values));
  }

  private static PartitioningChoice partitioning(ProducerValues values, BatchLimits limits) {
    return new PartitioningChoice(
        values.text("partitioner"),
        values.partitioner(),
        values.flag("partitioner.ignore.keys"),
        values.nanos("sticky.partitioning.linger.ms"),
        Math.min(limits.bytesMax(), limits.requestBytesMax()),
        limits.messagesMax(),
        values.flag("partitioner.adaptive.partitioning.enable"));
  }
}
