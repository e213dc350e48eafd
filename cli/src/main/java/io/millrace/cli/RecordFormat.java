package io.millrace.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * How a record is printed, as a text with places in it:
 *
 * <pre>
 * %t topic   %p partition   %o offset   %T timestamp in ms   %%  a percent sign
 * %k key     %v value       %h headers, as name=value with commas between them
 * </pre>
 *
 * <p>Keys, values and headers are written as they are, byte for byte; one that is null is written
 * as nothing.
 */
final class RecordFormat implements RecordPrinter {

  private final List<Part> parts = new ArrayList<>();

  private sealed interface Part {
    record Text(byte[] bytes) implements Part {}

    record Place(char letter) implements Part {}
  }

  /**
   * @throws CommandFailure if the text has a place or an escape that there is not
   */
  RecordFormat(String text) {
    int at = 0;
    while (at < text.length()) {
      int percent = text.indexOf('%', at);
      int end = percent < 0 ? text.length() : percent;
      if (end > at) {
        parts.add(new Part.Text(Escapes.bytes("--format", text.substring(at, end))));
      }
      if (percent >= 0) {
        parts.add(place(percent + 1 < text.length() ? text.charAt(percent + 1) : ' '));
        end += 2;
      }
      at = end;
    }
  }

  private static Part place(char letter) {
    if (letter == '%') {
      return new Part.Text(new byte[] {'%'});
    }
    if ("tpoTkvh".indexOf(letter) < 0) {
      throw CommandFailure.usage("--format knows %t %p %o %k %v %T %h and %%, not %" + letter);
    }
    return new Part.Place(letter);
  }

  @Override
  public void print(ConsumerRecord<byte[], byte[]> record, OutputStream out) throws IOException {
    for (Part part : parts) {
      switch (part) {
        case Part.Text text -> out.write(text.bytes);
        case Part.Place place -> print(place.letter, record, out);
      }
    }
  }

  private static void print(char letter, ConsumerRecord<byte[], byte[]> record, OutputStream out)
      throws IOException {
    switch (letter) {
      case 't' -> text(record.topic(), out);
      case 'p' -> text(Integer.toString(record.partition()), out);
      case 'o' -> text(Long.toString(record.offset()), out);
      case 'T' -> text(Long.toString(record.timestamp()), out);
      case 'k' -> bytes(record.key(), out);
      case 'v' -> bytes(record.value(), out);
      case 'h' -> {
        boolean first = true;
        for (Header header : record.headers()) {
          text((first ? "" : ",") + header.key() + "=", out);
          bytes(header.value(), out);
          first = false;
        }
      }
      default -> throw new IllegalStateException("no place " + letter);
    }
  }

  private static void text(String text, OutputStream out) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void bytes(byte @org.jspecify.annotations.Nullable [] bytes, OutputStream out)
      throws IOException {
    if (bytes != null) {
      out.write(bytes);
    }
  }
}
