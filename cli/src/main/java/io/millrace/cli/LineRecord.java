package io.millrace.cli;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/**
 * How a line becomes a record: {@code [headers SEPARATOR] [key SEPARATOR] value}, headers as {@code
 * name=value} with commas between them.
 *
 * @param headersSeparator null if lines have no headers
 * @param keySeparator null if lines have no key
 * @param nullText a key or value that reads so is null; null if none is
 * @param headers those that every record gets
 */
record LineRecord(
    String topic,
    @Nullable Integer partition,
    byte @Nullable [] headersSeparator,
    byte @Nullable [] keySeparator,
    byte @Nullable [] nullText,
    List<Header> headers) {

  /**
   * The record that a line stands for.
   *
   * @throws CommandFailure if a separator is missing in it
   */
  ProducerRecord<byte[], byte[]> of(byte[] line, long number) {
    List<Header> itsHeaders = headers;
    int at = 0;
    if (headersSeparator != null) {
      int end = require(line, at, headersSeparator, number, "headers");
      itsHeaders = new ArrayList<>(headers);
      itsHeaders.addAll(headers(new String(line, at, end - at, StandardCharsets.UTF_8), number));
      at = end + headersSeparator.length;
    }
    byte[] key = null;
    if (keySeparator != null) {
      int end = require(line, at, keySeparator, number, "key");
      key = orNull(Arrays.copyOfRange(line, at, end));
      at = end + keySeparator.length;
    }
    byte[] value = orNull(at == 0 ? line : Arrays.copyOfRange(line, at, line.length));
    return new ProducerRecord<>(topic, partition, key, value, itsHeaders);
  }

  private byte @Nullable [] orNull(byte[] bytes) {
    return nullText != null && Arrays.equals(nullText, bytes) ? null : bytes;
  }

  private static int require(byte[] line, int from, byte[] separator, long number, String what) {
    for (int at = from; at + separator.length <= line.length; at++) {
      if (Arrays.equals(line, at, at + separator.length, separator, 0, separator.length)) {
        return at;
      }
    }
    throw CommandFailure.refused(
        "BAD_LINE", "line " + number + " has no " + what + " separator", null);
  }

  private static List<Header> headers(String text, long number) {
    List<Header> headers = new ArrayList<>();
    for (String one : text.split(",", -1)) {
      if (text.isEmpty()) {
        break;
      }
      if (one.indexOf('=') < 1) {
        throw CommandFailure.refused(
            "BAD_LINE",
            "line " + number + " has \"" + one + "\" for a header, which is not name=value",
            null);
      }
      headers.add(header(NameValue.parse("a header", one)));
    }
    return headers;
  }

  static Header header(NameValue pair) {
    return new RecordHeader(pair.name(), pair.value().getBytes(StandardCharsets.UTF_8));
  }
}
