package io.millrace.producer;

import static io.millrace.producer.ProducerSetting.choice;
import static io.millrace.producer.ProducerSetting.flag;
import static io.millrace.producer.ProducerSetting.text;
import static io.millrace.producer.ProducerSetting.whole;

import java.util.List;

/** Settings of what counts as delivered, what is tried again, and how it is reported. */
final class DeliveryRows {

  private static final int INT_MAX = Integer.MAX_VALUE;

  static final List<ProducerSetting> ROWS =
      List.of(
          choice(
                  "acks",
                  "all",
                  "When a message counts as delivered: all, the replicas in sync have it; 1, the"
                      + " leader has it; 0, it was sent, and its offset is never known. With 1 or 0"
                      + " idempotence is off.",
                  "all",
                  "0",
                  "1")
              .synonym("-1", "all")
              .alias("request.required.acks"),
          flag(
              "enable.idempotence",
              true,
              "Each message is stored once and in order, whatever is sent again. Wants acks=all,"
                  + " retries of at least 1 and at most 5 requests in flight: if it is set and they"
                  + " differ, the producer does not open; if it is not set it is off then."),
          flag(
              "enable.gapless.guarantee",
              false,
              "A message that is refused for good stops the producer (_GAPLESS_GUARANTEE), so that"
                  + " nothing behind it is stored. One that runs out of time does not. Wants"
                  + " idempotence."),
          whole(
                  "max.in.flight.requests.per.connection",
                  "requests",
                  1,
                  1_000_000,
                  5,
                  "How many produce requests may be unanswered on a connection. Without idempotence"
                      + " more than 1 can change the order when one is sent again.")
              .alias("max.in.flight"),
          whole(
                  "retries",
                  "attempts",
                  0,
                  INT_MAX,
                  INT_MAX,
                  "How often a batch is sent again before it is given up; delivery.timeout.ms ends"
                      + " it too, whichever comes first.")
              .alias("message.send.max.retries"),
          whole(
              "retry.backoff.ms",
              "ms",
              1,
              300_000,
              100,
              "Wait before the second attempt; doubled after each, give or take a fifth. Follows"
                  + " retry.backoff.max.ms if only that is set, and lower."),
          whole(
              "retry.backoff.max.ms",
              "ms",
              1,
              300_000,
              1000,
              "The longest of these waits. Follows retry.backoff.ms if only that is set, and"
                  + " higher."),
          whole(
                  "delivery.timeout.ms",
                  "ms",
                  0,
                  INT_MAX,
                  300_000,
                  "How long a message may take from acceptance to its report, with everything in"
                      + " between; then it is given up with _MSG_TIMED_OUT. 0 for ever. Unless set"
                      + " it is at least linger.ms + request.timeout.ms.")
              .alias("message.timeout.ms"),
          flag(
              "delivery.report.only.error",
              false,
              "Calls callbacks for failures only. Futures and interceptors hear of all."),
          choice(
                  "failure.policy",
                  "report",
                  "What becomes of a message that is not delivered. report: it is reported."
                      + " dead_letter: it goes to its topic's dead letters with its cause in"
                      + " headers, else to a file, and is reported then. Ours.",
                  "report",
                  "dead_letter")
              .synonym("dlq", "dead_letter"),
          text(
              "dead.letter.suffix",
              ".dlq",
              "What a topic's name has behind it for its dead letters. Ours."),
          whole(
              "dead.letter.timeout.ms",
              "ms",
              1,
              INT_MAX,
              30_000,
              "How long a dead letter may take until it is stored; then it goes to the file."
                  + " delivery.timeout.ms counts too. Ours."),
          text(
              "dead.letter.spill.file",
              "dead-letters.spill",
              "Where dead letters go that cannot be stored. Its directory must exist; if another"
                  + " writes to the file, or it ends in the middle of an entry, .1, .2 and so on is"
                  + " added. Ours."),
          choice(
              "delivery.dispatch",
              "thread",
              "Who hands reports over: a thread of the producer's own, or whoever calls poll() and"
                  + " flush(), as in librdkafka. Ours.",
              "thread",
              "poll"),
          choice(
              "queuing.strategy",
              "fifo",
              "In which order messages of a partition are sent; only the order of acceptance is"
                  + " served.",
              "fifo"),
          text(
              "transactional.id",
              "",
              "Names the producer over restarts, and makes it a transactional one: what it"
                  + " sends is in transactions. A new producer of the same name ends what the"
                  + " one before it left open, and fences it off. Wants idempotence."),
          whole(
              "transaction.timeout.ms",
              "ms",
              1000,
              INT_MAX,
              60_000,
              "How long a transaction may be open before the broker aborts it; at most what the"
                  + " broker allows, or initTransactions fails. delivery.timeout.ms is at most"
                  + " as long, and request.timeout.ms and socket.timeout.ms are 100 ms shorter;"
                  + " they are refused if they are set to more. Counts with transactional.id"
                  + " only."));

  private DeliveryRows() {}
}
