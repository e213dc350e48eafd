package io.millrace.wire;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;

/**
 * Random content for one version of a message. What the version has, and what may be null in it, is
 * taken from the schema objects that Kafka keeps beside its classes, not from our generator.
 */
final class RandomValues {

  enum Style {
    /** Nothing is set. */
    DEFAULTS,
    /** What may be null is null, lists have one element, no tags. */
    NULLS,
    /** Everything is set, tags too; lists have one element or two. */
    FULL,
    /** Anything; now and then long strings, long arrays and large bytes. */
    MIXED
  }

  private static final String LETTERS = "abcXYZ019._-/ \u00e4\u00df\u20ac\u65e5\u0000\n";

  private final Random random;
  private final Style style;

  RandomValues(Random random, Style style) {
    this.random = random;
    this.style = style;
  }

  Map<String, Object> struct(Schema schema) {
    Map<String, Object> values = new TreeMap<>();
    for (BoundField field : schema.fields()) {
      if (field.def.type instanceof TaggedFields tags) {
        tags.fields()
            .values()
            .forEach(tag -> {
              if (style == Style.FULL || (style == Style.MIXED && random.nextBoolean())) {
                values.put(Values.plain(tag.name), value(tag.type));
              }
            });
      } else if (style != Style.DEFAULTS || plain(field.def.type).equals("RECORDS")) {
        values.put(Values.plain(field.def.name), value(field.def.type));
      }
    }
    return values;
  }

  private static String plain(Type type) {
    return type.toString().replace("COMPACT_", "").replace("NULLABLE_", "");
  }

  Object value(Type type) {
    boolean isNull = style == Style.NULLS || (style == Style.MIXED && random.nextInt(4) == 0);
    if (type.isNullable() && isNull) {
      return null;
    }
    if (type.isArray()) {
      Type element = type.arrayElementType().orElseThrow();
      List<Object> list = new ArrayList<>();
      for (int i = length(element instanceof Schema); i > 0; i--) {
        list.add(value(element));
      }
      return list;
    }
    if (type instanceof Schema schema) {
      return struct(schema);
    }
    return switch (plain(type)) {
      case "BOOLEAN" -> random.nextBoolean();
      case "INT8" -> (long) (byte) number();
      case "INT16" -> (long) (short) number();
      case "UINT16" -> number() & 0xFFFF;
      case "INT32" -> (long) (int) number();
      case "UINT32" -> number() & 0xFFFF_FFFFL;
      case "INT64" -> number();
      case "FLOAT64" -> random.nextInt(9) == 0 ? Double.NaN : random.nextGaussian();
      case "UUID" ->
          random.nextInt(5) == 0 ? new UUID(0, 0) : new UUID(random.nextLong(), random.nextLong());
      case "STRING" -> string();
      case "BYTES", "RECORDS" -> bytes();
      default -> throw new AssertionError("unknown type " + type);
    };
  }

  private int length(boolean ofStructs) {
    return switch (style) {
      case NULLS -> 1;
      case FULL -> 1 + random.nextInt(2);
      default ->
          !ofStructs && random.nextInt(40) == 0 ? 127 + random.nextInt(3) : random.nextInt(4);
    };
  }

  private long number() {
    return switch (random.nextInt(6)) {
      case 0 -> random.nextInt(3) - 1;
      case 1 -> Long.MAX_VALUE >> (8 * random.nextInt(8));
      case 2 -> Long.MIN_VALUE >> (8 * random.nextInt(8));
      default -> random.nextLong();
    };
  }

  private String string() {
    boolean mixed = style == Style.MIXED;
    if (mixed && random.nextInt(2000) == 0) {
      return "x".repeat(Short.MAX_VALUE);
    }
    int chars = mixed && random.nextInt(60) == 0 ? 120 + random.nextInt(20) : random.nextInt(12);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < chars; i++) {
      if (random.nextInt(30) == 0) {
        text.appendCodePoint(0x1F600 + random.nextInt(64));
      } else {
        text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
      }
    }
    return text.toString();
  }

  private ByteBuffer bytes() {
    boolean large = style == Style.MIXED && random.nextInt(12) == 0;
    byte[] bytes = new byte[large ? 4000 + random.nextInt(200) : random.nextInt(24)];
    random.nextBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }
}
