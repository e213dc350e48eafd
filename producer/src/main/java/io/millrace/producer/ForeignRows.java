package io.millrace.producer;

import static io.millrace.producer.ProducerSetting.choice;
import static io.millrace.producer.ProducerSetting.flag;
import static io.millrace.producer.ProducerSetting.text;
import static io.millrace.producer.ProducerSetting.whole;

import java.util.ArrayList;
import java.util.List;

/** Settings of librdkafka or Kafka's producer that have nothing to do here, or not yet. */
final class ForeignRows {

  private static final int INT_MAX = Integer.MAX_VALUE;
  private static final String ELSEWHERE =
      "Lines go to ProducerListeners.log, else to System.Logger.";
  private static final String OLD = "Does nothing in librdkafka any more.";

  static final List<ProducerSetting> ROWS = rows();

  private ForeignRows() {}

  private static List<ProducerSetting> rows() {
    List<ProducerSetting> rows = new ArrayList<>();
    notYet(rows);
    brokers(rows);
    observing(rows);
    rest(rows);
    return List.copyOf(rows);
  }

  private static void notYet(List<ProducerSetting> rows) {
    rows.add(text("topic.blacklist", "", "Topics to overlook.").notYet());
    rows.add(
        flag("transaction.two.phase.commit.enable", false, "Transactions that others end.")
            .notYet());
  }

  private static void brokers(List<ProducerSetting> rows) {
    String always = "Brokers are always asked which versions they speak.";
    rows.add(flag("api.version.request", true, always).withoutMeaning());
    rows.add(
        whole("api.version.request.timeout.ms", "ms", 1, 300_000, 10_000, always).withoutMeaning());
    rows.add(whole("api.version.fallback.ms", "ms", 0, 604_800_000, 0, always).withoutMeaning());
    rows.add(text("broker.version.fallback", "0.10.0", always).withoutMeaning());
    rows.add(
        whole(
                "broker.address.ttl",
                "ms",
                0,
                86_400_000,
                1000,
                "Names are looked up for each connection; the JVM remembers them.")
            .withoutMeaning());
    rows.add(
        whole(
                "socket.connection.setup.timeout.max.ms",
                "ms",
                1,
                INT_MAX,
                30_000,
                "socket.connection.setup.timeout.ms does not grow.")
            .withoutMeaning());
    rows.add(
        whole(
                "socket.max.fails",
                "",
                0,
                1_000_000,
                1,
                "The first request without an answer ends its connection.")
            .withoutMeaning());
    rows.add(
        flag("topic.metadata.refresh.sparse", true, "Only what is produced to is asked for.")
            .withoutMeaning());
    rows.add(
        whole(
                "bootstrap.resolve.timeout.ms",
                "ms",
                0,
                Long.MAX_VALUE,
                0,
                "Names are looked up when they are connected to, never at construction.")
            .withoutMeaning());
    rows.add(
        flag("metadata.cluster.check.enable", false, "Connections are not checked like that.")
            .withoutMeaning());
    rows.add(text("client.rack", "", "Producers send to leaders, wherever.").withoutMeaning());
  }

  private static void observing(List<ProducerSetting> rows) {
    rows.add(flag("log.queue", false, ELSEWHERE).withoutMeaning());
    rows.add(flag("log.thread.name", true, ELSEWHERE).withoutMeaning());
    rows.add(flag("log.connection.close", true, ELSEWHERE).withoutMeaning());
    String metrics = "A matter of kafka-clients' metrics.";
    rows.add(text("metric.reporters", "", metrics).withoutMeaning());
    rows.add(text("metrics.recording.level", "INFO", metrics).withoutMeaning());
  }

  private static void rest(List<ProducerSetting> rows) {
    rows.add(
        whole(
                "message.copy.max.bytes",
                "bytes",
                0,
                1_000_000_000,
                65_535,
                "Every message is copied once, into its batch.")
            .withoutMeaning());
    rows.add(
        choice(
                "buffer.memory.allocation.strategy",
                "incremental",
                "The memory of a batch grows with it.",
                "incremental",
                "full")
            .withoutMeaning());
    String serializers = "Bytes are given as they are, or with serializers in the call.";
    rows.add(text("key.serializer", "", serializers).withoutMeaning());
    rows.add(text("value.serializer", "", serializers).withoutMeaning());
    rows.add(flag("enable.random.seed", true, "Java has its own.").withoutMeaning());
    rows.add(flag("produce.offset.report", false, OLD).withoutMeaning());
    rows.add(whole("socket.blocking.max.ms", "ms", 1, 60_000, 1000, OLD).withoutMeaning());
    rows.add(whole("reconnect.backoff.jitter.ms", "ms", 0, 3_600_000, 0, OLD).withoutMeaning());
    rows.add(whole("topic.metadata.refresh.fast.cnt", "", 0, 1000, 10, OLD).withoutMeaning());
  }
}
