package io.millrace.systemtests.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.AlterConfigsRequest;
import io.millrace.wire.message.AlterConfigsResponse;
import io.millrace.wire.message.DescribeConfigsRequest;
import io.millrace.wire.message.DescribeConfigsResponse;
import io.millrace.wire.message.IncrementalAlterConfigsRequest;
import io.millrace.wire.message.IncrementalAlterConfigsResponse;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigType;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.ListConfigResourcesOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.hamcrest.Matchers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings of topics and of the broker, read and changed by kafka-clients. */
@OverOneAndTwoShards
class ConfigsTest extends BrokerTest {

  ConfigsTest() {
    super(
        "log.segment.bytes", "2097152",
        "auto.create.topics.enable", "true",
        "log.retention.check.interval.ms", "20",
        "log.cleaner.backoff.ms", "20");
  }

  // --- reading ---

  @Test
  void everyTopicSettingOfKafkaIsThere() throws IllegalAccessException {
    List<String> ofKafka = new ArrayList<>();
    for (Field field : TopicConfig.class.getFields()) {
      if (field.getName().endsWith("_CONFIG")) {
        ofKafka.add((String) field.get(null));
      }
    }
    assertThat(ofKafka).hasSizeGreaterThan(30);
    assertThat(names(describe(topicResource(topic(1))))).containsAll(ofKafka);
  }

  @Test
  void settingTellsWhoSetItAndWhoElseHasASay() {
    String name = topic(1, "retention.ms", "5000", "segment.bytes", "1048576");
    Config config = describe(topicResource(name));
    ConfigEntry own = config.get("segment.bytes");
    assertThat(own.value()).isEqualTo("1048576");
    assertThat(own.source()).isEqualTo(ConfigSource.DYNAMIC_TOPIC_CONFIG);
    assertThat(own.isReadOnly()).isFalse();
    assertThat(own.isSensitive()).isFalse();
    assertThat(synonyms(own))
        .containsExactly(
            "segment.bytes=1048576 DYNAMIC_TOPIC_CONFIG",
            "log.segment.bytes=2097152 STATIC_BROKER_CONFIG",
            "log.segment.bytes=1073741824 DEFAULT_CONFIG");
    ConfigEntry ofNobody = config.get("max.message.bytes");
    assertThat(ofNobody.isDefault()).isTrue();
    assertThat(synonyms(ofNobody)).containsExactly("message.max.bytes=1048588 DEFAULT_CONFIG");
    ConfigEntry ofBroker = describe(topicResource(topic(1))).get("segment.bytes");
    assertThat(ofBroker.value()).isEqualTo("2097152");
    assertThat(ofBroker.source()).isEqualTo(ConfigSource.STATIC_BROKER_CONFIG);
  }

  @Test
  void topicThatSetsOneRetentionHasNoLimitForTheOther() {
    ConfigEntry neither = describe(topicResource(topic(1))).get("retention.bytes");
    assertThat(neither.value()).isEqualTo("1073741824");
    ConfigEntry other =
        describe(topicResource(topic(1, "retention.ms", "5000"))).get("retention.bytes");
    assertThat(other.value()).isEqualTo("-1");
    assertThat(other.source()).isEqualTo(ConfigSource.DEFAULT_CONFIG);
    assertThat(synonyms(other)).containsExactly("log.retention.bytes=-1 DEFAULT_CONFIG");
  }

  @Test
  void settingTellsItsTypeAndWhatItIsFor() {
    Config config = describe(topicResource(topic(1)));
    assertThat(config.get("preallocate").type()).isEqualTo(ConfigType.BOOLEAN);
    assertThat(config.get("compression.type").type()).isEqualTo(ConfigType.STRING);
    assertThat(config.get("segment.bytes").type()).isEqualTo(ConfigType.INT);
    assertThat(config.get("retention.ms").type()).isEqualTo(ConfigType.LONG);
    assertThat(config.get("min.cleanable.dirty.ratio").type()).isEqualTo(ConfigType.DOUBLE);
    assertThat(config.get("cleanup.policy").type()).isEqualTo(ConfigType.LIST);
    assertThat(config.entries()).allSatisfy(e -> assertThat(e.documentation()).isNotBlank());
    assertThat(config.get("segment.bytes").documentation()).contains("Size at which a segment");
    assertThat(config.get("preallocate").documentation()).contains("changes nothing here");
  }

  @Test
  void synonymsAndDocumentationComeOnlyWhenAskedFor() {
    ConfigResource resource = topicResource(topic(1));
    Config config = done(admin().describeConfigs(List.of(resource)).all()).get(resource);
    assertThat(config.entries())
        .allSatisfy(entry -> {
          assertThat(entry.synonyms()).isEmpty();
          assertThat(entry.documentation()).isNull();
        });
  }

  @Test
  void brokersSettingsAreReadOnly() {
    Config config = describe(brokerResource(broker().nodeId()));
    assertThat(config.entries()).allSatisfy(entry -> assertThat(entry.isReadOnly()).isTrue());
    ConfigEntry set = config.get("auto.create.topics.enable");
    assertThat(set.source()).isEqualTo(ConfigSource.STATIC_BROKER_CONFIG);
    assertThat(synonyms(set))
        .containsExactly(
            "auto.create.topics.enable=true STATIC_BROKER_CONFIG",
            "auto.create.topics.enable=true DEFAULT_CONFIG");
    assertThat(config.get("num.shards").value()).isEqualTo(Integer.toString(shards));
    assertThat(config.get("num.partitions").source()).isEqualTo(ConfigSource.DEFAULT_CONFIG);
    assertThat(describe(new ConfigResource(ConfigResource.Type.BROKER, "")).entries()).isEmpty();
  }

  @Test
  void resourceThatIsNotThereIsRefused() {
    refusedDescription(topicResource(unique("nothing")), UnknownTopicOrPartitionException.class);
    // kafka-clients would look for the broker until their time is over.
    DescribeConfigsRequest.DescribeConfigsResource another =
        new DescribeConfigsRequest.DescribeConfigsResource();
    another.resourceType = ConfigResource.Type.BROKER.id();
    another.resourceName = Integer.toString(broker().nodeId() + 1);
    DescribeConfigsRequest request = new DescribeConfigsRequest();
    request.resources.add(another);
    var answer = connect().ask(request, 4, DescribeConfigsResponse.class).results.get(0);
    assertThat(answer.errorCode).isEqualTo(ErrorCode.INVALID_REQUEST.code());
    assertThat(answer.errorMessage).contains("this is broker " + broker().nodeId());
    refusedDescription(
        new ConfigResource(ConfigResource.Type.BROKER_LOGGER, Integer.toString(broker().nodeId())),
        InvalidRequestException.class);
  }

  @Test
  void groupsAndClientMetricsHaveNoSettings() {
    assertThat(describe(new ConfigResource(ConfigResource.Type.GROUP, "group")).entries())
        .isEmpty();
    assertThat(describe(new ConfigResource(ConfigResource.Type.CLIENT_METRICS, "m")).entries())
        .isEmpty();
  }

  @Test
  void resourcesWithSettingsAreListed() {
    String name = topic(1);
    ConfigResource self = brokerResource(broker().nodeId());
    assertThat(done(admin().listConfigResources().all())).contains(topicResource(name), self);
    assertThat(list(ConfigResource.Type.BROKER)).containsExactly(self);
    assertThat(list(ConfigResource.Type.TOPIC)).contains(topicResource(name)).doesNotContain(self);
    assertThat(list(ConfigResource.Type.GROUP)).isEmpty();
    assertThat(list(ConfigResource.Type.CLIENT_METRICS)).isEmpty();
  }

  @Test
  void settingsOfAThousandTopicsAreReadAtOnce() {
    List<NewTopic> topics = new ArrayList<>();
    List<ConfigResource> resources = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      String name = unique("many");
      topics.add(new NewTopic(name, 1, (short) 1).configs(Map.of("retention.ms", "" + i)));
      resources.add(topicResource(name));
    }
    done(admin().createTopics(topics).all());
    long started = System.nanoTime();
    Map<ConfigResource, Config> all = done(admin().describeConfigs(resources, everything()).all());
    Duration took = Duration.ofNanos(System.nanoTime() - started);
    for (int i = 0; i < 1000; i++) {
      assertThat(all.get(resources.get(i)).get("retention.ms").value()).isEqualTo("" + i);
    }
    assertThat(took).isLessThan(Duration.ofSeconds(5));
    done(admin().deleteTopics(topics.stream().map(NewTopic::name).toList()).all());
  }

  // --- changing ---

  @Test
  void settingIsSetAndResetByItself() {
    String name = topic(1, "retention.ms", "5000");
    done(alter(name, op("segment.ms", "7000", OpType.SET)));
    assertThat(value(name, "segment.ms")).isEqualTo("7000");
    assertThat(value(name, "retention.ms")).isEqualTo("5000");
    done(alter(name, op("retention.ms", null, OpType.DELETE)));
    assertThat(value(name, "retention.ms")).isEqualTo("604800000");
    done(alter(name, op("retention.ms", null, OpType.DELETE)));
    assertThat(value(name, "segment.ms")).isEqualTo("7000");
  }

  @Test
  void wordsAreAppendedToAListAndSubtractedFromIt() {
    String name = topic(1);
    done(alter(name, op("cleanup.policy", "compact", OpType.APPEND)));
    assertThat(value(name, "cleanup.policy")).isEqualTo("delete,compact");
    done(alter(name, op("cleanup.policy", "compact", OpType.APPEND)));
    assertThat(value(name, "cleanup.policy")).isEqualTo("delete,compact");
    done(alter(name, op("cleanup.policy", "delete", OpType.SUBTRACT)));
    assertThat(value(name, "cleanup.policy")).isEqualTo("compact");
    InvalidConfigurationException noList =
        refused(
            alter(name, op("retention.ms", "1", OpType.APPEND)),
            InvalidConfigurationException.class);
    assertThat(noList).hasMessageContaining("retention.ms is not a list");
    refused(
        alter(name, op("cleanup.policy", "shred", OpType.APPEND)),
        InvalidConfigurationException.class);
  }

  @Test
  void changeThatIsOnlyValidatedChangesNothing() {
    String name = topic(1);
    AlterConfigsOptions only = new AlterConfigsOptions().validateOnly(true);
    ConfigResource resource = topicResource(name);
    List<AlterConfigOp> good = List.of(op("retention.ms", "5000", OpType.SET));
    done(admin().incrementalAlterConfigs(Map.of(resource, good), only).all());
    assertThat(value(name, "retention.ms")).isEqualTo("604800000");
    List<AlterConfigOp> bad = List.of(op("retention.ms", "soon", OpType.SET));
    refused(
        admin().incrementalAlterConfigs(Map.of(resource, bad), only).all(),
        InvalidConfigurationException.class);
  }

  @Test
  void changeIsMadeAsAWholeOrNotAtAll() {
    String name = topic(1);
    refused(
        alter(name, op("retention.ms", "5000", OpType.SET), op("segment.bytes", "1", OpType.SET)),
        InvalidConfigurationException.class);
    assertThat(value(name, "retention.ms")).isEqualTo("604800000");
  }

  @Test
  void refusalNamesTheNearestSettingOrTheRange() {
    String name = topic(1);
    assertThat(
            refused(
                alter(name, op("retenton.ms", "1", OpType.SET)),
                InvalidConfigurationException.class))
        .hasMessageContaining("did you mean retention.ms?");
    assertThat(
            refused(
                alter(name, op("retenton.ms", null, OpType.DELETE)),
                InvalidConfigurationException.class))
        .hasMessageContaining("did you mean retention.ms?");
    assertThat(
            refused(
                alter(name, op("min.cleanable.dirty.ratio", "2", OpType.SET)),
                InvalidConfigurationException.class))
        .hasMessageContaining("from 0 to 1");
    refused(
        alter(unique("nothing"), op("retention.ms", "1", OpType.SET)),
        UnknownTopicOrPartitionException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "min.compaction.lag.ms, 2000, max.compaction.lag.ms, 1000, above max.compaction.lag.ms",
    "max.message.bytes, 30000000, retention.ms, 1000, socket.request.max.bytes",
    "compression.gzip.level, 0, retention.ms, 1000, 1 to 9",
    "leader.replication.throttled.replicas, rubbish, retention.ms, 1000, partition:broker"
  })
  void settingsThatContradictOneAnotherAreRefused(
      String name, String value, String other, String otherValue, String reason) {
    String topic = topic(1);
    assertThat(
            refused(
                alter(topic, op(name, value, OpType.SET), op(other, otherValue, OpType.SET)),
                InvalidConfigurationException.class))
        .hasMessageContaining(reason);
  }

  @Test
  void flagsMayBeWrittenInCapitals() {
    String topic = topic(1);
    done(alter(topic, op("preallocate", "TRUE", OpType.SET)));
    assertThat(value(topic, "preallocate")).isEqualTo("TRUE");
  }

  /** As kafka-reassign-partitions does when it has finished. */
  @Test
  void replicationRatesOfABrokerAreTakenAndTakenBack() {
    var broker =
        new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(broker().nodeId()));
    done(alter(broker, op("leader.replication.throttled.rate", "1000", OpType.SET)));
    done(alter(broker, op("leader.replication.throttled.rate", null, OpType.DELETE)));
    done(alter(broker, op("num.partitions", null, OpType.DELETE)));
  }

  @Test
  void brokersSettingsAreSetAtItsStart() {
    for (String name : List.of(Integer.toString(broker().nodeId()), "")) {
      InvalidRequestException refusal =
          refused(
              alter(
                  new ConfigResource(ConfigResource.Type.BROKER, name),
                  op("num.partitions", "3", OpType.SET)),
              InvalidRequestException.class);
      assertThat(refusal)
          .hasMessageContaining("set at start with --set, as in --set num.partitions=");
    }
  }

  @Test
  void groupsHaveNoSettingsToChange() {
    assertThat(
            refused(
                alter(
                    new ConfigResource(ConfigResource.Type.GROUP, "g"),
                    op("consumer.session.timeout.ms", "50000", OpType.SET)),
                InvalidConfigurationException.class))
        .hasMessageContaining("groups have no settings of their own");
  }

  @Test
  void settingWithoutMeaningIsTakenAndKept() {
    String name = topic(1, "file.delete.delay.ms", "1234");
    assertThat(value(name, "file.delete.delay.ms")).isEqualTo("1234");
    assertThat(describe(topicResource(name)).get("file.delete.delay.ms").documentation())
        .contains("changes nothing here");
  }

  @Test
  void changedLimitCountsForTheNextRecord() {
    String name = topic(1);
    try (var producer = producer("linger.ms", 0)) {
      ProducerRecord<String, String> record = new ProducerRecord<>(name, "k", "v".repeat(5000));
      done(producer.send(record));
      done(alter(name, op("max.message.bytes", "2000", OpType.SET)));
      refused(producer.send(record), RecordTooLargeException.class);
      done(alter(name, op("max.message.bytes", null, OpType.DELETE)));
      done(producer.send(record));
    }
  }

  @Test
  void moreReplicasInSyncThanThereAreCountAsAllOfThem() {
    String name = topic(1, "min.insync.replicas", "3");
    assertThat(value(name, "min.insync.replicas")).isEqualTo("3");
    try (var producer = producer("acks", "all")) {
      assertThat(done(producer.send(new ProducerRecord<>(name, "k", "v"))).offset()).isZero();
    }
  }

  /** A value of which no two go into a segment of the smallest size. */
  private static final String LARGE = "v".repeat(600_000);

  private static final String[] SMALL_SEGMENTS = {"segment.bytes", "1048576"};

  private String topicOfSmallSegments(String... config) {
    return topic(
        1,
        Stream.concat(Arrays.stream(SMALL_SEGMENTS), Arrays.stream(config)).toArray(String[]::new));
  }

  @Test
  void recordsGoWhenTheyAreOlderThanTheTopicKeepsThem() {
    String name = topicOfSmallSegments("message.timestamp.before.max.ms", "9223372036854775807");
    TopicPartition partition = new TopicPartition(name, 0);
    try (var producer = producer("linger.ms", 0)) {
      for (int i = 0; i < 3; i++) {
        done(producer.send(new ProducerRecord<>(name, 0, 1000L, "key", LARGE)));
      }
      for (int i = 0; i < 2; i++) {
        done(producer.send(new ProducerRecord<>(name, 0, "key", LARGE)));
      }
      eventually().until(() -> start(partition) == 3);
      done(alter(name, op("retention.ms", "1", OpType.SET)));
      eventually().until(() -> start(partition) >= 4);
    }
  }

  @Test
  void partitionKeepsNoMoreThanTheTopicSays() {
    String name = topicOfSmallSegments("retention.bytes", "2097152", "retention.ms", "-1");
    TopicPartition partition = new TopicPartition(name, 0);
    try (var producer = producer("linger.ms", 0)) {
      for (int i = 0; i < 10; i++) {
        done(producer.send(new ProducerRecord<>(name, 0, "key", LARGE)));
      }
    }
    // Whole segments go as long as what is left has the size.
    eventually().until(() -> start(partition) == 6);
  }

  @Test
  void compactedTopicKeepsTheLastValueOfEachKey() {
    String name =
        topicOfSmallSegments("cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0");
    TopicPartition partition = new TopicPartition(name, 0);
    try (var producer = producer("linger.ms", 0)) {
      for (int round = 0; round < 3; round++) {
        for (String key : List.of("a", "b")) {
          done(producer.send(new ProducerRecord<>(name, 0, key, key + round + LARGE)));
        }
      }
      // What is written last stays as it is.
      done(producer.send(new ProducerRecord<>(name, 0, "a", "a3" + LARGE)));
    }
    KafkaConsumer<String, String> consumer = consumer();
    consumer.assign(List.of(partition));
    eventually()
        .until(
            () -> {
              consumer.seekToBeginning(List.of(partition));
              List<String> values = new ArrayList<>();
              while (consumer.position(partition) < 7) {
                consumer
                    .poll(Duration.ofMillis(20))
                    .forEach(record -> values.add(record.value().substring(0, 2)));
              }
              return values;
            },
            Matchers.equalTo(List.of("a2", "b2", "a3")));
  }

  private long start(TopicPartition partition) {
    return done(admin().listOffsets(Map.of(partition, OffsetSpec.earliest())).all())
        .get(partition)
        .offset();
  }

  // --- AlterConfigs, which kafka-clients no longer send ---

  @Test
  void oldWayReplacesAllThatATopicSets() {
    String name = topic(1, "retention.ms", "5000", "segment.ms", "7000");
    AlterConfigsResponse answer = alterAll(2, name, "retention.ms", "6000");
    assertThat(answer.responses.get(0).errorCode).isZero();
    assertThat(value(name, "retention.ms")).isEqualTo("6000");
    assertThat(value(name, "segment.ms")).isEqualTo("604800000");
    answer = alterAll(0, name, "retention.ms", null);
    assertThat(answer.responses.get(0).errorCode).isEqualTo(ErrorCode.INVALID_REQUEST.code());
    answer = alterAll(1, name, "retention.m", "1");
    assertThat(answer.responses.get(0).errorCode).isEqualTo(ErrorCode.INVALID_CONFIG.code());
    assertThat(answer.responses.get(0).errorMessage).contains("did you mean retention.ms?");
    assertThat(value(name, "retention.ms")).isEqualTo("6000");
  }

  @Test
  void resourceOrSettingThatIsNamedTwiceIsRefused() {
    String name = topic(1);
    IncrementalAlterConfigsRequest twice = new IncrementalAlterConfigsRequest();
    twice.resources.add(incremental(name, "retention.ms"));
    twice.resources.add(incremental(name, "segment.ms"));
    IncrementalAlterConfigsRequest both = new IncrementalAlterConfigsRequest();
    both.resources.add(incremental(name, "retention.ms", "retention.ms"));
    RawConnection connection = connect();
    for (IncrementalAlterConfigsRequest request : List.of(twice, both)) {
      IncrementalAlterConfigsResponse answer =
          connection.ask(request, 1, IncrementalAlterConfigsResponse.class);
      assertThat(answer.responses)
          .hasSize(request.resources.size())
          .allSatisfy(one -> {
            assertThat(one.errorCode).isEqualTo(ErrorCode.INVALID_REQUEST.code());
            assertThat(one.errorMessage).contains("twice");
          });
    }
    assertThat(value(name, "retention.ms")).isEqualTo("604800000");
  }

  private static IncrementalAlterConfigsRequest.AlterConfigsResource incremental(
      String topic, String... names) {
    IncrementalAlterConfigsRequest.AlterConfigsResource resource =
        new IncrementalAlterConfigsRequest.AlterConfigsResource();
    resource.resourceType = ConfigResource.Type.TOPIC.id();
    resource.resourceName = topic;
    for (String name : names) {
      IncrementalAlterConfigsRequest.AlterableConfig config =
          new IncrementalAlterConfigsRequest.AlterableConfig();
      config.name = name;
      config.value = "5000";
      resource.configs.add(config);
    }
    return resource;
  }

  private AlterConfigsResponse alterAll(
      int version, String topic, String name, @Nullable String value) {
    AlterConfigsRequest.AlterableConfig config = new AlterConfigsRequest.AlterableConfig();
    config.name = name;
    config.value = value;
    AlterConfigsRequest.AlterConfigsResource resource =
        new AlterConfigsRequest.AlterConfigsResource();
    resource.resourceType = ConfigResource.Type.TOPIC.id();
    resource.resourceName = topic;
    resource.configs.add(config);
    AlterConfigsRequest request = new AlterConfigsRequest();
    request.resources.add(resource);
    return connect().ask(request, version, AlterConfigsResponse.class);
  }

  // --- what the tests have in common ---

  private static DescribeConfigsOptions everything() {
    return new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
  }

  private Config describe(ConfigResource resource) {
    return done(admin().describeConfigs(List.of(resource), everything()).all()).get(resource);
  }

  private <T extends Throwable> T refusedDescription(ConfigResource resource, Class<T> as) {
    return refused(admin().describeConfigs(List.of(resource)).all(), as);
  }

  private String value(String topic, String name) {
    return describe(topicResource(topic)).get(name).value();
  }

  private KafkaFuture<Void> alter(String topic, AlterConfigOp... ops) {
    return alter(topicResource(topic), ops);
  }

  private KafkaFuture<Void> alter(ConfigResource resource, AlterConfigOp... ops) {
    return admin().incrementalAlterConfigs(Map.of(resource, List.of(ops))).all();
  }

  private Collection<ConfigResource> list(ConfigResource.Type type) {
    return done(admin().listConfigResources(Set.of(type), new ListConfigResourcesOptions()).all());
  }

  private static AlterConfigOp op(String name, @Nullable String value, OpType type) {
    return new AlterConfigOp(new ConfigEntry(name, value), type);
  }

  private static ConfigResource topicResource(String name) {
    return new ConfigResource(ConfigResource.Type.TOPIC, name);
  }

  private static ConfigResource brokerResource(int node) {
    return new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(node));
  }

  private static List<String> names(Config config) {
    return config.entries().stream().map(ConfigEntry::name).toList();
  }

  private static List<String> synonyms(ConfigEntry entry) {
    return entry.synonyms().stream()
        .map(s -> s.name() + "=" + s.value() + " " + s.source())
        .toList();
  }
}
