package io.millrace.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * A record as a JSON document on a line. Bytes that are not UTF-8 stand in Base64 under a name that
 * ends in {@code _base64}.
 */
final class RecordJson implements RecordPrinter {

  @Override
  public void print(ConsumerRecord<byte[], byte[]> record, OutputStream out) throws IOException {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("topic", record.topic());
    document.put("partition", record.partition());
    document.put("offset", record.offset());
    document.put("timestamp", record.timestamp());
    put(document, "key", record.key());
    put(document, "value", record.value());
    List<Object> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      one.put("name", header.key());
      put(one, "value", header.value());
      headers.add(one);
    }
    document.put("headers", headers);
    out.write((Json.text(document) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Bytes under a name, or under one that ends in {@code _base64}. */
  static void put(Map<String, @Nullable Object> document, String name, byte @Nullable [] bytes) {
    if (bytes == null) {
      document.put(name, null);
      return;
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      document.put(name, text);
    } catch (CharacterCodingException e) {
      document.put(name + "_base64", Base64.getEncoder().encodeToString(bytes));
    }
  }
}
