package io.millrace.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;

/**
 * The way from a message down to one field, through structs and lists.
 *
 * @param owner the struct that has {@code name}; all its other fields stay as they are by default
 * @param above the way to that struct, or null when it is the message itself
 */
record FieldPath(FieldPath above, Schema owner, String name, Type type) {

  /** Every field of a message, its structs before what is in them. */
  static List<FieldPath> of(Schema message) {
    List<FieldPath> paths = new ArrayList<>();
    collect(null, message, paths);
    return paths;
  }

  private static void collect(FieldPath above, Schema owner, List<FieldPath> paths) {
    for (BoundField field : owner.fields()) {
      if (field.def.type instanceof TaggedFields tags) {
        tags.fields().values().forEach(tag -> add(above, owner, tag, paths));
      } else {
        add(above, owner, field.def, paths);
      }
    }
  }

  private static void add(FieldPath above, Schema owner, Field field, List<FieldPath> paths) {
    FieldPath path = new FieldPath(above, owner, Values.plain(field.name), field.type);
    paths.add(path);
    Type element = field.type.isArray() ? field.type.arrayElementType().orElseThrow() : field.type;
    if (element instanceof Schema inner) {
      collect(path, inner, paths);
    }
  }

  /** Content in which this field alone has a value; lists on the way to it have one element. */
  Map<String, Object> with(Object value) {
    Map<String, Object> struct = defaults(owner);
    struct.put(name, value);
    if (above == null) {
      return struct;
    }
    return above.with(above.type.isArray() ? List.of(struct) : struct);
  }

  static Map<String, Object> defaults(Schema struct) {
    return new RandomValues(new Random(0), RandomValues.Style.DEFAULTS).struct(struct);
  }

  @Override
  public String toString() {
    return above == null ? name : above + "." + name;
  }
}
