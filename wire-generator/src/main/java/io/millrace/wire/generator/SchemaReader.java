package io.millrace.wire.generator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Turns one schema file into a {@link MessageSchema}.
 *
 * <p>It is strict: a property it has not met before may change the bytes, so it ends the build
 * instead of being passed over.
 *
 * @see <a
 *     href="https://github.com/apache/kafka/blob/trunk/clients/src/main/resources/common/message/README.md">Apache
 *     Kafka message definitions</a>
 */
final class SchemaReader {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_JAVA_COMMENTS).build();

  private static final Set<String> MESSAGE_PROPERTIES =
      Set.of(
          "apiKey",
          "type",
          "listeners",
          "name",
          "validVersions",
          "flexibleVersions",
          "latestVersionUnstable",
          "fields",
          "commonStructs");

  private static final Set<String> STRUCT_PROPERTIES = Set.of("name", "versions", "fields");

  private static final Set<String> FIELD_PROPERTIES =
      Set.of(
          "name",
          "type",
          "versions",
          "nullableVersions",
          "taggedVersions",
          "tag",
          "flexibleVersions",
          "default",
          "ignorable",
          "about",
          "fields",
          // These change how Kafka's own classes look, not the bytes.
          "entityType",
          "mapKey",
          "zeroCopy");

  private final Versions messageFlexible;
  private final Map<String, StructSchema> structs = new LinkedHashMap<>();

  private SchemaReader(Versions messageFlexible) {
    this.messageFlexible = messageFlexible;
  }

  static MessageSchema read(String json) {
    JsonNode node = JSON.readTree(json);
    String name = text(node, "name");
    try {
      return message(name, node);
    } catch (SchemaException e) {
      throw new SchemaException(name + ": " + e.getMessage(), e);
    }
  }

  private static MessageSchema message(String name, JsonNode node) {
    onlyKnown(node, MESSAGE_PROPERTIES);
    Versions versions = Versions.parse(text(node, "validVersions"));
    if (versions.highest() == Versions.OPEN) {
      throw new SchemaException("valid versions without an end");
    }
    Versions flexible = Versions.parse(text(node, "flexibleVersions", "none")).intersect(versions);
    SchemaReader reader = new SchemaReader(flexible);
    for (JsonNode common : node.path("commonStructs")) {
      onlyKnown(common, STRUCT_PROPERTIES);
      Versions used = Versions.parse(text(common, "versions")).intersect(versions);
      reader.struct(text(common, "name"), used, common.path("fields"));
    }
    List<FieldSchema> fields = reader.fields(versions, node.path("fields"));
    StructSchema root = new StructSchema(name, versions, flexible, fields);
    MessageSchema message =
        new MessageSchema(
            name,
            MessageSchema.Kind.valueOf(text(node, "type").toUpperCase(Locale.ROOT)),
            node.path("apiKey").asInt(-1),
            versions,
            flexible,
            node.path("latestVersionUnstable").asBoolean(false),
            root,
            List.copyOf(reader.structs.values()));
    refuseLoops(message, root, List.of());
    return message;
  }

  private void struct(String name, Versions used, JsonNode fields) {
    StructSchema struct =
        new StructSchema(name, used, messageFlexible.intersect(used), fields(used, fields));
    if (structs.put(name, struct) != null) {
      throw new SchemaException("two structs named " + name);
    }
  }

  private List<FieldSchema> fields(Versions used, JsonNode nodes) {
    List<FieldSchema> fields = new ArrayList<>();
    for (JsonNode node : nodes) {
      String name = text(node, "name");
      try {
        FieldSchema field = field(used, name, node);
        if (!field.versions().isEmpty()) {
          fields.add(field);
        }
      } catch (SchemaException e) {
        throw new SchemaException(name + ": " + e.getMessage(), e);
      }
    }
    return fields;
  }

  private FieldSchema field(Versions used, String name, JsonNode node) {
    onlyKnown(node, FIELD_PROPERTIES);
    FieldType type = FieldType.parse(text(node, "type"));
    Versions versions = Versions.parse(text(node, "versions")).intersect(used);
    Versions tagged = Versions.parse(text(node, "taggedVersions", "none")).intersect(versions);
    if (!tagged.isEmpty() && !tagged.equals(versions)) {
      throw new SchemaException("tagged in some of its versions only");
    }
    Versions flexible = messageFlexible;
    if (node.has("flexibleVersions")) {
      flexible = Versions.parse(text(node, "flexibleVersions"));
      if (!flexible.isEmpty()) {
        throw new SchemaException("flexible versions of its own, other than none");
      }
    }
    if (!flexible.covers(tagged)) {
      throw new SchemaException("tagged in a version that is not flexible");
    }
    if (node.has("fields")) {
      FieldType element = type instanceof FieldType.ArrayOf array ? array.element() : type;
      struct(((FieldType.StructOf) element).name(), versions, node.path("fields"));
    }
    Versions nullable = Versions.parse(text(node, "nullableVersions", "none")).intersect(versions);
    if (type instanceof FieldType.Fixed && !nullable.isEmpty()) {
      throw new SchemaException(type + " cannot be null");
    }
    String defaultText = node.has("default") ? node.path("default").asString() : null;
    FieldSchema field =
        new FieldSchema(
            Character.toLowerCase(name.charAt(0)) + name.substring(1),
            type,
            versions,
            nullable,
            tagged.isEmpty() ? -1 : node.path("tag").asInt(),
            flexible.intersect(versions),
            defaultText,
            node.path("ignorable").asBoolean(false),
            text(node, "about", ""));
    if ("null".equals(defaultText) && !versions.isEmpty() && !field.isNullByDefault()) {
      throw new SchemaException("null by default, but not in every version");
    }
    return field;
  }

  /** A struct inside itself would let input decide how deep the reader's stack goes. */
  private static void refuseLoops(MessageSchema message, StructSchema struct, List<String> above) {
    for (FieldSchema field : struct.fields()) {
      FieldType type = field.type();
      FieldType inner = type instanceof FieldType.ArrayOf array ? array.element() : type;
      if (inner instanceof FieldType.StructOf of) {
        if (above.contains(of.name())) {
          throw new SchemaException("struct inside itself: " + of.name());
        }
        List<String> path = new ArrayList<>(above);
        path.add(of.name());
        refuseLoops(message, message.struct(of.name()), path);
      }
    }
  }

  private static void onlyKnown(JsonNode node, Set<String> known) {
    for (String property : node.propertyNames()) {
      if (!known.contains(property)) {
        throw new SchemaException("unknown property \"" + property + "\"");
      }
    }
  }

  private static String text(JsonNode node, String property) {
    if (!node.has(property)) {
      throw new SchemaException("no \"" + property + "\"");
    }
    return node.path(property).asString();
  }

  private static String text(JsonNode node, String property, String otherwise) {
    return node.has(property) ? node.path(property).asString() : otherwise;
  }
}
