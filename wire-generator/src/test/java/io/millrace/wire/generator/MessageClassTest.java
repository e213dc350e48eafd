package io.millrace.wire.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MessageClassTest {
  private static final String SCHEMA =
      """
      { "type": "request", "apiKey": 9, "name": "OrderRequest",
        "validVersions": "1-3", "flexibleVersions": "3+",
        "fields": [
          { "name": "Deadline", "type": "int64", "versions": "0-1", "default": "-1" },
          { "name": "Items", "type": "[]Item", "versions": "0+", "nullableVersions": "2+",
            "fields": [
              { "name": "Name", "type": "string", "versions": "0+" },
              { "name": "Count", "type": "uint16", "versions": "2+", "default": "0x10" }
            ] },
          { "name": "Origin", "type": "Place", "versions": "3+", "taggedVersions": "3+", "tag": 0,
            "ignorable": true, "about": "Where it comes from: <& back>.", "fields": [
              { "name": "Shelf", "type": "int32", "versions": "3+" }
            ] }
        ] }
      """;

  private final String source = new MessageClass(SchemaReader.read(SCHEMA)).source();

  @Test
  void readTakesTheFieldsOfTheVersion() {
    String minimum = "version > 1 ? 4 : 2";
    assertSource(
        "  public static OrderRequest read(WireReader in, short version) {",
        "    Message.requireVersion(\"OrderRequest\", version, LOWEST_VERSION, HIGHEST_VERSION);",
        "    boolean flexible = version >= 3;",
        "    OrderRequest m = new OrderRequest();",
        "    if (version == 1) {",
        "      m.deadline = in.readInt64();",
        "    }",
        "    {",
        "      int count = version >= 2 ? in.readNullableCount(\"items\", flexible, "
            + minimum
            + ") : in.readCount(\"items\", flexible, "
            + minimum
            + ");",
        "      if (count < 0) {",
        "        m.items = null;",
        "      } else {",
        "        List<Item> list = WireReader.list(count);",
        "        for (int i = 0; i < count; i++) {",
        "          list.add(Item.read(in, version));",
        "        }",
        "        m.items = list;",
        "      }",
        "    }",
        "    if (flexible) {",
        "      for (int tags = in.readTagCount(), tag = -1; tags > 0; tags--) {",
        "        tag = in.readTag(tag);",
        "        int end = in.readTagEnd();",
        "        if (tag == 0) {",
        "          m.origin = Place.read(in, version);",
        "          in.endTag(tag, end);",
        "        } else {",
        "          in.skipTo(end);",
        "        }",
        "      }",
        "    }",
        "    return m;",
        "  }");
  }

  @Test
  void writeRefusesWhatItMayNotDropAndLeavesOutDefaultTags() {
    assertSource(
        "    boolean flexible = version >= 3;",
        "    if (version > 1 && this.deadline != -1L) {",
        "      throw new UnsupportedFieldException(getClass(), \"deadline\", version);",
        "    }",
        "    if (version == 1) {",
        "      out.writeInt64(this.deadline);",
        "    }",
        "    if (out.writeCount(\"items\", this.items, flexible, version >= 2)) {",
        "      for (Item each : this.items) {",
        "        each.write(out, version);",
        "      }",
        "    }",
        "    if (flexible) {",
        "      int section = out.beginTags();",
        "      if ((this.origin == null || !this.origin.isDefault())) {",
        "        int tag = out.beginTag(section, 0);",
        "        WireWriter.required(\"origin\", this.origin).write(out, version);",
        "        out.endTag(tag);",
        "      }",
        "    }");
  }

  @Test
  void fieldsHaveTheSchemasDefaultsAndWords() {
    assertSource("    public int count = 16;");
    assertSource("  public @Nullable List<Item> items = new ArrayList<>();");
    assertSource(
        "  /**",
        "   * Where it comes from: &lt;&amp; back&gt;.",
        "   *",
        "   * <p>Version 3. Tag 0.",
        "   */",
        "  public Place origin = new Place();");
  }

  @Test
  void elementThatTakesNoBytesEndsTheBuild() {
    MessageSchema schema =
        SchemaReader.read(
            SCHEMA.replace(
                "\"Name\", \"type\": \"string\", \"versions\": \"0+\"",
                "\"Name\", \"type\": \"string\", \"versions\": \"2+\""));
    assertThatThrownBy(() -> new MessageClass(schema).source())
        .isInstanceOf(SchemaException.class)
        .hasMessage("Item takes no bytes in version 1: counts have no bound");
  }

  @Test
  void defaultThatDoesNotFitEndsTheBuild() {
    MessageSchema schema = SchemaReader.read(SCHEMA.replace("0x10", "65536"));
    assertThatThrownBy(() -> new MessageClass(schema).source())
        .isInstanceOf(SchemaException.class)
        .hasMessage("a default that is no UINT16: 65536");
  }

  private void assertSource(String... lines) {
    assertThat(source).contains(String.join("\n", lines) + "\n");
  }
}
