package io.millrace.junit.sample;

// In the README from here
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.junit.MillraceExtension;
import io.millrace.junit.Topic;
import io.millrace.server.Fault;
import io.millrace.server.Millrace;
import io.millrace.wire.ApiKey;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(MillraceExtension.class)
@Topic(value = "orders", partitions = 3)
class OrdersTest {

  private static KafkaProducer<String, String> producer(Millrace millrace) {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", millrace.kafka()),
        new StringSerializer(),
        new StringSerializer());
  }

  @Test
  void orderIsSent(Millrace millrace) throws Exception {
    try (var producer = producer(millrace)) {
      producer.send(new ProducerRecord<>("orders", "customer 7", "two apples")).get();
    }
  }

  @Test
  void orderIsSentOnceThoughTheAnswerIsLost(Millrace millrace) throws Exception {
    try (var producer = producer(millrace);
        var faults = millrace.faults(Fault.dropAnswer(ApiKey.PRODUCE).times(1))) {
      var sent = producer.send(new ProducerRecord<>("orders", 2, "customer 7", "a pear")).get();
      assertThat(sent.offset()).isZero();
      assertThat(faults.happened()).isEqualTo(1);
    }
  }
}
// In the README up to here
