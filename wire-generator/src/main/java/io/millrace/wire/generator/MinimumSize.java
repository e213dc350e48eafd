package io.millrace.wire.generator;

import java.util.function.IntUnaryOperator;

/**
 * The fewest bytes that a value can take on the wire. The reader divides what is left of its input
 * by it, so that a declared count that cannot be true is refused before anything is allocated.
 */
final class MinimumSize {
  private final MessageSchema message;

  MinimumSize(MessageSchema message) {
    this.message = message;
  }

  /** A Java expression, over {@code version}, for one element of the array {@code field}. */
  String ofElement(FieldSchema field, FieldType.StructOf element) {
    StructSchema struct = message.struct(element.name());
    IntUnaryOperator bytes = version -> ofStruct(struct, version);
    Versions versions = field.versions();
    StringBuilder expression = new StringBuilder();
    int last = bytes.applyAsInt(versions.highest());
    for (int version = versions.highest(); version >= versions.lowest(); version--) {
      int size = bytes.applyAsInt(version);
      if (size < 1) {
        throw new SchemaException(
            struct.name() + " takes no bytes in version " + version + ": counts have no bound");
      }
      if (size != last) {
        expression.append("version > ").append(version).append(" ? ").append(last).append(" : ");
        last = size;
      }
    }
    return expression.append(last).toString();
  }

  private int ofStruct(StructSchema struct, int version) {
    int size = struct.flexible().contains(version) ? 1 : 0;
    for (FieldSchema field : struct.bodyFields()) {
      if (field.versions().contains(version)) {
        size += ofField(field, version);
      }
    }
    return size;
  }

  private int ofField(FieldSchema field, int version) {
    boolean compact = field.flexible().contains(version);
    FieldType type = field.type();
    if (type instanceof FieldType.Fixed fixed) {
      return fixed.bytes;
    }
    if (type instanceof FieldType.Sized sized) {
      return compact ? 1 : sized.lengthBytes;
    }
    if (type instanceof FieldType.StructOf of) {
      return field.nullable().contains(version) ? 1 : ofStruct(message.struct(of.name()), version);
    }
    return compact ? 1 : 4;
  }
}
