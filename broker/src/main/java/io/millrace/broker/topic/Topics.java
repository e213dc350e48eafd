package io.millrace.broker.topic;

import io.millrace.broker.Decision;
import io.millrace.broker.Refusal.Reason;
import io.millrace.broker.RefusedException;
import io.millrace.broker.setting.SettingValues;
import io.millrace.log.LogId;
import io.millrace.shard.Sequencer;
import io.millrace.shard.ShardLog;
import io.millrace.shard.StateMachine;
import io.millrace.shard.StateReader;
import io.millrace.shard.StateWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * All topics of the broker. They live on the metadata shard: decided there, durable in its journal,
 * applied there. Any thread may look things up and sees each topic whole.
 *
 * <p>The future of an operation completes on the metadata shard's thread when the change is durable
 * and visible, or with a {@link RefusedException}.
 */
public final class Topics implements StateMachine {

  /** The {@link #kind()} of topics in journal and snapshot. */
  public static final int KIND = 16;

  private static final int CREATED = 1;
  private static final int DELETED = 2;
  private static final int PARTITIONS_ADDED = 3;
  private static final int SETTINGS_CHANGED = 4;

  private final Shards shards;
  private final SettingValues broker;
  private final Supplier<UUID> newIds;
  private final ConcurrentSkipListMap<String, Topic> byName = new ConcurrentSkipListMap<>();
  private final ConcurrentHashMap<UUID, Topic> byId = new ConcurrentHashMap<>();

  // The metadata shard's thread: what has been proposed, applied or not.
  private final Map<String, String> namesByFolded = new HashMap<>();
  private final Map<UUID, List<Runnable>> beingChanged = new HashMap<>();
  private long partitionsProposed;

  /**
   * @param broker the broker's settings
   * @param newIds random ids for new topics
   */
  public Topics(Shards shards, SettingValues broker, Supplier<UUID> newIds) {
    this.shards = shards;
    this.broker = broker;
    this.newIds = newIds;
  }

  // --- looking things up, any thread ---

  public @Nullable Topic find(String name) {
    return byName.get(name);
  }

  public @Nullable Topic find(UUID id) {
    return byId.get(id);
  }

  /** Every topic, by name; a weak view. */
  public Collection<Topic> all() {
    return byName.values();
  }

  /** Topics from a name on, by name; a weak view. */
  public Collection<Topic> from(String name) {
    return byName.tailMap(name, true).values();
  }

  // --- operations ---

  /** What a topic that is made, or would be made, is like. */
  public record Description(String name, UUID id, int partitions, TopicSettings settings) {}

  /**
   * Makes a topic.
   *
   * @param checkOnly whether to say only what would happen
   */
  public CompletableFuture<Description> create(NewTopic wanted, boolean checkOnly) {
    return Decision.on(
        shards.metadata(),
        (sequencer, answer) -> {
          Description description = decideCreation(wanted);
          if (checkOnly) {
            answer.complete(description);
            return;
          }
          namesByFolded.put(TopicName.folded(description.name), description.name);
          partitionsProposed += description.partitions;
          StateWriter change = new StateWriter().int8(CREATED).uuid(description.id);
          change.text(description.name).varint(description.partitions);
          encode(description.settings.set(), change);
          sequencer.change(KIND, change, () -> answer.complete(description));
        });
  }

  private Description decideCreation(NewTopic wanted) {
    String name = wanted.name();
    String problem = TopicName.problem(name);
    if (problem != null) {
      throw new RefusedException(Reason.INVALID_TOPIC_NAME, problem);
    }
    if (TopicName.isReserved(name)) {
      throw new RefusedException(
          Reason.INVALID_TOPIC_NAME, "the name " + name + " is reserved: choose another");
    }
    String alike = namesByFolded.get(TopicName.folded(name));
    if (name.equals(alike)) {
      throw new RefusedException(Reason.TOPIC_EXISTS, "there is a topic " + name + " already");
    }
    if (alike != null) {
      throw new RefusedException(
          Reason.INVALID_TOPIC_NAME,
          name + " is too much like the topic " + alike + ": '.' and '_' count as the same");
    }
    int partitions =
        wanted.partitions() == -1 ? broker.int32("num.partitions") : wanted.partitions();
    checkPartitions(partitions, partitions);
    if (wanted.replicationFactor() != -1 && wanted.replicationFactor() != 1) {
      throw new RefusedException(
          Reason.INVALID_REPLICATION_FACTOR,
          "replication factor "
              + wanted.replicationFactor()
              + " is not possible: this is the only node, so it is 1");
    }
    return new Description(name, newIds.get(), partitions, settings(wanted.settings()));
  }

  private TopicSettings settings(Map<String, String> set) {
    TopicSettings settings;
    try {
      settings = new TopicSettings(set, broker);
    } catch (IllegalArgumentException e) {
      throw new RefusedException(Reason.INVALID_SETTING, String.valueOf(e.getMessage()));
    }
    String conflict = settings.conflict(broker);
    if (conflict != null) {
      throw new RefusedException(Reason.INVALID_SETTING, conflict);
    }
    return settings;
  }

  private void checkPartitions(int ofTopic, int more) {
    int most = broker.int32("max.partitions.per.topic");
    if (ofTopic < 1 || ofTopic > most) {
      throw new RefusedException(
          Reason.INVALID_PARTITIONS,
          "a topic has from 1 to "
              + most
              + " partitions (max.partitions.per.topic), not "
              + ofTopic);
    }
    long all = partitionsProposed + more;
    if (all > broker.number("max.partitions")) {
      throw new RefusedException(
          Reason.POLICY_VIOLATION,
          "all topics together would have "
              + all
              + " partitions, the limit max.partitions is "
              + broker.number("max.partitions"));
    }
  }

  /** Deletes a topic and everything in it. */
  public CompletableFuture<Topic> delete(UUID id) {
    return onTopic(
        id,
        (topic, sequencer, answer) -> {
          StateWriter change = new StateWriter().int8(DELETED).uuid(id);
          propose(sequencer, id, change, () -> dropLogs(topic, answer));
        });
  }

  /** The name is free already; the answer comes when the logs are gone from every shard. */
  private void dropLogs(Topic topic, CompletableFuture<Topic> answer) {
    CompletableFuture<?>[] dropped =
        shards.all().stream()
            .map(shard ->
                Decision.<Boolean>on(
                    shard,
                    (sequencer, gone) ->
                        sequencer.dropTopic(
                            topic.id(), topic.partitionCount(), () -> gone.complete(true))))
            .toArray(CompletableFuture<?>[]::new);
    CompletableFuture.allOf(dropped)
        .whenComplete((nothing, failure) -> {
          if (failure == null) {
            answer.complete(topic);
          } else {
            answer.completeExceptionally(failure);
          }
        });
  }

  /**
   * Gives a topic more partitions.
   *
   * @param count how many it is to have
   */
  public CompletableFuture<Topic> addPartitions(UUID id, int count, boolean checkOnly) {
    return onTopic(
        id,
        (topic, sequencer, answer) -> {
          int now = topic.partitionCount();
          if (count <= now) {
            throw new RefusedException(
                Reason.INVALID_PARTITIONS,
                topic
                    + " has "
                    + now
                    + " partitions; it can get more of them, not "
                    + count
                    + (count < now ? ", for that would lose records" : ""));
          }
          checkPartitions(count, count - now);
          if (checkOnly) {
            answer.complete(topic);
            return;
          }
          partitionsProposed += count - now;
          StateWriter change = new StateWriter().int8(PARTITIONS_ADDED).uuid(id).varint(count);
          propose(sequencer, id, change, () -> answer.complete(topic));
        });
  }

  /**
   * Changes what a topic sets itself.
   *
   * @param edit from the settings as they are to those that are to be; may throw a {@link
   *     RefusedException}
   */
  public CompletableFuture<Topic> changeSettings(
      UUID id, UnaryOperator<Map<String, String>> edit, boolean checkOnly) {
    return onTopic(
        id,
        (topic, sequencer, answer) -> {
          Map<String, String> set = edit.apply(new TreeMap<>(topic.settings().set()));
          TopicSettings checked = settings(set);
          if (checkOnly || checked.set().equals(topic.settings().set())) {
            answer.complete(topic);
            return;
          }
          StateWriter change = new StateWriter().int8(SETTINGS_CHANGED).uuid(id);
          encode(set, change);
          propose(sequencer, id, change, () -> answer.complete(topic));
        });
  }

  /** Decides about one topic; while a change of it is on its way, the decision waits for that. */
  private <T> CompletableFuture<T> onTopic(UUID id, TopicDecision<T> decision) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    decideWhenFree(id, decision, answer);
    return answer;
  }

  @FunctionalInterface
  private interface TopicDecision<T> {
    void decide(Topic topic, Sequencer sequencer, CompletableFuture<T> answer);
  }

  private <T> void decideWhenFree(UUID id, TopicDecision<T> decision, CompletableFuture<T> answer) {
    Decision.<T>on(
            shards.metadata(),
            (sequencer, decided) -> {
              List<Runnable> waiting = beingChanged.get(id);
              if (waiting != null) {
                waiting.add(() -> decideWhenFree(id, decision, answer));
                return;
              }
              Topic topic = byId.get(id);
              if (topic == null) {
                throw new RefusedException(
                    Reason.UNKNOWN_TOPIC_ID, "there is no topic with id " + id);
              }
              decision.decide(topic, sequencer, decided);
            })
        .whenComplete((result, failure) -> {
          if (failure == null) {
            answer.complete(result);
          } else {
            answer.completeExceptionally(failure);
          }
        });
  }

  private void propose(Sequencer sequencer, UUID id, StateWriter change, Runnable applied) {
    beingChanged.put(id, new ArrayList<>());
    sequencer.change(
        KIND,
        change,
        () -> {
          List<Runnable> waiting = beingChanged.remove(id);
          applied.run();
          if (waiting != null) {
            waiting.forEach(Runnable::run);
          }
        });
  }

  // --- state machine ---

  @Override
  public int kind() {
    return KIND;
  }

  @Override
  public void apply(StateReader change, long timeMs) {
    int what = change.int8();
    UUID id = change.uuid();
    switch (what) {
      case CREATED -> add(id, change);
      case DELETED -> remove(known(id));
      case PARTITIONS_ADDED -> {
        Topic topic = known(id);
        keep(topic);
        topic.addPartitions((int) change.varint());
      }
      case SETTINGS_CHANGED -> {
        Topic topic = known(id);
        keep(topic);
        changeSettings(topic, new TopicSettings(decodeSettings(change), broker));
      }
      default -> throw new IllegalStateException("topics know no change " + what);
    }
  }

  private void keep(Topic topic) {
    shards.metadata().capture().keep(topic);
  }

  private Topic known(UUID id) {
    Topic topic = byId.get(id);
    if (topic == null) {
      throw new IllegalStateException("a change of topic " + id + ", which does not exist");
    }
    return topic;
  }

  private void add(UUID id, StateReader in) {
    String name = in.text();
    int partitions = (int) in.varint();
    TopicSettings settings = new TopicSettings(decodeSettings(in), broker);
    Topic topic = new Topic(shards, id, name, partitions, settings);
    byId.put(id, topic);
    byName.put(name, topic);
  }

  private void remove(Topic topic) {
    keep(topic);
    byName.remove(topic.name());
    byId.remove(topic.id());
    topic.markDeleted();
    namesByFolded.remove(TopicName.folded(topic.name()));
    partitionsProposed -= topic.partitionCount();
  }

  private void changeSettings(Topic topic, TopicSettings settings) {
    topic.settings(settings);
    for (int partition = 0; partition < topic.partitionCount(); partition++) {
      LogId id = new LogId(topic.id(), partition);
      ShardLog log = shards.of(id).find(id);
      if (log != null) {
        log.settings(settings.log());
      }
    }
  }

  @Override
  public Collection<Topic> snapshotItems() {
    return byId.values();
  }

  @Override
  public void restore(StateReader item) {
    add(item.uuid(), item);
  }

  @Override
  public void recovered() {
    namesByFolded.clear();
    partitionsProposed = 0;
    for (Topic topic : byId.values()) {
      namesByFolded.put(TopicName.folded(topic.name()), topic.name());
      partitionsProposed += topic.partitionCount();
    }
  }

  static void encode(Map<String, String> settings, StateWriter out) {
    out.varint(settings.size());
    settings.forEach((name, value) -> out.text(name).text(value));
  }

  private static Map<String, String> decodeSettings(StateReader in) {
    Map<String, String> settings = new TreeMap<>();
    for (int n = in.count(); n > 0; n--) {
      settings.put(in.text(), in.text());
    }
    return settings;
  }

  /** What a topic's piece of a snapshot says, for people. */
  public static String text(StateReader item) {
    UUID id = item.uuid();
    return "topic "
        + item.text()
        + " id="
        + LogId.topicDirectory(id)
        + " partitions="
        + item.varint()
        + " settings="
        + decodeSettings(item);
  }
}
