package io.millrace.cli;

import java.io.IOException;
import java.io.OutputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** How consume writes a record. */
sealed interface RecordPrinter permits RecordFormat, RecordJson {

  void print(ConsumerRecord<byte[], byte[]> record, OutputStream out) throws IOException;
}
