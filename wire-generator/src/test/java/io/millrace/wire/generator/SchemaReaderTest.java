package io.millrace.wire.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class SchemaReaderTest {

  @Test
  void rangesAreCutToTheVersionsInWhichTheyCount() {
    MessageSchema message =
        read(
            """
            // A comment, as all schemas have.
            { "type": "request", "apiKey": 3, "name": "XRequest",
              "validVersions": "2-7", "flexibleVersions": "5+",
              "fields": [
                { "name": "Gone", "type": "int32", "versions": "0-1" },
                { "name": "Topics", "type": "[]Topic", "versions": "4+", "fields": [
                  { "name": "Id", "type": "uuid", "versions": "0+" },
                  { "name": "Name", "type": "string", "versions": "0-6", "nullableVersions": "6+" }
                ]}
              ] }
            """);
    assertThat(message.flexible()).isEqualTo(Versions.parse("5-7"));
    assertThat(message.root().fields()).extracting(FieldSchema::name).containsExactly("topics");
    StructSchema topic = message.struct("Topic");
    assertThat(topic.versions()).isEqualTo(Versions.parse("4-7"));
    assertThat(topic.flexible()).isEqualTo(Versions.parse("5-7"));
    assertThat(topic.fields().get(0).versions()).isEqualTo(Versions.parse("4-7"));
    assertThat(topic.fields().get(1).nullable()).isEqualTo(Versions.parse("6"));
  }

  @Test
  void everySchemaInTheJarIsUnderstood() throws IOException {
    List<MessageSchema> schemas = SchemaJar.read();
    assertThat(schemas).hasSizeGreaterThanOrEqualTo(203);
    assertThat(schemas).extracting(MessageSchema::name).contains("FetchRequest", "AbortedTxn");
  }

  @Test
  void propertyThatIsNotKnownIsRefused() {
    refused("\"shiny\": true", "unknown property \"shiny\"");
  }

  @Test
  void typeThatIsNotKnownIsRefused() {
    refused("\"type\": \"int128\"", "XData: Field: unknown type: int128");
    refused("\"type\": \"[]bool\"", "no Java form for arrays of BOOL");
  }

  @Test
  void tagInPartOfTheVersionsIsRefused() {
    refused("\"taggedVersions\": \"1+\", \"tag\": 0", "tagged in some of its versions only");
  }

  @Test
  void tagInAVersionThatIsNotFlexibleIsRefused() {
    refused("\"taggedVersions\": \"0+\", \"tag\": 0", "tagged in a version that is not flexible");
  }

  @Test
  void nullByDefaultWhereNullIsNotAllowedIsRefused() {
    refused(
        "\"type\": \"string\", \"default\": \"null\"", "null by default, but not in every version");
  }

  @Test
  void numberThatMayBeNullIsRefused() {
    refused("\"nullableVersions\": \"0+\"", "INT32 cannot be null");
  }

  @Test
  void structInsideItselfIsRefused() {
    refused(
        "\"type\": \"[]Node\", \"fields\": ["
            + "{ \"name\": \"Children\", \"type\": \"[]Node\", \"versions\": \"0+\" }]",
        "struct inside itself: Node");
  }

  /** A message with one field, an int32 unless the properties say else. */
  private static void refused(String properties, String message) {
    String type = properties.contains("\"type\"") ? "" : "\"type\": \"int32\", ";
    String json =
        "{ \"type\": \"data\", \"name\": \"XData\", \"validVersions\": \"0-2\","
            + " \"flexibleVersions\": \"1+\", \"fields\": ["
            + "{ \"name\": \"Field\", \"versions\": \"0+\", "
            + type
            + properties
            + " }] }";
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining(message);
  }

  private static MessageSchema read(String json) {
    return SchemaReader.read(json);
  }
}
