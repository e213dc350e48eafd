package io.millrace.cli;

import io.millrace.producer.ProducerMessage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
    List<NameValue> headers) {

  /**
   * The record that a line stands for.
   *
   * @throws CommandFailure if a separator is missing in it
   */
  ProducerMessage of(byte[] line, long number) {
    ProducerMessage message = ProducerMessage.to(topic);
    if (partition != null) {
      message.partition(partition);
    }
    headers.forEach(one -> add(message, one));
    int at = 0;
    if (headersSeparator != null) {
      int end = require(line, at, headersSeparator, number, "headers");
      String text = new String(line, at, end - at, StandardCharsets.UTF_8);
      headers(text, number).forEach(one -> add(message, one));
      at = end + headersSeparator.length;
    }
    if (keySeparator != null) {
      int end = require(line, at, keySeparator, number, "key");
      message.key(orNull(Arrays.copyOfRange(line, at, end)));
      at = end + keySeparator.length;
    }
    return message.value(orNull(at == 0 ? line : Arrays.copyOfRange(line, at, line.length)));
  }

  private static void add(ProducerMessage message, NameValue header) {
    message.header(header.name(), header.value().getBytes(StandardCharsets.UTF_8));
  }

  private byte @Nullable [] orNull(byte[] bytes) {
    return nullText != null && Arrays.equals(nullText, bytes) ? null : bytes;
  }

  private static int require(byte[] line, int from, byte[] separator, long number, String what) {
    int at = KeyLines.indexOf(line, separator, from);
    if (at >= 0) {
      return at;
    }
    throw CommandFailure.refused(
        "BAD_LINE", "line " + number + " has no " + what + " separator", null);
  }

  private static List<NameValue> headers(String text, long number) {
    List<NameValue> headers = new ArrayList<>();
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
      headers.add(NameValue.parse("a header", one));
    }
    return headers;
  }
}
