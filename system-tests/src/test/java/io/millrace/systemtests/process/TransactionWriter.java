package io.millrace.systemtests.process;

import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A process that writes transactions until it is killed, and says how far it is: {@code begun N},
 * {@code committing N}, {@code committed N} or {@code aborted N}.
 *
 * <pre>
 * TransactionWriter BOOTSTRAP TOPIC PARTITIONS TRANSACTIONAL-ID FIRST-NUMBER
 * </pre>
 */
final class TransactionWriter {

  private TransactionWriter() {}

  public static void main(String[] arguments) {
    String topic = arguments[1];
    int partitions = Integer.parseInt(arguments[2]);
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", arguments[0], "transactional.id", arguments[3]),
            new StringSerializer(),
            new StringSerializer())) {
      producer.initTransactions();
      for (int n = Integer.parseInt(arguments[4]); ; n++) {
        say("begun " + n);
        producer.beginTransaction();
        for (int partition = 0; partition < partitions; partition++) {
          producer.send(new ProducerRecord<>(topic, partition, "key", "" + n));
        }
        if (n % 5 == 0) {
          producer.flush();
          producer.abortTransaction();
          say("aborted " + n);
        } else {
          say("committing " + n);
          producer.commitTransaction();
          say("committed " + n);
        }
      }
    }
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
