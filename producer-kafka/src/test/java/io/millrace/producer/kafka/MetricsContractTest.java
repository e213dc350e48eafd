package io.millrace.producer.kafka;

import static io.millrace.producer.kafka.Side.same;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.junit.MillraceExtension;
import io.millrace.server.Millrace;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.MetricName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The metrics of Kafka's producer and of ours. */
@ExtendWith(MillraceExtension.class)
class MetricsContractTest {

  private static Set<String> names(Producer<?, ?> producer) {
    Set<String> names = new TreeSet<>();
    for (MetricName name : producer.metrics().keySet()) {
      if (name.group().startsWith("producer-") && !name.tags().containsKey("node-id")) {
        names.add(name.group() + " " + name.name() + " " + new TreeSet<>(name.tags().keySet()));
      }
    }
    return names;
  }

  private static double value(Producer<?, ?> producer, String group, String name) {
    return producer.metrics().entrySet().stream()
        .filter(one -> one.getKey().group().equals(group) && one.getKey().name().equals(name))
        .mapToDouble(one -> (Double) one.getValue().metricValue())
        .sum();
  }

  @Test
  void numbersHaveKafkasNamesAndCountTheSame(Millrace millrace) throws Exception {
    millrace.createTopic("measured", 1);
    List<Double> counted =
        same(side -> {
          try (Producer<String, String> producer = side.texts(millrace.kafka())) {
            for (int i = 0; i < 10; i++) {
              producer.send(new ProducerRecord<>("measured", "v")).get();
            }
            return List.of(
                value(producer, "producer-metrics", "record-send-total"),
                value(producer, "producer-metrics", "record-error-total"),
                value(producer, "producer-metrics", "record-retry-total"),
                value(producer, "producer-topic-metrics", "record-send-total"),
                value(producer, "producer-metrics", "buffer-total-bytes"));
          }
        });
    assertThat(counted).containsExactly(10.0, 0.0, 0.0, 10.0, 33_554_432.0);
    try (Producer<String, String> theirs = Side.KAFKA.texts(millrace.kafka());
        Producer<String, String> ours = Side.MILLRACE.texts(millrace.kafka())) {
      theirs.send(new ProducerRecord<>("measured", "v")).get();
      ours.send(new ProducerRecord<>("measured", "v")).get();
      assertThat(names(theirs)).containsAll(names(ours));
      assertThat(names(ours)).hasSizeGreaterThan(40);
    }
  }

  @Test
  void numberThatIsKeptIsReadAnew(Millrace millrace) throws Exception {
    try (Producer<String, String> producer = Side.MILLRACE.texts(millrace.kafka())) {
      var sent =
          producer.metrics().entrySet().stream()
              .filter(one ->
                  one.getKey().name().equals("record-send-total")
                      && one.getKey().group().equals("producer-metrics"))
              .findAny()
              .orElseThrow()
              .getValue();
      assertThat(sent.metricValue()).isEqualTo(0.0);
      producer.send(new ProducerRecord<>("kept", "v")).get();
      assertThat(sent.metricValue()).isEqualTo(1.0);
    }
  }
}
