package io.millrace.producer.kafka.sample;

import io.millrace.producer.kafka.MillraceProducer;
import java.util.Map;
import org.apache.kafka.clients.producer.Producer;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;

/** Spring Kafka over our producer. */
final class Spring {

  private Spring() {}

  // sample: factory
  static class MillraceProducerFactory<K, V> extends DefaultKafkaProducerFactory<K, V> {

    MillraceProducerFactory(Map<String, Object> configs) {
      super(configs);
    }

    @Override
    protected Producer<K, V> createRawProducer(Map<String, Object> configs) {
      return new MillraceProducer<>(
          configs, getKeySerializerSupplier().get(), getValueSerializerSupplier().get());
    }
  }

  // end

  static KafkaTemplate<String, String> template(Map<String, Object> configs) {
    // sample: template
    KafkaTemplate<String, String> template =
        new KafkaTemplate<>(new MillraceProducerFactory<>(configs));
    // end
    return template;
  }
}
