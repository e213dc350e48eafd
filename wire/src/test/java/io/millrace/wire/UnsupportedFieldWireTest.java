package io.millrace.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.wire.KafkaMessages.Version;
import io.millrace.wire.message.FetchRequest;
import io.millrace.wire.message.MetadataRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Fields that a version lacks: dropped or refused, as kafka-clients drops or refuses them. */
class UnsupportedFieldWireTest {
  private static final Random RANDOM = Seed.random(UnsupportedFieldWireTest.class);

  @Test
  void eachFieldAloneIsDroppedOrRefusedInEachVersionAsByKafka() {
    Map<String, List<Version>> byName = new LinkedHashMap<>();
    for (Version version : KafkaMessages.all()) {
      byName.computeIfAbsent(version.name(), name -> new ArrayList<>()).add(version);
    }
    int dropped = 0;
    int refused = 0;
    for (List<Version> versions : byName.values()) {
      for (FieldPath field : distinctFields(versions)) {
        List<Object> values = new ArrayList<>();
        values.add(new RandomValues(RANDOM, RandomValues.Style.FULL).value(field.type()));
        if (field.type().isNullable()) {
          values.add(null);
        }
        for (Object value : values) {
          Map<String, Object> content = field.with(value);
          for (Version version : versions) {
            if (sameOutcome(version, content, field + " = " + value)) {
              refused++;
            } else {
              dropped++;
            }
          }
        }
      }
    }
    System.out.printf("fields alone: %,d written or dropped, %,d refused%n", dropped, refused);
    assertThat(refused).isGreaterThan(500);
  }

  /** Fields of all versions; a field is taken from the lowest version that has it. */
  private static Iterable<FieldPath> distinctFields(List<Version> versions) {
    Map<String, FieldPath> fields = new LinkedHashMap<>();
    for (Version version : versions) {
      for (FieldPath path : FieldPath.of(version.schema())) {
        fields.putIfAbsent(path.toString(), path);
      }
    }
    return fields.values();
  }

  /** Returns whether both refuse. */
  private static boolean sameOutcome(Version version, Map<String, Object> content, String what) {
    Object kafka;
    try {
      kafka = version.encode(Values.fill(version.kafka(), content));
    } catch (RuntimeException e) {
      kafka = e;
    }
    try {
      Object ours = version.encode(Values.fill(version.ours(), content));
      assertThat(ours).as(version + " " + what).isEqualTo(kafka);
      return false;
    } catch (WireException e) {
      assertThat(kafka).as(version + " " + what + ": " + e).isInstanceOf(RuntimeException.class);
      return true;
    }
  }

  @Test
  void refusalNamesFieldAndVersion() {
    FetchRequest request = new FetchRequest();
    request.replicaState.replicaId = 3;
    assertThatThrownBy(() -> request.write(new WireWriter(), (short) 14))
        .isInstanceOfSatisfying(
            UnsupportedFieldException.class,
            e -> {
              assertThat(e.field()).isEqualTo("FetchRequest.replicaState");
              assertThat(e.version()).isEqualTo((short) 14);
            })
        .hasMessage("FetchRequest.replicaState is set, and version 14 cannot carry it");
  }

  @Test
  void refusalNamesTheStructToo() {
    FetchRequest request = new FetchRequest();
    FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic();
    FetchRequest.FetchPartition partition = new FetchRequest.FetchPartition();
    partition.lastFetchedEpoch = 1;
    topic.partitions.add(partition);
    request.topics.add(topic);
    assertThatThrownBy(() -> request.write(new WireWriter(), (short) 11))
        .hasMessage(
            "FetchRequest.FetchPartition.lastFetchedEpoch is set, and version 11 cannot carry it");
  }

  @Test
  void nullIsRefusedInAVersionThatAllowsNone() {
    MetadataRequest request = new MetadataRequest();
    request.topics = null;
    request.write(new WireWriter(), (short) 1);
    assertThatThrownBy(() -> request.write(new WireWriter(), (short) 0))
        .isInstanceOf(WireException.class)
        .hasMessage("topics is null, which this version does not allow");
  }

  @Test
  void versionThatIsNotValidIsRefused() {
    assertThatThrownBy(() -> new FetchRequest().write(new WireWriter(), (short) 3))
        .isInstanceOf(WireException.class)
        .hasMessage("FetchRequest has no version 3, only 4 to 18");
    assertThatThrownBy(
            () -> FetchRequest.read(new WireReader(java.nio.ByteBuffer.allocate(99)), (short) 19))
        .isInstanceOf(WireException.class)
        .hasMessage("FetchRequest has no version 19, only 4 to 18");
  }
}
