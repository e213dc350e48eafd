package io.millrace.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.wire.KafkaMessages.Version;
import io.millrace.wire.message.AlterConfigsRequest;
import io.millrace.wire.message.DeleteRecordsRequest;
import io.millrace.wire.message.ProduceRequest;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WireTextTest {

  @Test
  void fieldsAreShownAndPayloadsAreNot() {
    ProduceRequest request = new ProduceRequest();
    request.acks = -1;
    ProduceRequest.TopicProduceData topic = new ProduceRequest.TopicProduceData();
    topic.name = "orders";
    ProduceRequest.PartitionProduceData partition = new ProduceRequest.PartitionProduceData();
    partition.records = new BufferPayload(ByteBuffer.wrap("secret".getBytes()));
    topic.partitionData.add(partition);
    request.topicData.add(topic);
    assertThat(request.toString())
        .isEqualTo(
            "ProduceRequest{transactionalId=null, acks=-1, timeoutMs=0,"
                + " topicData=[TopicProduceData{name=\"orders\","
                + " topicId=00000000-0000-0000-0000-000000000000,"
                + " partitionData=[PartitionProduceData{index=0, records=<6 bytes>}]}]}");
  }

  @Test
  void valuesOfSettingsAreNotShown() {
    AlterConfigsRequest.AlterableConfig config = new AlterConfigsRequest.AlterableConfig();
    config.name = "ssl.key.password";
    config.value = "hunter2";
    assertThat(config.toString())
        .isEqualTo("AlterableConfig{name=\"ssl.key.password\", value=<7 chars>}");
  }

  @Test
  void listsStringsAndTheWholeAreBounded() {
    DeleteRecordsRequest request = new DeleteRecordsRequest();
    for (int i = 0; i < 1000; i++) {
      DeleteRecordsRequest.DeleteRecordsTopic topic = new DeleteRecordsRequest.DeleteRecordsTopic();
      topic.name = "x".repeat(1000);
      request.topics.add(topic);
    }
    assertThat(request.toString())
        .contains("x\"<of 1000 chars>")
        .contains(", and 992 more]")
        .hasSizeLessThan(2 * WireText.CHARS_MAX);
  }

  @Test
  void aTextCannotStartALineOfItsOwn() {
    String text =
        new WireText("X").add("name", "a\r\nfake log line\u2028\u0085\u001b[31m").toString();
    assertThat(text.chars()).noneMatch(c -> Character.isISOControl(c) || c == '\u2028');
  }

  @Test
  void everyMessageHasABoundedText() {
    Random random = Seed.random(getClass());
    for (Version version : KafkaMessages.all()) {
      for (RandomValues.Style style : List.of(RandomValues.Style.NULLS, RandomValues.Style.MIXED)) {
        var content = new RandomValues(random, style).struct(version.schema());
        assertThat(Values.fill(version.ours(), content).toString())
            .startsWith(version.name() + "{")
            .endsWith("}")
            .hasSizeLessThan(8 * WireText.CHARS_MAX);
      }
    }
  }
}
