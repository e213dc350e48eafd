package io.millrace.producer;

import io.millrace.wire.ApiKey;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Prints {@link Statistics} in librdkafka's schema: its names, units and nesting. What has no
 * meaning here, or is not counted, is there with the value librdkafka begins with.
 *
 * @see <a
 *     href="https://github.com/confluentinc/librdkafka/blob/master/STATISTICS.md">STATISTICS.md</a>
 */
final class StatisticsText {

  /** "No offset" in librdkafka. */
  private static final long NO_OFFSET = -1001;

  private final Statistics statistics;
  private final Room room;
  private final ReportQueue reports;
  private final Identity identity;
  private final FatalState fatal;
  private final @Nullable Transactions transactions;
  private final long nowNanos;
  private final JsonText json = new JsonText();

  StatisticsText(
      Statistics statistics,
      Room room,
      ReportQueue reports,
      Identity identity,
      FatalState fatal,
      @Nullable Transactions transactions,
      long nowNanos) {
    this.statistics = statistics;
    this.room = room;
    this.reports = reports;
    this.identity = identity;
    this.fatal = fatal;
    this.transactions = transactions;
    this.nowNanos = nowNanos;
  }

  /**
   * @param links every link there is
   * @param topics every topic that is known
   */
  String print(List<BrokerLink> links, Collection<TopicQueues> topics, long nowMs) {
    long requests = 0;
    long requestBytes = 0;
    long answers = 0;
    long answerBytes = 0;
    for (Statistics.OfBroker broker : statistics.brokers.values()) {
      requests += broker.link.requests;
      requestBytes += broker.link.bytesOut;
      answers += broker.link.answers;
      answerBytes += broker.link.bytesIn;
    }
    json.open()
        .put("name", statistics.name)
        .put("client_id", statistics.clientId)
        .put("type", "producer")
        .put("ts", nowNanos / 1000)
        .put("time", nowMs / 1000)
        .put("age", (nowNanos - statistics.beganNanos) / 1000)
        .put("replyq", reports.waiting())
        .put("msg_cnt", room.messages())
        .put("msg_size", room.bytes())
        .put("msg_max", room.messagesMax())
        .put("msg_size_max", room.bytesMax())
        .put("simple_cnt", 0)
        .put("metadata_cache_cnt", topics.size());
    json.open("brokers");
    for (BrokerLink link : links) {
      broker(link);
    }
    json.close();
    json.open("topics");
    for (TopicQueues topic : topics) {
      topic(topic);
    }
    json.close();
    json.put("tx", requests)
        .put("tx_bytes", requestBytes)
        .put("rx", answers)
        .put("rx_bytes", answerBytes)
        .put("txmsgs", statistics.messages)
        .put("txmsg_bytes", statistics.messageBytes)
        .put("rxmsgs", 0)
        .put("rxmsg_bytes", 0);
    eos();
    deadLetters();
    return json.close().toString();
  }

  private void broker(BrokerLink link) {
    Statistics.OfBroker of = statistics.broker(link.nodeId);
    String state = state(link, of.state);
    if (!state.equals(of.state) || of.stateSinceNanos == 0) {
      of.state = state;
      of.stateSinceNanos = nowNanos;
    }
    LinkCounts counts = of.link;
    int unsent = link.unsent();
    int unsentMessages = link.unsentMessages();
    json.open(link.toString())
        .put("name", link.toString())
        .put("nodeid", Math.max(-1, link.nodeId))
        .put("nodename", link.host + ":" + link.port)
        .put("source", link.nodeId < 0 ? "configured" : "learned")
        .put("state", state)
        .put("stateage", (nowNanos - of.stateSinceNanos) / 1000)
        .put("outbuf_cnt", unsent)
        .put("outbuf_msg_cnt", unsentMessages)
        .put("waitresp_cnt", link.waitingForAnswers() - unsent)
        .put("waitresp_msg_cnt", of.messagesInFlight - unsentMessages)
        .put("tx", counts.requests)
        .put("txbytes", counts.bytesOut)
        .put("txerrs", counts.unwritten)
        .put("txretries", of.retries)
        .put("txidle", idle(counts.sentNanos))
        .put("req_timeouts", counts.timeouts)
        .put("rx", counts.answers)
        .put("rxbytes", counts.bytesIn)
        .put("rxerrs", counts.unanswered)
        .put("rxcorriderrs", counts.strangers)
        .put("rxpartial", 0)
        .put("rxidle", idle(counts.receivedNanos))
        .put("zbuf_grow", 0)
        .put("buf_grow", 0)
        .put("wakeups", 0)
        .put("connects", counts.connects)
        .put("disconnects", counts.disconnects);
    window("int_latency", of.internalLatency);
    window("outbuf_latency", counts.untilWritten);
    window("rtt", of.roundTrip);
    window("throttle", of.throttle);
    json.open("req");
    counts.requestsByKind.forEach((kind, count) -> json.put(nameOf(kind), count[0]));
    json.close();
    json.open("toppars");
    of.partitions.forEach((name, queue) ->
        json.open(name).put("topic", queue.topic.name).put("partition", queue.partition).close());
    json.close().close();
  }

  private long idle(long sinceNanos) {
    return sinceNanos == 0 ? -1 : (nowNanos - sinceNanos) / 1000;
  }

  /** A kind of request by librdkafka's name: {@code InitProducerId}. */
  private static String nameOf(ApiKey kind) {
    if (kind == ApiKey.API_VERSIONS) {
      return "ApiVersion";
    }
    StringBuilder name = new StringBuilder();
    for (String word : kind.name().split("_")) {
      name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return name.toString();
  }

  private static String state(BrokerLink link, String before) {
    return switch (link.state()) {
      case DOWN -> before.equals("INIT") ? "INIT" : "DOWN";
      case RESOLVING -> "TRY_CONNECT";
      case CONNECTING -> "CONNECT";
      case SECURING -> "SSL_HANDSHAKE";
      case GREETING -> "APIVERSION_QUERY";
      case AUTHENTICATING -> "AUTH_REQ";
      case UP -> "UP";
      case REAUTHENTICATING -> "REAUTH";
    };
  }

  private void topic(TopicQueues topic) {
    Statistics.OfTopic of = statistics.topic(topic.name);
    json.open(topic.name)
        .put("topic", topic.name)
        .put("age", (nowNanos - topic.madeNanos) / 1_000_000)
        .put(
            "metadata_age",
            topic.locatedNanos == 0 ? -1 : (nowNanos - topic.locatedNanos) / 1_000_000);
    window("batchsize", of.batchBytes);
    window("batchcnt", of.batchMessages);
    json.open("partitions");
    for (PartitionQueue queue : topic.partitions) {
      partition(queue);
    }
    unassigned(topic);
    json.close().close();
  }

  private void partition(PartitionQueue queue) {
    json.open(Integer.toString(queue.partition))
        .put("partition", queue.partition)
        .put("broker", queue.leader)
        .put("leader", queue.leader)
        .put("desired", false)
        .put("unknown", false)
        .put("msgq_cnt", queue.messages())
        .put("msgq_bytes", queue.bytes());
    long again = 0;
    long againBytes = 0;
    for (MessageBatch batch : queue.again) {
      again += batch.count();
      againBytes += batch.payloadBytes();
    }
    json.put("xmit_msgq_cnt", again).put("xmit_msgq_bytes", againBytes);
    consumer(queue.leaderEpoch);
    long inFlight = 0;
    for (MessageBatch batch : queue.inFlight) {
      inFlight += batch.count();
    }
    json.put("txmsgs", queue.storedMessages)
        .put("txbytes", queue.storedBytes)
        .put("rxmsgs", 0)
        .put("rxbytes", 0)
        .put("msgs", queue.appended())
        .put("rx_ver_drops", 0)
        .put("msgs_inflight", inFlight)
        .put("next_ack_seq", nextAck(queue))
        .put("next_err_seq", 0)
        .put("acked_msgid", queue.storedMessages);
    int batches = queue.batchesSent;
    json.open("batchsize")
        .put("avg", batches == 0 ? 0 : queue.batchBytesSent / batches)
        .put("sum", queue.batchBytesSent)
        .put("cnt", batches)
        .close()
        .close();
  }

  /** The sequence that is to be acknowledged next. */
  private static int nextAck(PartitionQueue queue) {
    MessageBatch first = queue.inFlight.peek();
    return first != null && first.hasSequence() ? first.sequence() : queue.nextSequence;
  }

  /** What only consumers have, as in a producer of librdkafka. */
  private void consumer(int leaderEpoch) {
    json.put("fetchq_cnt", 0)
        .put("fetchq_size", 0)
        .put("fetch_state", "none")
        .put("query_offset", NO_OFFSET)
        .put("next_offset", 0)
        .put("app_offset", NO_OFFSET)
        .put("stored_offset", NO_OFFSET)
        .put("stored_leader_epoch", -1)
        .put("commited_offset", NO_OFFSET)
        .put("committed_offset", NO_OFFSET)
        .put("committed_leader_epoch", -1)
        .put("eof_offset", NO_OFFSET)
        .put("lo_offset", NO_OFFSET)
        .put("hi_offset", NO_OFFSET)
        .put("ls_offset", NO_OFFSET)
        .put("consumer_lag", -1)
        .put("consumer_lag_stored", -1)
        .put("leader_epoch", leaderEpoch);
  }

  /** Messages that wait for the topic's partitions: partition -1, as in librdkafka. */
  private void unassigned(TopicQueues topic) {
    json.open("-1")
        .put("partition", -1)
        .put("broker", -1)
        .put("leader", -1)
        .put("desired", false)
        .put("unknown", false)
        .put("msgq_cnt", topic.waitingMessages())
        .put("msgq_bytes", topic.waitingBytes())
        .put("xmit_msgq_cnt", 0)
        .put("xmit_msgq_bytes", 0);
    consumer(-1);
    json.put("txmsgs", 0)
        .put("txbytes", 0)
        .put("rxmsgs", 0)
        .put("rxbytes", 0)
        .put("msgs", 0)
        .put("rx_ver_drops", 0)
        .put("msgs_inflight", 0)
        .put("next_ack_seq", 0)
        .put("next_err_seq", 0)
        .put("acked_msgid", 0)
        .close();
  }

  private String identityState() {
    if (fatal.isSet()) {
      return "FatalError";
    }
    boolean waits =
        transactions == null
            ? identity.isIdempotent()
            : transactions.state() != TransactionState.UNINITIALIZED;
    return !waits ? "Init" : identity.isReady() ? "Assigned" : "WaitPID";
  }

  private void eos() {
    boolean assigned = identity.producerId() >= 0;
    String state = identityState();
    if (!state.equals(statistics.identityState)) {
      statistics.identityState = state;
      statistics.identitySinceNanos = nowNanos;
    }
    TransactionState transaction =
        transactions == null ? TransactionState.UNINITIALIZED : transactions.state();
    long since = transactions == null ? nowNanos : transactions.stateSinceNanos(nowNanos);
    json.open("eos")
        .put("idemp_state", state)
        .put("idemp_stateage", (nowNanos - statistics.identitySinceNanos) / 1_000_000)
        .put("txn_state", transaction.label())
        .put("txn_stateage", (nowNanos - since) / 1_000_000)
        .put("txn_may_enq", transaction == TransactionState.OPEN)
        .put("producer_id", assigned ? identity.producerId() : -1)
        .put("producer_epoch", assigned ? identity.epoch() : -1)
        .put("epoch_cnt", identity.assigned())
        .close();
  }

  /** Ours: librdkafka has no dead letters. */
  private void deadLetters() {
    DeadLetterCounts counts = reports.deadLetters();
    json.open("dead_letters")
        .put("sent", counts.sent())
        .put("spilled", counts.spilled())
        .put("lost", counts.lost())
        .close();
  }

  private void window(String name, Window window) {
    json.open(name)
        .put("min", window.min())
        .put("max", window.max())
        .put("avg", window.mean())
        .put("sum", window.sum())
        .put("stddev", window.deviation())
        .put("p50", window.percentile(50))
        .put("p75", window.percentile(75))
        .put("p90", window.percentile(90))
        .put("p95", window.percentile(95))
        .put("p99", window.percentile(99))
        .put("p99_99", window.percentile(99.99))
        .put("outofrange", window.outOfRange())
        .put("hdrsize", window.sizeInBytes())
        .put("cnt", window.count())
        .close();
  }
}
