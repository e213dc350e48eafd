package io.millrace.producer;

import java.math.BigDecimal;
import java.util.List;

/** What the settings of a producer come to, for its parts. */
record ProducerSettings(
    LinkSettings links,
    ClusterSettings cluster,
    SendSettings send,
    BatchLimits batchLimits,
    boolean idempotent,
    long messagesMax,
    long bytesMax,
    long blockNanosMax,
    PartitioningChoice partitioning,
    int messageBytesMax,
    boolean onlyErrors,
    boolean dispatches,
    List<SettingInUse> described) {

  private static final BigDecimal KBYTE = BigDecimal.valueOf(1024);

  /**
   * @param values settled by {@link SettingRules}
   */
  static ProducerSettings of(ProducerValues values) {
    int requestBytesMax = values.int32("message.max.bytes");
    BatchLimits limits =
        new BatchLimits(
            values.int32("batch.num.messages"),
            values.int32("batch.size"),
            requestBytesMax,
            values.nanosOrForever("delivery.timeout.ms", 0));
    return new ProducerSettings(
        links(values),
        cluster(values),
        send(values),
        limits,
        values.flag("enable.idempotence"),
        values.int32("queue.buffering.max.messages"),
        values.number("queue.buffering.max.kbytes").multiply(KBYTE).longValue(),
        values.nanos("max.block.ms"),
        partitioning(values, limits),
        requestBytesMax,
        values.flag("delivery.report.only.error"),
        values.text("delivery.dispatch").equals("thread"),
        values.described());
  }

  private static LinkSettings links(ProducerValues values) {
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
        values.flag("socket.keepalive.enable"));
  }

  private static ClusterSettings cluster(ProducerValues values) {
    return new ClusterSettings(
        HostPort.list(values.text("bootstrap.servers")),
        Math.min(
            values.nanosOrForever("topic.metadata.refresh.interval.ms", -1),
            values.nanos("metadata.max.age.ms")),
        values.nanos("topic.metadata.refresh.fast.interval.ms"),
        values.nanos("topic.metadata.propagation.max.ms"),
        values.flag("allow.auto.create.topics"));
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
