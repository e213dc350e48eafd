package io.millrace.wire.generator;

import java.util.ArrayList;
import java.util.List;

/**
 * The fields of a message, or of a struct inside one, in the order of the wire.
 *
 * @param versions in which the struct is used
 * @param flexible in which it ends with a tag section, inside {@code versions}
 */
record StructSchema(String name, Versions versions, Versions flexible, List<FieldSchema> fields) {

  List<FieldSchema> bodyFields() {
    return fields.stream().filter(field -> !field.isTagged()).toList();
  }

  /** The fields of the body, neighbours of the same versions together. */
  List<List<FieldSchema>> runs() {
    List<List<FieldSchema>> runs = new ArrayList<>();
    Versions last = Versions.NONE;
    for (FieldSchema field : bodyFields()) {
      if (!field.versions().equals(last)) {
        runs.add(new ArrayList<>());
        last = field.versions();
      }
      runs.get(runs.size() - 1).add(field);
    }
    return runs;
  }

  /** Fields of the tag section, by ascending tag. */
  List<FieldSchema> taggedFields() {
    return fields.stream()
        .filter(FieldSchema::isTagged)
        .sorted((a, b) -> Integer.compare(a.tag(), b.tag()))
        .toList();
  }
}
