package io.millrace.producer;

import static io.millrace.producer.ProducerSetting.choice;
import static io.millrace.producer.ProducerSetting.real;
import static io.millrace.producer.ProducerSetting.whole;

import java.util.List;

/** Settings of what is held, for how long, and how it is put together. */
final class QueueRows {

  private static final int INT_MAX = Integer.MAX_VALUE;

  static final List<ProducerSetting> ROWS =
      List.of(
          choice(
              "profile",
              Profile.NONE,
              "Defaults for a kind of work, listed below; what is set beside it wins.",
              Profile.NONE,
              "realtime",
              "analytics",
              "batch",
              "logs",
              "metrics",
              "durable",
              "kafka_clients"),
          whole(
              "queue.buffering.max.messages",
              "messages",
              0,
              INT_MAX,
              100_000,
              "How many messages may be held, of all topics together, from acceptance until the"
                  + " report was handed over; 0 for no limit but that of bytes. When it is reached"
                  + " a message is refused with _QUEUE_FULL, after max.block.ms."),
          real(
                  "queue.buffering.max.kbytes",
                  "kbytes (1024 bytes)",
                  1,
                  INT_MAX,
                  "1048576",
                  "How much of keys, values and headers may be held, in the same sense;"
                      + " buffer.memory says it in bytes. One message larger than all of it is"
                      + " taken when nothing else is held.")
              .alias("buffer.memory", 1024),
          whole(
              "max.block.ms",
              "ms",
              0,
              Long.MAX_VALUE,
              0,
              "How long produce() waits for room before it refuses a message; 0 refuses at once. It"
                  + " never waits for metadata, nor when called by a delivery callback."),
          real(
                  "linger.ms",
                  "ms",
                  0,
                  900_000,
                  "5",
                  "How long a message may wait for others to share its batch. Higher means larger"
                      + " batches, and so less work and better compression, at the price of"
                      + " latency. flush() does not wait.")
              .alias("queue.buffering.max.ms"),
          whole(
              "batch.size",
              "bytes",
              0,
              INT_MAX,
              1_000_000,
              "A batch that is so large before compression is sent at once. Counts from the second"
                  + " message on: a larger message goes alone. 0 sends every message alone."),
          whole(
              "batch.num.messages",
              "messages",
              1,
              1_000_000,
              10_000,
              "A batch of so many messages is sent at once."),
          whole(
                  "message.max.bytes",
                  "bytes",
                  1000,
                  1_000_000_000,
                  1_000_000,
                  "Largest request, and so largest batch and largest message, before compression. A"
                      + " larger message is refused with MESSAGE_TOO_LARGE. Brokers have a limit"
                      + " of their own.")
              .alias("max.request.size"),
          whole(
              "queue.buffering.backpressure.threshold",
              "requests",
              1,
              1_000_000,
              1,
              "No batch is sent to a broker while so many requests are not yet written to its"
                  + " connection: batches grow meanwhile."),
          choice(
                  "compression.type",
                  "none",
                  "How batches are compressed. lz4, snappy and zstd want their library on the class"
                      + " path; without it the producer does not open. A batch that would not become"
                      + " smaller is sent as it is.",
                  "none",
                  "gzip",
                  "snappy",
                  "lz4",
                  "zstd")
              .alias("compression.codec"),
          whole(
              "compression.level",
              "",
              -131_072,
              22,
              -1,
              "Level of whichever codec is chosen, within its range; -1 for the codec's default."),
          whole("compression.gzip.level", "", -1, 9, -1, "Level for gzip; -1 is its own default."),
          whole(
              "compression.lz4.level",
              "",
              1,
              17,
              9,
              "Level for lz4. 9 is the fast one, as in Kafka's client; the others pack better and"
                  + " cost several times as much."),
          whole("compression.zstd.level", "", -131_072, 22, 3, "Level for zstd."));

  private QueueRows() {}
}
