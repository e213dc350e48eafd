package io.millrace.wire.generator;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** What a field holds before it is set, and how Java asks whether it holds something else. */
final class DefaultValue {
  private DefaultValue() {}

  /** The initial value, as a Java expression. */
  static String initial(FieldSchema field) {
    if (field.isNullByDefault()) {
      return "null";
    }
    FieldType type = field.type();
    String text = field.defaultText();
    if (type instanceof FieldType.Fixed fixed) {
      return fixed(fixed, text);
    }
    if (type == FieldType.Sized.STRING) {
      return quoted(text == null ? "" : text);
    }
    if (text != null && !text.isEmpty()) {
      throw new SchemaException(field.name() + ": a default other than null for " + type);
    }
    if (type instanceof FieldType.Sized sized) {
      return "Defaults.NO_" + sized.name();
    }
    if (type instanceof FieldType.StructOf struct) {
      return "new " + struct.name() + "()";
    }
    FieldType.ArrayOf array = (FieldType.ArrayOf) type;
    return array.isArrayInJava()
        ? "Defaults.NO_" + ((FieldType.Fixed) array.element()).name() + "S"
        : "new ArrayList<>()";
  }

  /** A Java condition that holds when the field has another value than the initial one. */
  static String isOther(FieldSchema field) {
    String value = "this." + field.name();
    if (field.isNullByDefault()) {
      return value + " != null";
    }
    FieldType type = field.type();
    String initial = initial(field);
    if (type == FieldType.Fixed.BOOL) {
      return initial.equals("true") ? "!" + value : value;
    }
    if (type == FieldType.Fixed.UUID || type == FieldType.Sized.STRING) {
      return "!" + initial + ".equals(" + value + ")";
    }
    if (type instanceof FieldType.Fixed) {
      return value + " != " + initial;
    }
    String filled;
    if (type == FieldType.Sized.BYTES) {
      filled = value + ".hasRemaining()";
    } else if (type == FieldType.Sized.RECORDS) {
      filled = value + ".size() != 0";
    } else if (type instanceof FieldType.StructOf) {
      filled = "!" + value + ".isDefault()";
    } else {
      boolean array = ((FieldType.ArrayOf) type).isArrayInJava();
      filled = array ? value + ".length != 0" : "!" + value + ".isEmpty()";
    }
    return "(" + value + " == null || " + filled + ")";
  }

  private static String fixed(FieldType.Fixed type, @Nullable String text) {
    switch (type) {
      case BOOL -> {
        if (text == null || text.equals("false")) {
          return "false";
        }
        if (text.equals("true")) {
          return "true";
        }
      }
      case UUID -> {
        if (text == null) {
          return "Defaults.ZERO_UUID";
        }
      }
      case FLOAT64 -> {
        return text == null ? "0.0" : Double.toString(Double.parseDouble(text));
      }
      default -> {
        return integer(type, text == null ? "0" : text);
      }
    }
    throw new SchemaException("a default that is no " + type + ": " + text);
  }

  private static String integer(FieldType.Fixed type, String text) {
    boolean unsigned = type == FieldType.Fixed.UINT16 || type == FieldType.Fixed.UINT32;
    int bits = type.bytes * 8;
    long value = Long.decode(text);
    BigInteger number = BigInteger.valueOf(value);
    boolean fits = unsigned ? value >= 0 && number.bitLength() <= bits : number.bitLength() < bits;
    if (!fits) {
      throw new SchemaException("a default that is no " + type + ": " + text);
    }
    return type.java.equals("long") ? value + "L" : Long.toString(value);
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
