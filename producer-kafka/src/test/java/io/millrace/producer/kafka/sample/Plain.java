package io.millrace.producer.kafka.sample;

import io.millrace.producer.kafka.MillraceProducer;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** A producer of Kafka's interface. */
final class Plain {

  private Plain() {}

  static void send(String address, List<String> stored) throws Exception {
    // sample: plain
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers",
            address,
            "key.serializer",
            StringSerializer.class,
            "value.serializer",
            StringSerializer.class,
            "compression.type",
            "zstd");
    try (Producer<String, String> producer = new MillraceProducer<>(config)) {
      producer.send(
          new ProducerRecord<>("visits", "ann", "/home"),
          (metadata, e) -> stored.add(e == null ? metadata.toString() : e.toString()));
    }
    // end
  }
}
