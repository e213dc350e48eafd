package io.millrace.wire.generator;

import java.util.Locale;

/** The type of a field, and how it looks in Java and on the wire. */
sealed interface FieldType {

  /** A value that always takes the same number of bytes. */
  enum Fixed implements FieldType {
    BOOL("boolean", "Bool", 1),
    INT8("byte", "Int8", 1),
    INT16("short", "Int16", 2),
    UINT16("int", "Uint16", 2),
    INT32("int", "Int32", 4),
    UINT32("long", "Uint32", 4),
    INT64("long", "Int64", 8),
    FLOAT64("double", "Float64", 8),
    UUID("UUID", "Uuid", 16);

    final String java;
    final String verb;
    final int bytes;

    Fixed(String java, String verb, int bytes) {
      this.java = java;
      this.verb = verb;
      this.bytes = bytes;
    }

    /** Whether an array of it is a Java array and not a list. */
    boolean isArrayInJava() {
      return this == INT8 || this == INT16 || this == INT32 || this == INT64;
    }
  }

  /** A value with its length in front. */
  enum Sized implements FieldType {
    STRING("String", "String", 2),
    BYTES("ByteBuffer", "Bytes", 4),
    RECORDS("Payload", "Records", 4);

    final String java;
    final String verb;

    /** Bytes of the length in versions that are not flexible; in flexible ones it is a varint. */
    final int lengthBytes;

    Sized(String java, String verb, int lengthBytes) {
      this.java = java;
      this.verb = verb;
      this.lengthBytes = lengthBytes;
    }
  }

  /** One of the message's structs, by name. */
  record StructOf(String name) implements FieldType {}

  /** Any number of elements, with their count in front. */
  record ArrayOf(FieldType element) implements FieldType {
    public ArrayOf {
      boolean known =
          element instanceof StructOf
              || element == Sized.STRING
              || element == Fixed.UUID
              || (element instanceof Fixed fixed && fixed.isArrayInJava());
      if (!known) {
        throw new SchemaException("no Java form for arrays of " + element);
      }
    }

    /** Whether it is a Java array and not a list. */
    boolean isArrayInJava() {
      return element instanceof Fixed fixed && fixed.isArrayInJava();
    }
  }

  static FieldType parse(String text) {
    if (text.startsWith("[]")) {
      return new ArrayOf(parse(text.substring(2)));
    }
    if (!text.isEmpty() && Character.isUpperCase(text.charAt(0))) {
      return new StructOf(text);
    }
    for (Fixed fixed : Fixed.values()) {
      if (fixed.name().toLowerCase(Locale.ROOT).equals(text)) {
        return fixed;
      }
    }
    for (Sized sized : Sized.values()) {
      if (sized.name().toLowerCase(Locale.ROOT).equals(text)) {
        return sized;
      }
    }
    throw new SchemaException("unknown type: " + text);
  }

  /** The Java type, without a mark for null. */
  default String java() {
    if (this instanceof Fixed fixed) {
      return fixed.java;
    }
    if (this instanceof Sized sized) {
      return sized.java;
    }
    if (this instanceof StructOf struct) {
      return struct.name();
    }
    ArrayOf array = (ArrayOf) this;
    return array.isArrayInJava()
        ? array.element().java() + "[]"
        : "List<" + array.element().java() + ">";
  }
}
