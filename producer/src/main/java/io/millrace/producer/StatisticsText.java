package io.millrace.producer;

import java.util.Collection;
import java.util.List;

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
  private final long nowNanos;
  private final JsonText json = new JsonText();

  StatisticsText(
      Statistics statistics, Room room, ReportQueue reports, Identity identity, long nowNanos) {
    this.statistics = statistics;
    this.room = room;
    this.reports = reports;
    this.identity = identity;
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
    for (Statistics.OfBroker broker : statistics.brokers.values()) {
      requests += broker.requests;
      requestBytes += broker.requestBytes;
      answers += broker.answers;
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
        .put("rx_bytes", 0)
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
    int unsent = link.unsent();
    json.open(link.toString())
        .put("name", link.toString())
        .put("nodeid", Math.max(-1, link.nodeId))
        .put("nodename", link.host + ":" + link.port)
        .put("source", link.nodeId < 0 ? "configured" : "learned")
        .put("state", state)
        .put("stateage", (nowNanos - of.stateSinceNanos) / 1000)
        .put("outbuf_cnt", unsent)
        .put("outbuf_msg_cnt", 0)
        .put("waitresp_cnt", Math.max(0, link.waitingForAnswers() - unsent))
        .put("waitresp_msg_cnt", of.messagesInFlight)
        .put("tx", of.requests)
        .put("txbytes", of.requestBytes)
        .put("txerrs", of.errors)
        .put("txretries", of.retries)
        .put("txidle", idle(of.sentNanos))
        .put("req_timeouts", of.timeouts)
        .put("rx", of.answers)
        .put("rxbytes", 0)
        .put("rxerrs", of.errors)
        .put("rxcorriderrs", 0)
        .put("rxpartial", 0)
        .put("rxidle", idle(of.answeredNanos))
        .put("zbuf_grow", 0)
        .put("buf_grow", 0)
        .put("wakeups", 0)
        .put("connects", 0)
        .put("disconnects", 0);
    window("int_latency", of.internalLatency);
    window("outbuf_latency", new Window());
    window("rtt", of.roundTrip);
    window("throttle", of.throttle);
    json.open("req").put("Produce", of.requests).close();
    json.open("toppars");
    of.partitions.forEach((name, queue) ->
        json.open(name).put("topic", queue.topic.name).put("partition", queue.partition).close());
    json.close().close();
  }

  private long idle(long sinceNanos) {
    return sinceNanos == 0 ? -1 : (nowNanos - sinceNanos) / 1000;
  }

  private static String state(BrokerLink link, String before) {
    String now = link.state().name();
    return switch (now) {
      case "DOWN" -> before.equals("INIT") ? "INIT" : "DOWN";
      case "CONNECTING" -> "CONNECT";
      case "GREETING" -> "APIVERSION_QUERY";
      default -> now;
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
    consumer();
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
        .put("acked_msgid", queue.storedMessages)
        .close();
  }

  /** The sequence that is to be acknowledged next. */
  private static int nextAck(PartitionQueue queue) {
    MessageBatch first = queue.inFlight.peek();
    return first != null && first.hasSequence() ? first.sequence() : queue.nextSequence;
  }

  /** What only consumers have, as in a producer of librdkafka. */
  private void consumer() {
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
        .put("leader_epoch", -1);
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
    consumer();
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

  private void eos() {
    boolean assigned = identity.producerId() >= 0;
    json.open("eos")
        .put(
            "idemp_state",
            !identity.isIdempotent() ? "Init" : identity.isReady() ? "Assigned" : "WaitPID")
        .put("idemp_stateage", 0)
        .put("txn_state", "Init")
        .put("txn_stateage", 0)
        .put("txn_may_enq", false)
        .put("producer_id", assigned ? identity.producerId() : -1)
        .put("producer_epoch", assigned ? identity.epoch() : -1)
        .put("epoch_cnt", assigned ? identity.epoch() : 0)
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
