package io.millrace.producer;

import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.Message;
import io.millrace.wire.message.MetadataRequest;
import io.millrace.wire.message.MetadataResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the brokers and of the topics that are produced to, and how it is found out.
 * Owned by the loop.
 *
 * <p>One metadata request is under way at a time, for all wanted topics. It is asked of any broker
 * that is connected, else of the known ones and the bootstrap addresses in turn.
 */
final class Cluster {

  private static final int OWN_LOWEST = 1;
  private static final int OWN_HIGHEST = 12;

  private final ClusterSettings settings;
  private final LinkMaker links;
  private final ConcurrentHashMap<String, TopicQueues> topics;
  private final TopicOpener opener;
  private final Map<Integer, BrokerLink> brokers = new HashMap<>();
  private final List<BrokerLink> bootstrap = new ArrayList<>();
  private int nextToTry;
  private boolean asked;
  private boolean wanted = true;
  private long refreshedNanos;
  private long askAgainNanos = Long.MIN_VALUE;

  /** Makes a link to a broker that was not known. */
  interface LinkMaker {
    BrokerLink make(int nodeId, String host, int port);
  }

  /** Is told which partitions a topic has, and where they are. */
  interface TopicOpener {
    void located(TopicQueues topic, MetadataResponse.MetadataResponseTopic found, long nowNanos);

    void failed(TopicQueues topic, ProducerError why, long nowNanos);
  }

  Cluster(
      ClusterSettings settings,
      ConcurrentHashMap<String, TopicQueues> topics,
      LinkMaker links,
      TopicOpener opener) {
    this.settings = settings;
    this.topics = topics;
    this.links = links;
    this.opener = opener;
    int id = -1;
    for (HostPort address : settings.bootstrap()) {
      bootstrap.add(links.make(--id, address.host(), address.port()));
    }
  }

  /** The link to a broker; null if no broker of that number is known. */
  @Nullable BrokerLink broker(int nodeId) {
    return brokers.get(nodeId);
  }

  Collection<BrokerLink> brokers() {
    return brokers.values();
  }

  /** Every link there is: brokers, then bootstrap addresses. */
  List<BrokerLink> all() {
    List<BrokerLink> all = new ArrayList<>(brokers.values());
    all.addAll(bootstrap);
    return all;
  }

  /** Something that is known has turned out to be wrong, or something new is to be known. */
  void outdated() {
    wanted = true;
  }

  /** When there is something to do next, by the monotonic clock. */
  long dueNanos(long nowNanos) {
    if (asked) {
      return Long.MAX_VALUE;
    }
    long regular = topics.isEmpty() ? Long.MAX_VALUE : refreshedNanos + settings.refreshNanos();
    return wanted ? Math.max(askAgainNanos, nowNanos) : regular;
  }

  /** Asks for metadata if it is time. */
  void work(long nowNanos) {
    if (asked || dueNanos(nowNanos) > nowNanos) {
      return;
    }
    BrokerLink link = anyUp();
    if (link == null) {
      connectSomebody(nowNanos);
      return;
    }
    MetadataRequest request = new MetadataRequest();
    request.allowAutoTopicCreation = settings.allowAutoCreateTopics();
    List<TopicQueues> about = new ArrayList<>(topics.values());
    request.topics = new ArrayList<>(about.size());
    for (TopicQueues topic : about) {
      MetadataRequest.MetadataRequestTopic one = new MetadataRequest.MetadataRequestTopic();
      one.name = topic.name;
      request.topics.add(one);
    }
    asked = true;
    wanted = false;
    askAgainNanos = nowNanos + settings.retryNanos();
    short version = link.version(ApiKey.METADATA, about.isEmpty() ? 1 : OWN_LOWEST, OWN_HIGHEST);
    link.send(ApiKey.METADATA, version, request, nowNanos, false, new MetadataAnswer(link));
    link.write(nowNanos);
  }

  /** A broker that can be asked; the one with the least to do. */
  @Nullable BrokerLink anyUp() {
    BrokerLink best = null;
    for (BrokerLink link : all()) {
      if (link.isUp() && (best == null || link.waitingForAnswers() < best.waitingForAnswers())) {
        best = link;
      }
    }
    return best;
  }

  /** Makes sure that one connection is being made at least. */
  void connectSomebody(long nowNanos) {
    List<BrokerLink> all = all();
    for (BrokerLink link : all) {
      if (link.state() != BrokerLink.State.DOWN) {
        return;
      }
    }
    for (int i = 0; i < all.size(); i++) {
      BrokerLink link = all.get((nextToTry + i) % all.size());
      link.wanted(nowNanos);
      if (link.state() != BrokerLink.State.DOWN) {
        nextToTry = (nextToTry + i + 1) % all.size();
        return;
      }
    }
  }

  private final class MetadataAnswer implements BrokerLink.Answer {
    private final BrokerLink from;

    MetadataAnswer(BrokerLink from) {
      this.from = from;
    }

    @Override
    public void answered(Message response, long nowNanos) {
      asked = false;
      refreshedNanos = nowNanos;
      learn((MetadataResponse) response, nowNanos);
    }

    @Override
    public void failed(ProducerError why, boolean maybeSent, long nowNanos) {
      asked = false;
      wanted = true;
    }
  }

  private void learn(MetadataResponse response, long nowNanos) {
    learnBrokers(response.brokers, nowNanos);
    for (MetadataResponse.MetadataResponseTopic found : response.topics) {
      TopicQueues topic = found.name == null ? null : topics.get(found.name);
      if (topic == null) {
        continue;
      }
      ErrorCode error = ErrorCode.forCode(found.errorCode);
      boolean isKnown = found.errorCode == 0 && !found.partitions.isEmpty();
      if (topic.known && !isKnown) {
        topic.unknownSinceNanos = nowNanos;
      }
      topic.known = isKnown;
      if (isKnown) {
        opener.located(topic, found, nowNanos);
        for (MetadataResponse.MetadataResponsePartition partition : found.partitions) {
          if (partition.leaderId < 0) {
            wanted = true;
          }
        }
      } else if (isFinal(error, topic, nowNanos)) {
        opener.failed(topic, whyUnknown(error, topic), nowNanos);
      } else {
        wanted = true;
      }
    }
  }

  /** Whether there is no use in waiting any longer. */
  private boolean isFinal(ErrorCode error, TopicQueues topic, long nowNanos) {
    if (error == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || error.retriable()) {
      return nowNanos - topic.unknownSinceNanos >= settings.propagationNanosMax();
    }
    return error != ErrorCode.NONE;
  }

  private ProducerError whyUnknown(ErrorCode error, TopicQueues topic) {
    if (error == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || error.retriable()) {
      return ProducerError.of(
          LocalError.UNKNOWN_TOPIC,
          "there is no topic "
              + topic.name
              + ", and none has come within "
              + settings.propagationNanosMax() / 1_000_000
              + " ms (topic.metadata.propagation.max.ms): "
              + error.message());
    }
    return ProducerError.of(error.code(), "topic " + topic.name + ": " + error.message());
  }

  private void learnBrokers(List<MetadataResponse.MetadataResponseBroker> found, long nowNanos) {
    if (found.isEmpty()) {
      return;
    }
    Map<Integer, BrokerLink> now = new HashMap<>();
    for (MetadataResponse.MetadataResponseBroker one : found) {
      BrokerLink known = brokers.get(one.nodeId);
      boolean same = known != null && known.host.equals(one.host) && known.port == one.port;
      now.put(
          one.nodeId, same && known != null ? known : links.make(one.nodeId, one.host, one.port));
    }
    for (BrokerLink old : brokers.values()) {
      if (now.get(old.nodeId) != old) {
        old.down(
            ProducerError.of(LocalError.TRANSPORT, old + " is no longer a broker of the cluster"),
            nowNanos);
      }
    }
    brokers.clear();
    brokers.putAll(now);
  }
}
