package io.millrace.systemtests.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.DeleteRecordsRequest;
import io.millrace.wire.message.DeleteRecordsResponse;
import io.millrace.wire.message.DeleteTopicsRequest;
import io.millrace.wire.message.DeleteTopicsResponse;
import io.millrace.wire.message.DescribeTopicPartitionsRequest;
import io.millrace.wire.message.DescribeTopicPartitionsResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.AlterPartitionReassignmentsOptions;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.NoReassignmentInProgressException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.Test;

/** What kafka-clients' Admin can do to topics, partitions, records and the cluster. */
@OverOneAndTwoShards
class AdminTest extends BrokerTest {

  // --- topics ---

  @Test
  void newTopicIsDescribedByNameAndById() {
    String name = unique("topic");
    CreateTopicsResult created = admin().createTopics(List.of(new NewTopic(name, 3, (short) 1)));
    Uuid id = done(created.topicId(name));
    assertThat(done(created.numPartitions(name))).isEqualTo(3);
    assertThat(done(created.replicationFactor(name))).isEqualTo(1);
    assertThat(done(created.config(name)).get("retention.ms").value()).isEqualTo("604800000");

    TopicDescription byName = describe(name);
    assertThat(byName.topicId()).isEqualTo(id);
    assertThat(byName.isInternal()).isFalse();
    assertThat(byName.partitions()).hasSize(3);
    byName
        .partitions()
        .forEach(partition -> {
          assertThat(partition.leader().id()).isEqualTo(broker().nodeId());
          assertThat(partition.replicas()).hasSize(1);
          assertThat(partition.isr()).isEqualTo(partition.replicas());
          assertThat(partition.elr()).isEmpty();
        });
    TopicCollection ids = TopicCollection.ofTopicIds(List.of(id));
    assertThat(done(admin().describeTopics(ids).allTopicIds()).get(id).name()).isEqualTo(name);
    assertThat(done(admin().listTopics().names())).contains(name);
  }

  @Test
  void topicWithoutCountsGetsTheDefaults() {
    String name = unique("topic");
    NewTopic topic = new NewTopic(name, Optional.empty(), Optional.empty());
    done(admin().createTopics(List.of(topic)).all());
    assertThat(describe(name).partitions()).hasSize(1);
  }

  @Test
  void topicThatIsOnlyValidatedIsNotMade() {
    String name = unique("topic");
    CreateTopicsResult checked =
        admin()
            .createTopics(
                List.of(new NewTopic(name, 2, (short) 1)),
                new CreateTopicsOptions().validateOnly(true));
    assertThat(done(checked.numPartitions(name))).isEqualTo(2);
    assertThat(done(admin().listTopics().names())).doesNotContain(name);
  }

  @Test
  void assignmentByHandMayNameThisNodeOnly() {
    String name = unique("topic");
    int self = broker().nodeId();
    done(create(new NewTopic(name, Map.of(0, List.of(self), 1, List.of(self)))));
    assertThat(describe(name).partitions()).hasSize(2);
    refused(
        create(new NewTopic(unique("topic"), Map.of(0, List.of(self + 1)))),
        InvalidReplicaAssignmentException.class);
    refused(
        create(new NewTopic(unique("topic"), Map.of(1, List.of(self)))),
        InvalidReplicaAssignmentException.class);
  }

  @Test
  void topicThatCannotBeMadeIsRefusedWithTheReason() {
    String name = topic(1);
    refused(create(new NewTopic(name, 1, (short) 1)), TopicExistsException.class);
    refused(create(new NewTopic("no spaces", 1, (short) 1)), InvalidTopicException.class);
    refused(create(new NewTopic("__consumer_offsets", 1, (short) 1)), InvalidTopicException.class);
    refused(create(new NewTopic(unique("t"), 0, (short) 1)), InvalidPartitionsException.class);
    refused(
        create(new NewTopic(unique("t"), 1, (short) 2)), InvalidReplicationFactorException.class);
    InvalidConfigurationException unknown =
        refused(
            create(new NewTopic(unique("t"), 1, (short) 1).configs(Map.of("retention.m", "1"))),
            InvalidConfigurationException.class);
    assertThat(unknown).hasMessageContaining("did you mean retention.ms?");
  }

  @Test
  void namesThatDifferInDotAndUnderscoreOnlyCannotBothExist() {
    String name = unique("a.b");
    done(create(new NewTopic(name, 1, (short) 1)));
    refused(
        create(new NewTopic(name.replace('.', '_'), 1, (short) 1)), InvalidTopicException.class);
  }

  @Test
  void topicIsDeletedByNameOrById() {
    String byName = topic(2);
    String byId = topic(1);
    Uuid id = describe(byId).topicId();
    done(admin().deleteTopics(List.of(byName)).all());
    done(admin().deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all());
    assertThat(done(admin().listTopics().names())).doesNotContain(byName, byId);
    refused(admin().deleteTopics(List.of(byName)).all(), UnknownTopicOrPartitionException.class);
    refused(
        admin().deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all(),
        UnknownTopicIdException.class);
  }

  @Test
  void topicThatIsNamedTwiceIsNotDeleted() {
    String topic = topic(1);
    DeleteTopicsRequest request = new DeleteTopicsRequest();
    request.topicNames.add(topic);
    request.topicNames.add(topic);
    DeleteTopicsResponse answer = connect().ask(request, 5, DeleteTopicsResponse.class);
    assertThat(answer.responses).hasSize(1);
    assertThat(answer.responses.get(0).errorCode).isEqualTo(ErrorCode.INVALID_REQUEST.code());
    assertThat(done(admin().listTopics().names())).contains(topic);
  }

  @Test
  void topicMadeAgainUnderTheSameNameIsEmptyAndHasAnotherId() {
    String name = topic(1);
    Uuid first = describe(name).topicId();
    produce(name, 0, 5);
    done(admin().deleteTopics(List.of(name)).all());
    done(create(new NewTopic(name, 1, (short) 1)));
    assertThat(describe(name).topicId()).isNotEqualTo(first);
    try (var consumer = consumer()) {
      TopicPartition partition = new TopicPartition(name, 0);
      assertThat(consumer.endOffsets(List.of(partition))).containsExactly(entry(partition, 0L));
    }
  }

  @Test
  void topicGrowsButNeverShrinks() {
    String name = topic(2);
    done(grow(name, NewPartitions.increaseTo(5)));
    assertThat(describe(name).partitions()).hasSize(5);
    produce(name, 4, 1);
    refused(grow(name, NewPartitions.increaseTo(5)), InvalidPartitionsException.class);
    refused(grow(name, NewPartitions.increaseTo(3)), InvalidPartitionsException.class);
    refused(
        grow(unique("nothing"), NewPartitions.increaseTo(3)),
        UnknownTopicOrPartitionException.class);
  }

  @Test
  void addedPartitionsMayBeAssignedToThisNodeOnly() {
    String name = topic(1);
    int self = broker().nodeId();
    refused(
        grow(name, NewPartitions.increaseTo(2, List.of(List.of(self + 1)))),
        InvalidReplicaAssignmentException.class);
    refused(
        grow(name, NewPartitions.increaseTo(3, List.of(List.of(self)))),
        InvalidReplicaAssignmentException.class);
    done(grow(name, NewPartitions.increaseTo(2, List.of(List.of(self)))));
    assertThat(describe(name).partitions()).hasSize(2);
  }

  @Test
  void descriptionOfManyPartitionsComesInPages() {
    String large = topic(2500);
    String small = topic(3);
    Map<String, TopicDescription> both =
        done(
            admin()
                .describeTopics(
                    List.of(large, small, large),
                    new DescribeTopicsOptions().partitionSizeLimitPerResponse(700))
                .allTopicNames());
    assertThat(both.get(large).partitions()).hasSize(2500);
    assertThat(both.get(large).partitions().stream().map(p -> p.partition()))
        .containsExactlyElementsOf(IntStream.range(0, 2500).boxed().toList());
    assertThat(both.get(small).partitions()).hasSize(3);
  }

  @Test
  void descriptionOfATopicThatIsNotThereIsRefused() {
    refused(
        admin().describeTopics(List.of(unique("nothing"))).allTopicNames(),
        UnknownTopicOrPartitionException.class);
    Uuid id = Uuid.randomUuid();
    refused(
        admin().describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds(),
        UnknownTopicIdException.class);
  }

  @Test
  void pagesOfADescriptionGoOnAtTheirCursor() {
    String first = topic(3);
    String second = topic(2);
    DescribeTopicPartitionsRequest request = new DescribeTopicPartitionsRequest();
    request.responsePartitionLimit = 2;
    for (String name : List.of(second, first)) {
      DescribeTopicPartitionsRequest.TopicRequest topic =
          new DescribeTopicPartitionsRequest.TopicRequest();
      topic.name = name;
      request.topics.add(topic);
    }
    RawConnection connection = connect();
    List<String> pages = new ArrayList<>();
    while (true) {
      var page = connection.ask(request, 0, DescribeTopicPartitionsResponse.class);
      pages.add(
          page.topics.stream()
              .map(topic ->
                  topic.name + topic.partitions.stream().map(p -> p.partitionIndex).toList())
              .collect(Collectors.joining(" ")));
      var next = page.nextCursor;
      if (next == null) {
        break;
      }
      request.cursor = new DescribeTopicPartitionsRequest.Cursor();
      request.cursor.topicName = next.topicName;
      request.cursor.partitionIndex = next.partitionIndex;
    }
    assertThat(pages)
        .containsExactly(first + "[0, 1]", first + "[2] " + second + "[0]", second + "[1]");
    request.cursor = new DescribeTopicPartitionsRequest.Cursor();
    request.cursor.topicName = first;
    request.cursor.partitionIndex = -1;
    var refused = connection.ask(request, 0, DescribeTopicPartitionsResponse.class);
    assertThat(refused.topics.get(0).errorCode).isEqualTo(ErrorCode.INVALID_REQUEST.code());
  }

  // --- records ---

  @Test
  void deletedRecordsAreGoneAndTheRestStays() {
    String name = topic(2);
    TopicPartition partition = new TopicPartition(name, 1);
    produce(name, 1, 10);
    assertThat(deleteRecords(partition, 4)).isEqualTo(4);
    assertThat(deleteRecords(partition, 2)).isEqualTo(4);
    try (var consumer = consumer("auto.offset.reset", "earliest")) {
      consumer.assign(List.of(partition));
      List<Long> offsets = new ArrayList<>();
      eventually()
          .until(() -> {
            consumer.poll(java.time.Duration.ofMillis(50)).forEach(r -> offsets.add(r.offset()));
            return offsets.size() >= 6;
          });
      assertThat(offsets).containsExactly(4L, 5L, 6L, 7L, 8L, 9L);
    }
    assertThat(deleteRecords(partition, -1)).isEqualTo(10);
    produce(name, 1, 1);
    try (var consumer = consumer()) {
      assertThat(consumer.beginningOffsets(List.of(partition))).containsEntry(partition, 10L);
      assertThat(consumer.endOffsets(List.of(partition))).containsEntry(partition, 11L);
    }
  }

  @Test
  void recordsOfAnEmptyPartitionCanBeDeletedUpToItsEnd() {
    TopicPartition partition = new TopicPartition(topic(1), 0);
    assertThat(deleteRecords(partition, 0)).isZero();
    assertThat(deleteRecords(partition, -1)).isZero();
  }

  @Test
  void recordsThatCannotBeDeletedAreRefused() {
    TopicPartition partition = new TopicPartition(topic(1), 0);
    produce(partition.topic(), 0, 2);
    refused(delete(partition, 3), OffsetOutOfRangeException.class);
    refused(delete(partition, -2), OffsetOutOfRangeException.class);
    // kafka-clients would look for the partition until its time is over.
    DeleteRecordsRequest.DeleteRecordsPartition missing =
        new DeleteRecordsRequest.DeleteRecordsPartition();
    missing.partitionIndex = 1;
    DeleteRecordsRequest.DeleteRecordsTopic topic = new DeleteRecordsRequest.DeleteRecordsTopic();
    topic.name = partition.topic();
    topic.partitions.add(missing);
    DeleteRecordsRequest request = new DeleteRecordsRequest();
    request.topics.add(topic);
    var answer = connect().ask(request, 2, DeleteRecordsResponse.class);
    assertThat(answer.topics.get(0).partitions.get(0).errorCode)
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
    TopicPartition compacted = new TopicPartition(topic(1, "cleanup.policy", "compact"), 0);
    refused(delete(compacted, 0), PolicyViolationException.class);
    TopicPartition both = new TopicPartition(topic(1, "cleanup.policy", "compact,delete"), 0);
    assertThat(deleteRecords(both, 0)).isZero();
  }

  // --- the cluster ---

  @Test
  void clusterIsThisNode() {
    var cluster = admin().describeCluster();
    assertThat(done(cluster.clusterId())).isEqualTo(broker().clusterId());
    assertThat(done(cluster.controller()).id()).isEqualTo(broker().nodeId());
    assertThat(done(cluster.nodes())).hasSize(1);
    var node = done(cluster.nodes()).iterator().next();
    assertThat(node.host() + ":" + node.port()).isEqualTo(broker().kafka());
    assertThat(node.isFenced()).isFalse();
    assertThat(done(cluster.authorizedOperations())).isNull();
  }

  @Test
  void everybodyMayDoEverything() {
    var cluster =
        admin().describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true));
    assertThat(done(cluster.authorizedOperations()))
        .containsExactlyInAnyOrder(
            AclOperation.CREATE,
            AclOperation.ALTER,
            AclOperation.DESCRIBE,
            AclOperation.CLUSTER_ACTION,
            AclOperation.DESCRIBE_CONFIGS,
            AclOperation.ALTER_CONFIGS,
            AclOperation.IDEMPOTENT_WRITE);
    String name = topic(1);
    Uuid id = describe(name).topicId();
    DescribeTopicsOptions options = new DescribeTopicsOptions().includeAuthorizedOperations(true);
    Set<AclOperation> ofTopic =
        Set.of(
            AclOperation.READ,
            AclOperation.WRITE,
            AclOperation.CREATE,
            AclOperation.DELETE,
            AclOperation.ALTER,
            AclOperation.DESCRIBE,
            AclOperation.DESCRIBE_CONFIGS,
            AclOperation.ALTER_CONFIGS);
    assertThat(
            done(admin().describeTopics(List.of(name), options).allTopicNames())
                .get(name)
                .authorizedOperations())
        .isEqualTo(ofTopic);
    assertThat(
            done(admin()
                    .describeTopics(TopicCollection.ofTopicIds(List.of(id)), options)
                    .allTopicIds())
                .get(id)
                .authorizedOperations())
        .isEqualTo(ofTopic);
  }

  @Test
  void logDirectoryTellsTheRealSizes() {
    String name = topic(2);
    TopicPartition used = new TopicPartition(name, 0);
    TopicPartition unused = new TopicPartition(name, 1);
    produce(name, 0, 1);
    long before = directory().replicaInfos().get(used).size();
    assertThat(before).isPositive();
    try (KafkaProducer<String, String> producer = producer()) {
      done(producer.send(new ProducerRecord<>(name, 0, "k", "v".repeat(100_000))));
    }
    LogDirDescription after = directory();
    assertThat(after.replicaInfos().get(used).size()).isBetween(before + 100_000, before + 100_200);
    assertThat(after.replicaInfos().get(unused).size()).isZero();
    assertThat(after.replicaInfos().get(used).offsetLag()).isZero();
    assertThat(after.replicaInfos().get(used).isFuture()).isFalse();
    assertThat(after.totalBytes().getAsLong()).isGreaterThan(after.usableBytes().getAsLong());

    TopicPartitionReplica replica = new TopicPartitionReplica(name, 0, broker().nodeId());
    var info = done(admin().describeReplicaLogDirs(List.of(replica)).all()).get(replica);
    assertThat(info.getCurrentReplicaLogDir()).isEqualTo(onlyDirectory());
    assertThat(info.getFutureReplicaLogDir()).isNull();
  }

  @Test
  void idempotentProducersOfAPartitionAreListed() {
    String name = topic(2);
    TopicPartition partition = new TopicPartition(name, 0);
    long before = System.currentTimeMillis();
    produce(name, 0, 3);
    List<ProducerState> states =
        done(admin().describeProducers(List.of(partition)).all()).get(partition).activeProducers();
    assertThat(states).hasSize(1);
    ProducerState state = states.get(0);
    assertThat(state.producerId()).isNotNegative();
    assertThat(state.producerEpoch()).isZero();
    assertThat(state.lastSequence()).isEqualTo(2);
    assertThat(state.lastTimestamp()).isBetween(before, System.currentTimeMillis());
    assertThat(state.currentTransactionStartOffset()).isEmpty();
    TopicPartition idle = new TopicPartition(name, 1);
    assertThat(done(admin().describeProducers(List.of(idle)).all()).get(idle).activeProducers())
        .isEmpty();
    try (KafkaProducer<String, String> plain = producer("enable.idempotence", false)) {
      done(plain.send(new ProducerRecord<>(name, 1, "k", "v")));
    }
    assertThat(done(admin().describeProducers(List.of(idle)).all()).get(idle).activeProducers())
        .isEmpty();
  }

  // --- replicas ---

  @Test
  void noElectionIsNeeded() {
    String name = topic(1);
    TopicPartition partition = new TopicPartition(name, 0);
    TopicPartition missing = new TopicPartition(name, 7);
    for (ElectionType type : ElectionType.values()) {
      Map<TopicPartition, Optional<Throwable>> outcome =
          done(admin().electLeaders(type, Set.of(partition, missing)).partitions());
      assertThat(outcome.get(partition)).get().isInstanceOf(ElectionNotNeededException.class);
      assertThat(outcome.get(missing)).get().isInstanceOf(UnknownTopicOrPartitionException.class);
      assertThat(done(admin().electLeaders(type, null).partitions())).isEmpty();
    }
  }

  @Test
  void partitionCanBeReassignedToThisNodeOnly() {
    TopicPartition partition = new TopicPartition(topic(1), 0);
    int self = broker().nodeId();
    done(reassign(partition, Optional.of(new NewPartitionReassignment(List.of(self)))));
    assertThat(done(admin().listPartitionReassignments().reassignments())).isEmpty();
    assertThat(describe(partition.topic()).partitions().get(0).replicas()).hasSize(1);
    refused(
        reassign(partition, Optional.of(new NewPartitionReassignment(List.of(self + 1)))),
        InvalidReplicaAssignmentException.class);
    refused(
        reassign(partition, Optional.of(new NewPartitionReassignment(List.of(self, self + 1)))),
        InvalidReplicaAssignmentException.class);
    refused(reassign(partition, Optional.empty()), NoReassignmentInProgressException.class);
    refused(
        reassign(
            new TopicPartition(unique("nothing"), 0),
            Optional.of(new NewPartitionReassignment(List.of(self)))),
        UnknownTopicOrPartitionException.class);
  }

  // --- what the tests have in common ---

  private KafkaFuture<Void> create(NewTopic topic) {
    return admin().createTopics(List.of(topic)).all();
  }

  private KafkaFuture<Void> grow(String topic, NewPartitions to) {
    return admin().createPartitions(Map.of(topic, to)).all();
  }

  private TopicDescription describe(String topic) {
    return done(admin().describeTopics(List.of(topic)).allTopicNames()).get(topic);
  }

  private KafkaFuture<?> delete(TopicPartition partition, long before) {
    return admin()
        .deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before)))
        .lowWatermarks()
        .get(partition);
  }

  private long deleteRecords(TopicPartition partition, long before) {
    return done(admin()
            .deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before)))
            .lowWatermarks()
            .get(partition))
        .lowWatermark();
  }

  private KafkaFuture<Void> reassign(
      TopicPartition partition, Optional<NewPartitionReassignment> to) {
    return admin()
        .alterPartitionReassignments(
            Map.of(partition, to), new AlterPartitionReassignmentsOptions())
        .all();
  }

  private String onlyDirectory() {
    Collection<String> all = directories().keySet();
    assertThat(all).hasSize(1);
    return all.iterator().next();
  }

  private LogDirDescription directory() {
    return directories().get(onlyDirectory());
  }

  private Map<String, LogDirDescription> directories() {
    int self = broker().nodeId();
    return done(admin().describeLogDirs(List.of(self)).allDescriptions()).get(self);
  }

  private void produce(String topic, int partition, int count) {
    Set<java.util.concurrent.Future<?>> sent = new HashSet<>();
    try (KafkaProducer<String, String> producer = producer()) {
      for (int i = 0; i < count; i++) {
        sent.add(producer.send(new ProducerRecord<>(topic, partition, "key", "value " + i)));
      }
      sent.forEach(BrokerTest::done);
    }
  }
}
