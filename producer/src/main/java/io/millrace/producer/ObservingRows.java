package io.millrace.producer;

import static io.millrace.producer.ProducerSetting.flag;
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
                  + " so on."));

  private ObservingRows() {}
}
