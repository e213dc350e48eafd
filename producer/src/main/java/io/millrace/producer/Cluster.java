package io.millrace.producer;

import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.Message;
import io.millrace.wire.WireException;
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

  static final int OWN_LOWEST = 1;
  static final int OWN_HIGHEST = 13;

  /** A topic of more partitions is taken for damage. */
  private static final int PARTITIONS_MAX = 1_000_000;

  private static final long NOT_MISSING = Long.MIN_VALUE;

  /** An answer must have some time to come. */
  private static final long MISSING_NANOS_MIN = 1_000_000_000L;

  private final ClusterSettings settings;
  private final LinkMaker links;
  private final ConcurrentHashMap<String, TopicQueues> topics;
  private final TopicOpener opener;
  private final Notices notices;
  private final Map<Integer, BrokerLink> brokers = new HashMap<>();
  private final List<BrokerLink> bootstrap = new ArrayList<>();

  /** Brokers, then bootstrap addresses; replaced, never changed. */
  private List<BrokerLink> all;

  private int nextToTry;

  /** Since when it is asked what nobody answers. */
  private long missingSinceNanos = NOT_MISSING;

  private boolean asked;
  private boolean wanted = true;
  private volatile long refreshedNanos;
  private volatile boolean refreshed;
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
      TopicOpener opener,
      Notices notices) {
    this.notices = notices;
    this.settings = settings;
    this.topics = topics;
    this.links = links;
    this.opener = opener;
    int id = -1;
    for (HostPort address : settings.bootstrap()) {
      bootstrap.add(links.make(--id, address.host(), address.port()));
    }
    this.all = List.copyOf(bootstrap);
  }

  /** The link to a broker; null if no broker of that number is known. */
  @Nullable BrokerLink broker(int nodeId) {
    return brokers.get(nodeId);
  }

  /** When it was last told which brokers and partitions there are. Any thread. */
  long refreshedNanos() {
    return refreshed ? refreshedNanos : Metrics.NEVER;
  }

  Collection<BrokerLink> brokers() {
    return brokers.values();
  }

  /** Every link there is: brokers, then bootstrap addresses. */
  List<BrokerLink> all() {
    return all;
  }

  private void listAll() {
    List<BrokerLink> now = new ArrayList<>(brokers.values());
    now.addAll(bootstrap);
    all = List.copyOf(now);
  }

  /** Those that may be connected to when nobody is. */
  private List<BrokerLink> candidates() {
    return settings.rebootstraps() || brokers.isEmpty() ? all : List.copyOf(brokers.values());
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
    if (isMissingForTooLong(nowNanos)) {
      beginAnew("nobody has said for too long which brokers there are", nowNanos);
    }
    if (asked || dueNanos(nowNanos) > nowNanos) {
      return;
    }
    if (missingSinceNanos == NOT_MISSING) {
      missingSinceNanos = nowNanos;
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
    if (notices.sees(Debug.METADATA)) {
      notices.debug(Debug.METADATA, "METADATA", link + " is asked about " + topics.keySet());
    }
    asked = true;
    wanted = false;
    askAgainNanos = nowNanos + settings.retryNanos();
    short version = link.version(ApiKey.METADATA, about.isEmpty() ? 1 : OWN_LOWEST, OWN_HIGHEST);
    link.send(ApiKey.METADATA, version, request, nowNanos, false, new MetadataAnswer(link));
    link.write(nowNanos);
  }

  /** Whether nobody has said which brokers there are, and whoever is connected had the time to. */
  private boolean isMissingForTooLong(long nowNanos) {
    long patience = Math.max(MISSING_NANOS_MIN, settings.rebootstrapNanos());
    if (missingSinceNanos == NOT_MISSING
        || !settings.rebootstraps()
        || nowNanos - missingSinceNanos < patience) {
      return false;
    }
    boolean somebody = false;
    for (BrokerLink link : all) {
      if (link.isUp()) {
        if (nowNanos - link.upSinceNanos() < patience) {
          return false;
        }
        somebody = true;
      }
    }
    return somebody || !brokers.isEmpty();
  }

  /** A broker that can be asked; the one with the least to do. */
  @Nullable BrokerLink anyUp() {
    BrokerLink best = null;
    for (BrokerLink link : all) {
      if (link.isUp() && (best == null || link.waitingForAnswers() < best.waitingForAnswers())) {
        best = link;
      }
    }
    return best;
  }

  /**
   * Makes sure that a connection is being made: one more if those that are being made take long.
   */
  void connectSomebody(long nowNanos) {
    List<BrokerLink> candidates = candidates();
    for (BrokerLink link : candidates) {
      if (link.state() != BrokerLink.State.DOWN && !link.takesLong(nowNanos)) {
        return;
      }
    }
    for (int i = 0; i < candidates.size(); i++) {
      BrokerLink link = candidates.get((nextToTry + i) % candidates.size());
      if (link.state() == BrokerLink.State.DOWN) {
        link.wanted(nowNanos);
        if (link.state() != BrokerLink.State.DOWN) {
          nextToTry = (nextToTry + i + 1) % candidates.size();
          return;
        }
      }
    }
  }

  /** When {@link #connectSomebody} can do something next; nobody is connected. */
  long nextAttemptNanos(long nowNanos) {
    long patience = Long.MAX_VALUE;
    long retry = Long.MAX_VALUE;
    for (BrokerLink link : candidates()) {
      if (link.state() == BrokerLink.State.DOWN) {
        retry = Math.min(retry, Math.max(nowNanos, link.retryNanos()));
      } else if (!link.takesLong(nowNanos)) {
        patience = Math.min(patience, link.patienceEndNanos());
      }
    }
    return patience == Long.MAX_VALUE ? retry : patience;
  }

  /** Whether everyone was tried since it last answered, and nobody is connected. */
  boolean isAllDown() {
    for (BrokerLink link : all) {
      if (link.isUp() || !link.hasFailed()) {
        return false;
      }
    }
    return true;
  }

  /** Whether one is connected at least that can be used. */
  boolean isConnected() {
    for (BrokerLink link : all) {
      if (link.isSound()) {
        return true;
      }
    }
    return false;
  }

  /** Why nobody is connected: the last failure of one of them; null if none has failed. */
  @Nullable ProducerError lastError() {
    ProducerError last = null;
    for (BrokerLink link : all) {
      ProducerError error = link.lastError();
      if (error != null && (last == null || weight(error) > weight(last))) {
        last = error;
      }
    }
    return last;
  }

  /** What tells most. */
  private static int weight(ProducerError error) {
    return error.code() == LocalError.AUTHENTICATION.code()
        ? 3
        : error.code() == LocalError.SSL.code() ? 2 : 1;
  }

  /** Why nobody will ever be connected as settings are; null while somebody may. */
  @Nullable ProducerError refusal() {
    ProducerError why = null;
    for (BrokerLink link : candidates()) {
      ProducerError error = link.lastError();
      if (error == null || weight(error) == 1) {
        return null;
      }
      why = error;
    }
    return why;
  }

  /** Forgets the brokers that are known, and begins with the bootstrap addresses. */
  private void beginAnew(String why, long nowNanos) {
    notices.log(LogEvent.INFO, "REBOOTSTRAP", why + ": beginning anew with bootstrap.servers");
    missingSinceNanos = nowNanos;
    wanted = true;
    List<BrokerLink> old = all;
    brokers.clear();
    listAll();
    ProducerError forgotten = ProducerError.of(LocalError.TRANSPORT, "rebootstrap: " + why);
    for (BrokerLink link : old) {
      if (link.state() != BrokerLink.State.DOWN) {
        link.down(forgotten, nowNanos);
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
      MetadataResponse metadata = (MetadataResponse) response;
      if (metadata.errorCode != 0) {
        wanted = true;
        if (ErrorCode.forCode(metadata.errorCode) == ErrorCode.REBOOTSTRAP_REQUIRED
            && settings.rebootstraps()) {
          beginAnew(from + " asks for it", nowNanos);
        }
        return;
      }
      try {
        learn(metadata, nowNanos);
      } catch (RuntimeException e) {
        wanted = true;
        throw e;
      }
      refreshedNanos = nowNanos;
      refreshed = true;
      missingSinceNanos = NOT_MISSING;
    }

    @Override
    public void failed(ProducerError why, boolean maybeSent, long nowNanos) {
      asked = false;
      wanted = true;
    }
  }

  private void learn(MetadataResponse response, long nowNanos) {
    requireSound(response);
    if (notices.sees(Debug.METADATA)) {
      notices.debug(
          Debug.METADATA,
          "METADATA",
          response.brokers.size() + " brokers, " + response.topics.size() + " topics");
    }
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
      topic.refusal = error == ErrorCode.NONE ? null : error;
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

  /** Which connection is being made, for somebody who waits for it; empty if none is. */
  String underWay() {
    for (BrokerLink link : all()) {
      BrokerLink.State state = link.state();
      if (state == BrokerLink.State.RESOLVING || state == BrokerLink.State.CONNECTING) {
        return "; " + link + " is not connected yet";
      }
      if (state != BrokerLink.State.DOWN && !link.isUp()) {
        return "; " + link + " is connected, and has not answered yet";
      }
    }
    return "";
  }

  private static void requireSound(MetadataResponse response) {
    for (MetadataResponse.MetadataResponseTopic topic : response.topics) {
      for (MetadataResponse.MetadataResponsePartition partition : topic.partitions) {
        if (partition.partitionIndex < 0 || partition.partitionIndex >= PARTITIONS_MAX) {
          throw new WireException(
              "topic " + topic.name + " has a partition " + partition.partitionIndex);
        }
      }
    }
    for (MetadataResponse.MetadataResponseBroker broker : response.brokers) {
      if (broker.port < 0 || broker.port > 65_535) {
        throw new WireException("broker " + broker.nodeId + " has port " + broker.port);
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
    listAll();
  }
}
