package io.millrace.producer;

import static io.millrace.producer.ProducerSetting.flag;
import static io.millrace.producer.ProducerSetting.text;
import static io.millrace.producer.ProducerSetting.whole;

import java.util.List;

/** Settings of how a producer shows what it does. */
final class ObservingRows {

  static final List<ProducerSetting> ROWS =
      List.of(
          whole(
              "statistics.interval.ms",
              "ms",
              0,
              86_400_000,
              0,
              "How often ProducerListeners.statistics gets statistics, a JSON document as"
                  + " librdkafka's; 0 for never."),
          whole(
              "metrics.sample.window.ms",
              "ms",
              1,
              Integer.MAX_VALUE,
              30_000,
              "How long a sample is that rates and means of metrics are taken from."),
          whole(
              "metrics.num.samples",
              "samples",
              1,
              1000,
              2,
              "How many of these make the recent past."),
          flag(
              "auto.include.jmx.reporter",
              true,
              "Whether metrics are in JMX, as kafka.producer:type=producer-metrics,client-id=ID and"
                  + " so on."),
          flag(
              "enable.metrics.push",
              true,
              "Whether metrics are pushed to brokers that ask for them (KIP-714): those, and as often,"
                  + " as a broker's client-metrics subscriptions say. Nothing is sent to others."),
          text(
              "debug",
              "",
              "What is told while it happens, by ProducerListeners.log or System.Logger; several"
                  + " with commas between them: all, "
                  + Debug.described()
                  + ". librdkafka's other words are taken, and tell nothing."),
          whole(
              "log_level",
              "",
              0,
              7,
              6,
              "Lines of higher levels are left out: 3 errors, 4 warnings, 6 what is worth knowing,"
                  + " 7 what debug asks for. 7 if debug is set and this is not."));

  private ObservingRows() {}
}
