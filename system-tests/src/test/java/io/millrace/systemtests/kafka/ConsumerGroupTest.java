package io.millrace.systemtests.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.OffsetMetadataTooLarge;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumer groups as kafka-clients' consumers and Admin see them. */
@OverOneAndTwoShards
class ConsumerGroupTest extends BrokerTest {

  ConsumerGroupTest() {
    super("group.initial.rebalance.delay.ms", "0", "group.min.session.timeout.ms", "100");
  }

  private static final String RANGE = "org.apache.kafka.clients.consumer.RangeAssignor";
  private static final String COOPERATIVE =
      "org.apache.kafka.clients.consumer.CooperativeStickyAssignor";

  /** A consumer that notes what it was given and what was taken from it. */
  private final class Watched implements ConsumerRebalanceListener {
    final KafkaConsumer<String, String> consumer;
    final List<TopicPartition> revoked = new ArrayList<>();
    final List<String> values = new ArrayList<>();

    Watched(String group, String topic, Object... set) {
      Map<String, Object> settings = new HashMap<>();
      settings.put("group.id", group);
      settings.put("auto.offset.reset", "earliest");
      settings.put("heartbeat.interval.ms", 50);
      settings.put("session.timeout.ms", 10_000);
      settings.put("enable.auto.commit", false);
      settings.putAll(map(set));
      List<Object> flat = new ArrayList<>();
      settings.forEach((name, value) -> {
        flat.add(name);
        flat.add(value);
      });
      consumer = consumer(flat.toArray());
      consumer.subscribe(List.of(topic), this);
    }

    Set<TopicPartition> poll() {
      consumer.poll(Duration.ofMillis(20)).forEach(record -> values.add(record.value()));
      return consumer.assignment();
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      revoked.addAll(partitions);
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
  }

  private static Set<TopicPartition> all(String topic, int partitions) {
    Set<TopicPartition> all = new HashSet<>();
    for (int i = 0; i < partitions; i++) {
      all.add(new TopicPartition(topic, i));
    }
    return all;
  }

  /** Polls until everybody has something and together they have everything, each partition once. */
  private static void pollUntilShared(Set<TopicPartition> all, Watched... members) {
    eventually()
        .until(() -> {
          int sum = 0;
          boolean everybody = true;
          Set<TopicPartition> together = new HashSet<>();
          for (Watched member : members) {
            Set<TopicPartition> own = member.poll();
            everybody &= !own.isEmpty();
            sum += own.size();
            together.addAll(own);
          }
          return everybody && sum == all.size() && together.equals(all);
        });
  }

  // --- sharing ---

  @ParameterizedTest
  @ValueSource(strings = {RANGE, COOPERATIVE})
  void membersShareThePartitionsAndTakeOverFromOneThatLeaves(String assignor) {
    String topic = topic(4);
    String group = unique("group");
    Set<TopicPartition> all = all(topic, 4);
    Watched first = new Watched(group, topic, "partition.assignment.strategy", assignor);
    pollUntilShared(all, first);
    Watched second = new Watched(group, topic, "partition.assignment.strategy", assignor);
    pollUntilShared(all, first, second);
    assertThat(second.consumer.assignment()).hasSize(2);
    // Eager members give everything up for a moment; cooperative ones what others are to get.
    assertThat(Set.copyOf(first.revoked)).hasSize(assignor.equals(RANGE) ? 4 : 2);
    first.consumer.close();
    pollUntilShared(all, second);
  }

  @Test
  void everyRecordIsReadByOneMember() {
    String topic = topic(6);
    String group = unique("group");
    Watched[] members = new Watched[3];
    for (int i = 0; i < 3; i++) {
      members[i] = new Watched(group, topic, "partition.assignment.strategy", COOPERATIVE);
    }
    pollUntilShared(all(topic, 6), members);
    try (var producer = producer()) {
      for (int i = 0; i < 300; i++) {
        producer.send(new ProducerRecord<>(topic, i % 6, "key", "" + i));
      }
    }
    eventually()
        .until(() -> {
          int sum = 0;
          for (Watched member : members) {
            member.poll();
            sum += member.values.size();
          }
          return sum >= 300;
        });
    Set<String> once = new TreeSet<>();
    for (Watched member : members) {
      assertThat(member.values).hasSize(100).allMatch(once::add);
    }
  }

  @Test
  void memberThatStopsPollingIsReplaced() {
    String topic = topic(2);
    String group = unique("group");
    Watched stuck = new Watched(group, topic, "max.poll.interval.ms", 300);
    pollUntilShared(all(topic, 2), stuck);
    Watched next = new Watched(group, topic);
    pollUntilShared(all(topic, 2), next);
  }

  @Test
  void staticMemberThatRestartsKeepsItsPartitionsAndDisturbsNobody() {
    String topic = topic(4);
    String group = unique("group");
    Watched other = new Watched(group, topic, "group.instance.id", "other");
    Watched before = new Watched(group, topic, "group.instance.id", "restarted");
    pollUntilShared(all(topic, 4), other, before);
    Set<TopicPartition> kept = before.consumer.assignment();
    other.revoked.clear();
    before.consumer.close();
    Watched after = new Watched(group, topic, "group.instance.id", "restarted");
    pollUntilShared(all(topic, 4), other, after);
    assertThat(after.consumer.assignment()).isEqualTo(kept);
    assertThat(other.revoked).isEmpty();
  }

  @Test
  void membersGetTheNewPartitionsOfATopicThatGrew() {
    String topic = topic(1);
    Watched member = new Watched(unique("group"), topic, "metadata.max.age.ms", 100);
    pollUntilShared(all(topic, 1), member);
    done(
        admin()
            .createPartitions(
                Map.of(topic, org.apache.kafka.clients.admin.NewPartitions.increaseTo(3)))
            .all());
    pollUntilShared(all(topic, 3), member);
  }

  // --- offsets ---

  @Test
  void groupGoesOnWhereItCommitted() {
    String topic = topic(1);
    TopicPartition partition = new TopicPartition(topic, 0);
    String group = unique("group");
    try (var producer = producer()) {
      for (int i = 0; i < 10; i++) {
        producer.send(new ProducerRecord<>(topic, 0, "key", "" + i));
      }
    }
    Watched first = new Watched(group, topic);
    eventually()
        .until(() -> {
          first.poll();
          return first.values.size() == 10;
        });
    first.consumer.commitSync(
        Map.of(partition, new OffsetAndMetadata(4, Optional.of(0), "up to here")));
    assertThat(first.consumer.committed(Set.of(partition)).get(partition))
        .isEqualTo(new OffsetAndMetadata(4, Optional.of(0), "up to here"));
    first.consumer.close();
    Watched second = new Watched(group, topic);
    eventually()
        .until(() -> {
          second.poll();
          return second.values.size() >= 6;
        });
    assertThat(second.values).containsExactly("4", "5", "6", "7", "8", "9");
  }

  @Test
  void offsetsAreReadAndMovedFromOutside() {
    String topic = topic(3);
    String group = unique("group");
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    offsets.put(new TopicPartition(topic, 0), new OffsetAndMetadata(11));
    offsets.put(new TopicPartition(topic, 2), new OffsetAndMetadata(22, "note"));
    done(admin().alterConsumerGroupOffsets(group, offsets).all());
    assertThat(offsets(group)).isEqualTo(offsets);
    Map<TopicPartition, OffsetAndMetadata> one =
        Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(5));
    done(admin().alterConsumerGroupOffsets(group, one).all());
    assertThat(offsets(group)).containsAllEntriesOf(one).hasSize(2);
    assertThat(offsets(unique("nothing"))).isEmpty();
  }

  @Test
  void offsetsOfAGroupWithMembersCannotBeMovedFromOutside() {
    String topic = topic(1);
    String group = unique("group");
    pollUntilShared(all(topic, 1), new Watched(group, topic));
    refused(
        admin()
            .alterConsumerGroupOffsets(
                group, Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(5)))
            .all(),
        UnknownMemberIdException.class);
  }

  @Test
  void metadataThatIsTooLongIsRefused() {
    String topic = topic(1);
    TopicPartition partition = new TopicPartition(topic, 0);
    var consumer = consumer("group.id", unique("group"));
    consumer.commitSync(Map.of(partition, new OffsetAndMetadata(1, "m".repeat(4096))));
    assertThatThrownBy(() ->
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(1, "m".repeat(4097)))))
        .isInstanceOf(OffsetMetadataTooLarge.class);
  }

  @Test
  void offsetsAreDeletedUnlessTheGroupReadsTheTopic() {
    String read = topic(1);
    String unread = topic(1);
    TopicPartition ofRead = new TopicPartition(read, 0);
    TopicPartition ofUnread = new TopicPartition(unread, 0);
    String group = unique("group");
    done(
        admin()
            .alterConsumerGroupOffsets(
                group, Map.of(ofRead, new OffsetAndMetadata(1), ofUnread, new OffsetAndMetadata(2)))
            .all());
    Watched member = new Watched(group, read);
    pollUntilShared(all(read, 1), member);
    var deleted = admin().deleteConsumerGroupOffsets(group, Set.of(ofRead, ofUnread));
    refused(deleted.partitionResult(ofRead), GroupSubscribedToTopicException.class);
    done(deleted.partitionResult(ofUnread));
    assertThat(offsets(group)).containsOnlyKeys(ofRead);
    member.consumer.close();
    done(admin().deleteConsumerGroupOffsets(group, Set.of(ofRead)).all());
    assertThat(offsets(group)).isEmpty();
    refused(
        admin().deleteConsumerGroupOffsets(unique("nothing"), Set.of(ofRead)).all(),
        GroupIdNotFoundException.class);
  }

  @Test
  void topicMadeAgainHasNoOffsets() {
    String topic = topic(1);
    TopicPartition partition = new TopicPartition(topic, 0);
    String group = unique("group");
    done(
        admin()
            .alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(9)))
            .all());
    done(admin().deleteTopics(List.of(topic)).all());
    assertThat(offsets(group)).isEmpty();
    done(
        admin()
            .createTopics(List.of(new org.apache.kafka.clients.admin.NewTopic(topic, 1, (short) 1)))
            .all());
    assertThat(offsets(group)).isEmpty();
  }

  // --- groups from outside ---

  @Test
  void groupIsDescribedWithItsMembers() {
    String topic = topic(2);
    String group = unique("group");
    Watched member =
        new Watched(group, topic, "client.id", "reader", "group.instance.id", "instance");
    pollUntilShared(all(topic, 2), member);
    ConsumerGroupDescription description =
        done(
            admin()
                .describeConsumerGroups(
                    List.of(group),
                    new DescribeConsumerGroupsOptions().includeAuthorizedOperations(true))
                .describedGroups()
                .get(group));
    assertThat(description.groupState()).isEqualTo(GroupState.STABLE);
    assertThat(description.type()).isEqualTo(GroupType.CLASSIC);
    assertThat(description.partitionAssignor()).isEqualTo("range");
    assertThat(description.coordinator().id()).isEqualTo(broker().nodeId());
    assertThat(description.authorizedOperations())
        .containsExactlyInAnyOrder(
            AclOperation.READ,
            AclOperation.DELETE,
            AclOperation.DESCRIBE,
            AclOperation.DESCRIBE_CONFIGS,
            AclOperation.ALTER_CONFIGS);
    assertThat(description.members())
        .hasSize(1)
        .allSatisfy(one -> {
          assertThat(one.clientId()).isEqualTo("reader");
          assertThat(one.groupInstanceId()).hasValue("instance");
          assertThat(one.host()).isEqualTo("/127.0.0.1");
          assertThat(one.assignment().topicPartitions()).isEqualTo(all(topic, 2));
        });
    member.consumer.close();
    done(
        admin()
            .removeMembersFromConsumerGroup(
                group,
                new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove("instance"))))
            .all());
    assertThat(done(admin().describeConsumerGroups(List.of(group)).all()).get(group).groupState())
        .isEqualTo(GroupState.EMPTY);
  }

  @Test
  void groupThatIsNotThereIsNotDescribed() {
    String nothing = unique("nothing");
    refused(
        admin().describeConsumerGroups(List.of(nothing)).describedGroups().get(nothing),
        GroupIdNotFoundException.class);
    refused(
        admin().describeClassicGroups(List.of(nothing)).describedGroups().get(nothing),
        GroupIdNotFoundException.class);
  }

  @Test
  void groupsAreListedByStateAndType() {
    String topic = topic(1);
    String stable = unique("group");
    String empty = unique("group");
    pollUntilShared(all(topic, 1), new Watched(stable, topic));
    done(
        admin()
            .alterConsumerGroupOffsets(
                empty, Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(1)))
            .all());
    assertThat(listed(new ListGroupsOptions())).contains(stable, empty);
    assertThat(listed(new ListGroupsOptions().inGroupStates(Set.of(GroupState.STABLE))))
        .contains(stable)
        .doesNotContain(empty);
    assertThat(listed(new ListGroupsOptions().inGroupStates(Set.of(GroupState.EMPTY))))
        .contains(empty)
        .doesNotContain(stable);
    assertThat(listed(new ListGroupsOptions().withTypes(Set.of(GroupType.CLASSIC))))
        .contains(stable, empty);
    assertThat(listed(new ListGroupsOptions().withTypes(Set.of(GroupType.SHARE)))).isEmpty();
    GroupListing listing =
        done(admin().listGroups().all()).stream()
            .filter(one -> one.groupId().equals(stable))
            .findAny()
            .orElseThrow();
    assertThat(listing.protocol()).isEqualTo("consumer");
    assertThat(listing.type()).hasValue(GroupType.CLASSIC);
    assertThat(listing.groupState()).hasValue(GroupState.STABLE);
  }

  @Test
  void onlyGroupsWithoutMembersAreDeleted() {
    String topic = topic(1);
    String group = unique("group");
    Watched member = new Watched(group, topic);
    pollUntilShared(all(topic, 1), member);
    member.consumer.commitSync(Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(0)));
    refused(admin().deleteConsumerGroups(List.of(group)).all(), GroupNotEmptyException.class);
    assertThat(offsets(group)).hasSize(1);
    member.consumer.close();
    done(admin().deleteConsumerGroups(List.of(group)).all());
    assertThat(offsets(group)).isEmpty();
    assertThat(listed(new ListGroupsOptions())).doesNotContain(group);
    refused(admin().deleteConsumerGroups(List.of(group)).all(), GroupIdNotFoundException.class);
    // Its name is free again.
    pollUntilShared(all(topic, 1), new Watched(group, topic));
  }

  private Set<String> listed(ListGroupsOptions options) {
    Set<String> ids = new HashSet<>();
    done(admin().listGroups(options).all()).forEach(group -> ids.add(group.groupId()));
    return ids;
  }

  private Map<TopicPartition, OffsetAndMetadata> offsets(String group) {
    try {
      return admin()
          .listConsumerGroupOffsets(group)
          .partitionsToOffsetAndMetadata()
          .toCompletionStage()
          .toCompletableFuture()
          .get();
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }
}
