package io.millrace.producer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * Metrics as OpenTelemetry's protocol has them, in protobuf: the few messages and fields of it that
 * are wanted here.
 *
 * @see <a
 *     href="https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto">metrics.proto</a>
 */
final class Otlp {

  private static final int DELTA = 1;
  private static final int CUMULATIVE = 2;

  /** The body of one protobuf message. */
  private static final class Body {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private void varint(long value) {
      long left = value;
      while ((left & ~0x7fL) != 0) {
        out.write((int) (left & 0x7f | 0x80));
        left >>>= 7;
      }
      out.write((int) left);
    }

    private void tag(int field, int type) {
      varint((long) field << 3 | type);
    }

    Body number(int field, long value) {
      tag(field, VARINT);
      varint(value);
      return this;
    }

    Body fixed(int field, long value) {
      tag(field, FIXED64);
      byte[] bytes =
          ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
      out.write(bytes, 0, bytes.length);
      return this;
    }

    Body real(int field, double value) {
      return fixed(field, Double.doubleToRawLongBits(value));
    }

    Body bytes(int field, byte[] value) {
      tag(field, BYTES);
      varint(value.length);
      out.write(value, 0, value.length);
      return this;
    }

    Body text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Body message(int field, Body value) {
      return bytes(field, value.out.toByteArray());
    }
  }

  private final Body scope = new Body();
  private int metrics;

  /** What a number was, and for which time. */
  record Point(Map<String, String> labels, long sinceMs, long atMs, double value) {}

  private static Body point(Point point) {
    Body body = new Body();
    body.fixed(2, point.sinceMs * 1_000_000);
    body.fixed(3, point.atMs * 1_000_000);
    body.real(4, point.value);
    new TreeMap<>(point.labels)
        .forEach((name, value) ->
            body.message(7, new Body().text(1, name).message(2, new Body().text(1, value))));
    return body;
  }

  /** Adds a number that goes up and down. */
  void gauge(String name, String description, Point point) {
    add(name, description, 5, new Body().message(1, point(point)));
  }

  /**
   * Adds a number that only grows.
   *
   * @param delta whether it says by how much since {@code sinceMs}; else how much it is
   */
  void sum(String name, String description, Point point, boolean delta) {
    add(
        name,
        description,
        7,
        new Body().message(1, point(point)).number(2, delta ? DELTA : CUMULATIVE).number(3, 1));
  }

  private void add(String name, String description, int kind, Body data) {
    metrics++;
    scope.message(2, new Body().text(1, name).text(2, description).message(kind, data));
  }

  int metrics() {
    return metrics;
  }

  /** All that was added, as one {@code MetricsData}. */
  byte[] toBytes() {
    Body resource = new Body().message(1, new Body()).message(2, scope);
    return new Body().message(1, resource).out.toByteArray();
  }
}
