package io.millrace.producer;

import static io.millrace.producer.ProducerSetting.flag;
import static io.millrace.producer.ProducerSetting.text;
import static io.millrace.producer.ProducerSetting.whole;

import java.util.List;

/** Settings of how brokers and topics are found and connected to. */
final class ConnectionRows {

  private static final int INT_MAX = Integer.MAX_VALUE;

  static final List<ProducerSetting> ROWS =
      List.of(
          text(
                  "bootstrap.servers",
                  "",
                  "Where to begin: HOST:PORT, several with commas between them, tried in turn. The"
                      + " other brokers are learnt from these. Must be set.")
              .alias("metadata.broker.list"),
          text(
              "client.id",
              "millrace",
              "What brokers call this program in their logs, quotas and metrics."),
          whole(
              "request.timeout.ms",
              "ms",
              1,
              INT_MAX,
              30_000,
              "How long the broker may take to have a batch acknowledged, told to it with each"
                  + " request; also how long an answer is waited for, unless socket.timeout.ms"
                  + " says otherwise."),
          whole(
              "socket.timeout.ms",
              "ms",
              1,
              INT_MAX,
              30_000,
              "How long an answer is waited for; then the connection is given up, and what was"
                  + " under way is sent again. Follows request.timeout.ms unless set."),
          whole(
              "socket.connection.setup.timeout.ms",
              "ms",
              1000,
              INT_MAX,
              30_000,
              "How long a connection may take until requests can be sent on it."),
          whole(
              "connections.max.idle.ms",
              "ms",
              -1,
              Long.MAX_VALUE,
              0,
              "A connection that is not used for so long is closed; 0 or -1 for never."),
          whole(
              "reconnect.backoff.ms",
              "ms",
              0,
              3_600_000,
              100,
              "Wait before a broker is connected to again, after the first failure; doubled after"
                  + " each, give or take a quarter. Follows reconnect.backoff.max.ms if only that"
                  + " is set, and lower."),
          whole(
              "reconnect.backoff.max.ms",
              "ms",
              0,
              3_600_000,
              10_000,
              "The longest of these waits. Follows reconnect.backoff.ms if only that is set, and"
                  + " higher."),
          whole(
              "topic.metadata.refresh.interval.ms",
              "ms",
              -1,
              3_600_000,
              300_000,
              "How often it is asked which brokers and partitions there are, though nothing is"
                  + " wrong; -1 for never. The lower of this and metadata.max.age.ms counts."),
          whole(
              "metadata.max.age.ms",
              "ms",
              1,
              Long.MAX_VALUE,
              300_000,
              "How old that knowledge may be: the same under Kafka's name. The lower of the two"
                  + " counts."),
          whole(
              "topic.metadata.refresh.fast.interval.ms",
              "ms",
              1,
              300_000,
              100,
              "Wait between two questions while a topic or leader is not known. Follows"
                  + " retry.backoff.ms unless set."),
          whole(
              "topic.metadata.propagation.max.ms",
              "ms",
              0,
              3_600_000,
              30_000,
              "How long a topic may be unknown to the brokers, from its first message on, until its"
                  + " messages are given up: a topic that was just created takes a while."),
          flag(
              "allow.auto.create.topics",
              true,
              "Whether asking for an unknown topic may create it, where the brokers allow it."),
          whole(
              "receive.message.max.bytes",
              "bytes",
              1000,
              INT_MAX,
              100_000_000,
              "Largest answer that is taken; a larger one ends the connection."),
          whole(
                  "socket.send.buffer.bytes",
                  "bytes",
                  -1,
                  100_000_000,
                  0,
                  "The operating system's send buffer of a connection; 0 or -1 for its default.")
              .alias("send.buffer.bytes"),
          whole(
                  "socket.receive.buffer.bytes",
                  "bytes",
                  -1,
                  100_000_000,
                  0,
                  "The same for what is received.")
              .alias("receive.buffer.bytes"),
          flag(
              "socket.nagle.disable",
              true,
              "Sends small requests at once (TCP_NODELAY) instead of waiting for more."),
          flag(
              "socket.keepalive.enable",
              false,
              "Has the operating system look after idle connections (SO_KEEPALIVE)."));

  private ConnectionRows() {}
}
