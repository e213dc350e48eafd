package io.millrace.producer.kafka;

import io.millrace.producer.ProducerException;
import io.millrace.producer.ProducerMessage;
import io.millrace.producer.QueueFullException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Partitioner;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's {@link Producer} over ours: takes the place of a {@code KafkaProducer}, with the same
 * configuration. Threads may share one.
 *
 * <p>{@link #send} waits for room as Kafka's does, for {@code max.block.ms} at most, but never for
 * metadata, unless a {@code partitioner.class} must see them: a record for a topic that is not
 * known yet is accepted, and its future says what became of it. Callbacks run in the order of a
 * partition's records, by a thread of their own and not by the one that talks to brokers.
 *
 * @see <a href="../../../../../../../../docs/clients/producer-adapter.md">what differs, name by
 *     name</a>
 */
public final class MillraceProducer<K, V> implements Producer<K, V> {

  private static final Duration FLUSH_STEP = Duration.ofMillis(5);

  private final KafkaSettings settings;
  private final io.millrace.producer.Producer producer;
  private final Plugins<K, V> plugins;
  private final RecordInterceptors<K, V> interceptors;
  private final TopicViews views;
  private final KafkaErrors errors;
  private final KafkaTransactions transactions;
  private final Outstanding outstanding = new Outstanding();
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Opens a producer. Nothing is connected yet, and no broker need be there.
   *
   * @param configs by the names of {@link ProducerConfig}, or librdkafka's
   * @throws ConfigException if a value is not allowed, or two contradict one another
   * @throws KafkaException if a class cannot be made
   */
  public MillraceProducer(Map<String, Object> configs) {
    this(configs, null, null);
  }

  /**
   * Opens a producer.
   *
   * @param keySerializer used as it is, and closed with the producer; null for the one that {@code
   *     key.serializer} names
   * @param valueSerializer likewise
   */
  public MillraceProducer(
      Map<String, Object> configs,
      @Nullable Serializer<K> keySerializer,
      @Nullable Serializer<V> valueSerializer) {
    settings = new KafkaSettings(Plugins.withSerializers(configs, keySerializer, valueSerializer));
    plugins = new Plugins<>(settings, keySerializer, valueSerializer);
    try {
      producer = io.millrace.producer.Producer.open(settings.forProducer());
    } catch (RuntimeException e) {
      plugins.close();
      throw e instanceof IllegalArgumentException
          ? new ConfigException(e.getMessage())
          : new KafkaException("the producer could not be opened", e);
    }
    interceptors = plugins.interceptors();
    Duration wait = Duration.ofMillis(settings.maxBlockMs());
    views = new TopicViews(producer, wait);
    errors = new KafkaErrors(producer::fatalError);
    transactions = new KafkaTransactions(producer, errors, settings.transactionalId(), wait);
    settings.config().logUnused();
  }

  /** Opens a producer. */
  public MillraceProducer(Properties properties) {
    this(properties, null, null);
  }

  /** Opens a producer, with serializers as for the constructor that takes a map. */
  public MillraceProducer(
      Properties properties,
      @Nullable Serializer<K> keySerializer,
      @Nullable Serializer<V> valueSerializer) {
    this(map(properties), keySerializer, valueSerializer);
  }

  private static Map<String, Object> map(Properties properties) {
    Map<String, Object> map = new HashMap<>();
    properties.stringPropertyNames().forEach(name -> map.put(name, properties.getProperty(name)));
    properties.forEach((name, value) -> {
      if (!(name instanceof String)) {
        throw new ConfigException(name.toString(), value, "Key must be a string.");
      }
      map.put((String) name, value);
    });
    return map;
  }

  /** The producer underneath, for what Kafka's interface has no call for; do not close it. */
  public io.millrace.producer.Producer producer() {
    return producer;
  }

  // --- records ---

  @Override
  public Future<RecordMetadata> send(ProducerRecord<K, V> record) {
    return send(record, null);
  }

  /**
   * Sends a record. As with Kafka's producer an {@link ApiException} comes by the callback and the
   * future, also if it is found at once, and anything else is thrown.
   *
   * @throws IllegalStateException if the producer is closed
   * @throws InterruptException if the thread is interrupted while it waits
   * @throws KafkaException if the record cannot be serialized, or the producer cannot go on
   */
  @Override
  public Future<RecordMetadata> send(ProducerRecord<K, V> record, @Nullable Callback callback) {
    ProducerRecord<K, V> intercepted = interceptors.onSend(record);
    Place place = new Place(intercepted);
    try {
      return accept(intercepted, callback, place);
    } catch (ProducerException e) {
      return refused(errors.exception(e), intercepted.headers(), callback, place, e);
    } catch (RuntimeException e) {
      return refused(e, intercepted.headers(), callback, place, null);
    }
  }

  /** Where a record goes, as far as that is known. */
  private static final class Place {
    final String topic;
    int partition;

    Place(ProducerRecord<?, ?> record) {
      Integer given = record.partition();
      topic = record.topic();
      partition = given == null ? RecordMetadata.UNKNOWN_PARTITION : given;
    }
  }

  private Future<RecordMetadata> accept(
      ProducerRecord<K, V> record, @Nullable Callback callback, Place place) {
    requireOpen();
    transactions.requireComplete();
    Headers headers = record.headers();
    byte[] key = plugins.key(record.topic(), headers, record.key());
    byte[] value = plugins.value(record.topic(), headers, record.value());
    Partitioner partitioner = plugins.partitioner();
    if (partitioner != null && record.partition() == null) {
      place.partition = choose(partitioner, record, key, value);
    }
    ProducerMessage message =
        ProducerMessage.to(record.topic()).partition(place.partition).key(key).value(value);
    for (Header header : headers) {
      message.header(header.key(), header.value());
    }
    if (headers instanceof RecordHeaders own) {
      own.setReadOnly();
    }
    Long timestamp = record.timestamp();
    if (timestamp != null) {
      message.timestamp(timestamp);
    }
    Outstanding.Epoch epoch = outstanding.begin();
    SentRecord sent =
        new SentRecord(
            errors,
            interceptors,
            callback,
            headers,
            key == null ? -1 : key.length,
            value == null ? -1 : value.length,
            epoch);
    boolean accepted = false;
    try {
      producer.produce(message.onDelivery(sent));
      accepted = true;
    } finally {
      if (!accepted) {
        epoch.done();
      }
    }
    return sent;
  }

  private int choose(
      Partitioner partitioner,
      ProducerRecord<K, V> record,
      byte @Nullable [] key,
      byte @Nullable [] value) {
    int chosen =
        partitioner.partition(
            record.topic(),
            record.key(),
            key,
            record.value(),
            value,
            views.cluster(record.topic()));
    if (chosen < 0) {
      throw new IllegalArgumentException(
          "the partitioner chose partition " + chosen + " of " + record.topic());
    }
    return chosen;
  }

  /** A record that was not accepted: says so the way Kafka's producer does. */
  private Future<RecordMetadata> refused(
      RuntimeException why,
      Headers headers,
      @Nullable Callback callback,
      Place place,
      @Nullable ProducerException from) {
    RecordMetadata nowhere = SentRecord.nowhere(new TopicPartition(place.topic, place.partition));
    RuntimeException told = why;
    if (from instanceof QueueFullException && Thread.currentThread().isInterrupted()) {
      told =
          new InterruptException("interrupted while waiting for room", new InterruptedException());
    }
    boolean byFuture = told instanceof ApiException;
    if (byFuture) {
      transactions.refused(told);
      if (callback != null) {
        callback.onCompletion(nowhere, told);
      }
    }
    interceptors.onAcknowledgement(nowhere, told, headers);
    if (!byFuture) {
      throw told;
    }
    return CompletableFuture.failedFuture(told);
  }

  private void requireOpen() {
    if (closed.get()) {
      throw new IllegalStateException("the producer is closed: open another");
    }
  }

  /**
   * Sends everything at once, and waits until every record that was sent before is done with.
   *
   * @throws InterruptException if the thread is interrupted meanwhile
   * @throws KafkaException if a callback calls
   */
  @Override
  public void flush() {
    Outstanding.Epoch before = outstanding.cut();
    try {
      do {
        producer.flush(FLUSH_STEP);
      } while (!Outstanding.isDone(before));
    } catch (InterruptedException e) {
      throw new InterruptException("interrupted while flushing", e);
    } catch (ProducerException e) {
      throw new KafkaException(e.getMessage(), e);
    }
  }

  /**
   * Asks the brokers for a topic's partitions, which may make it.
   *
   * @throws org.apache.kafka.common.errors.TimeoutException if it is not known within {@code
   *     max.block.ms}
   */
  @Override
  public List<PartitionInfo> partitionsFor(String topic) {
    if (closed.get()) {
      throw new KafkaException("the producer is closed: open another");
    }
    try {
      return views.partitions(topic);
    } catch (ProducerException e) {
      throw errors.exception(e);
    }
  }

  // --- transactions ---

  /**
   * Gets the id that belongs to {@code transactional.id}, and fences off whoever used it before.
   *
   * <p>Of this and the other transactional calls: each waits for {@code max.block.ms} at most, and
   * can be made again after a {@code TimeoutException}.
   *
   * @throws IllegalStateException without {@code transactional.id}, or if it is not its turn
   * @throws org.apache.kafka.common.errors.ProducerFencedException if another producer has the id
   *     now; close this one
   * @throws KafkaException what made the transaction one to abort is the cause; or if the producer
   *     cannot go on
   */
  @Override
  public void initTransactions() {
    transactions.initialize();
  }

  @Override
  public void beginTransaction() {
    transactions.begin();
  }

  /**
   * Has the transaction move the offsets of a group; none at all is no error, and does nothing.
   *
   * @throws org.apache.kafka.clients.consumer.CommitFailedException if the consumer is no longer in
   *     the group
   */
  @Override
  public void sendOffsetsToTransaction(
      Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
    transactions.sendOffsets(offsets, group);
  }

  /**
   * Sends what waits, and commits. When this returns every callback has run.
   *
   * @throws KafkaException if a record was not delivered, or refused: abort then
   */
  @Override
  public void commitTransaction() {
    transactions.commit();
  }

  /** Aborts; records that wait fail. When this returns every callback has run. */
  @Override
  public void abortTransaction() {
    transactions.abort();
  }

  // --- seen at work ---

  /**
   * What the producer has done, under Kafka's names. Each number is read when it is asked for; the
   * map does not grow, and is to be asked for again when there may be other topics or brokers.
   */
  @Override
  public Map<MetricName, ? extends Metric> metrics() {
    return NamedMetric.all(producer);
  }

  /** Does nothing: no metrics are sent to brokers. */
  @Override
  public void registerMetricForSubscription(KafkaMetric metric) {}

  /** Does nothing: no metrics are sent to brokers. */
  @Override
  public void unregisterMetricFromSubscription(KafkaMetric metric) {}

  /**
   * @throws IllegalStateException always: brokers give the number for metrics, and none are sent
   */
  @Override
  public Uuid clientInstanceId(Duration timeout) {
    throw new IllegalStateException("no metrics are sent to brokers: enable.metrics.push is off");
  }

  // --- the end ---

  /** Waits until every record is done with, then closes. */
  @Override
  public void close() {
    close(Duration.ofMillis(Long.MAX_VALUE));
  }

  /**
   * Waits until every record is done with, then closes; records that are left when the time is over
   * fail. A second call does nothing. A callback that calls does not wait.
   *
   * @throws IllegalArgumentException if the time is negative
   * @throws InterruptException if the thread is interrupted meanwhile; the producer is closed then
   * @throws KafkaException if a serializer, an interceptor or the partitioner threw; likewise
   */
  @Override
  public void close(Duration timeout) {
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("the time to close cannot be negative: " + timeout);
    }
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    producer.close(timeout);
    Exception thrown = plugins.close();
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptException("interrupted while closing", new InterruptedException());
    }
    if (thrown != null) {
      throw new KafkaException("the producer is closed, but not all that belongs to it", thrown);
    }
  }
}
