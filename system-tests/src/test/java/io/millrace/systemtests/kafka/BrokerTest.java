package io.millrace.systemtests.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.Millrace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;

/**
 * A broker in memory for all tests of a class, which runs {@link OverOneAndTwoShards}. What a test
 * opens here is closed after it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BrokerTest {

  private static final AtomicInteger NAMES = new AtomicInteger();

  @Parameter int shards;

  private final Map<String, String> settings = new HashMap<>();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private @Nullable Millrace millrace;
  private @Nullable Admin admin;

  /**
   * @param set the broker's settings: name, value, name, value
   */
  BrokerTest(String... set) {
    for (int i = 0; i < set.length; i += 2) {
      settings.put(set[i], set[i + 1]);
    }
  }

  @BeforeParameterizedClassInvocation
  void startBroker() {
    Millrace.Builder builder = Millrace.inMemory();
    settings.forEach(builder::set);
    builder.set("num.shards", Integer.toString(shards));
    millrace = builder.start();
    admin = Admin.create(clientSettings(Map.of()));
  }

  @AfterParameterizedClassInvocation
  void stopBroker() {
    admin().close();
    broker().close();
  }

  @AfterEach
  void closeWhatTheTestOpened() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
    opened.clear();
  }

  Millrace broker() {
    return java.util.Objects.requireNonNull(millrace);
  }

  Admin admin() {
    return java.util.Objects.requireNonNull(admin);
  }

  /** Has something closed when the test is over. */
  <T extends AutoCloseable> T closing(T one) {
    opened.add(one);
    return one;
  }

  /** A name that no other test has. */
  static String unique(String what) {
    return what + "-" + NAMES.incrementAndGet();
  }

  /** Makes a topic with a name of its own. */
  String topic(int partitions, String... config) {
    Map<String, String> configs = new HashMap<>();
    for (int i = 0; i < config.length; i += 2) {
      configs.put(config[i], config[i + 1]);
    }
    String name = unique("topic");
    NewTopic topic = new NewTopic(name, partitions, (short) 1).configs(configs);
    done(admin().createTopics(List.of(topic)).all());
    return name;
  }

  Properties clientSettings(Map<String, ?> more) {
    return clientSettings(broker(), more);
  }

  static Properties clientSettings(Millrace broker, Map<String, ?> more) {
    Properties all = new Properties();
    all.put("bootstrap.servers", broker.kafka());
    all.put("reconnect.backoff.ms", "10");
    all.put("reconnect.backoff.max.ms", "100");
    all.put("retry.backoff.ms", "10");
    all.putAll(more);
    return all;
  }

  KafkaProducer<String, String> producer(Object... set) {
    return closing(
        new KafkaProducer<>(
            clientSettings(map(set)), new StringSerializer(), new StringSerializer()));
  }

  KafkaProducer<byte[], byte[]> bytesProducer(Object... set) {
    return closing(
        new KafkaProducer<>(
            clientSettings(map(set)), new ByteArraySerializer(), new ByteArraySerializer()));
  }

  KafkaConsumer<String, String> consumer(Object... set) {
    return closing(
        new KafkaConsumer<>(
            consumerSettings(set), new StringDeserializer(), new StringDeserializer()));
  }

  KafkaConsumer<byte[], byte[]> bytesConsumer(Object... set) {
    return closing(
        new KafkaConsumer<>(
            consumerSettings(set), new ByteArrayDeserializer(), new ByteArrayDeserializer()));
  }

  /** A consumer's fetch ends soon, for closing one waits for it. */
  private Properties consumerSettings(Object... set) {
    Map<String, Object> settings = map("fetch.max.wait.ms", 50);
    settings.putAll(map(set));
    return clientSettings(settings);
  }

  RawConnection connect() {
    return closing(RawConnection.to(broker()));
  }

  static Map<String, Object> map(Object... set) {
    Map<String, Object> all = new HashMap<>();
    for (int i = 0; i < set.length; i += 2) {
      all.put(String.valueOf(set[i]), set[i + 1]);
    }
    return all;
  }

  static <T> T done(KafkaFuture<T> future) {
    return done(future.toCompletionStage().toCompletableFuture());
  }

  static <T> T done(java.util.concurrent.Future<T> future) {
    try {
      return future.get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError("refused: " + e.getCause(), e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  /** What a future fails with, which must be of a class. */
  static <T extends Throwable> T refused(KafkaFuture<?> future, Class<T> as) {
    return refused(future.toCompletionStage().toCompletableFuture(), as);
  }

  static <T extends Throwable> T refused(java.util.concurrent.Future<?> future, Class<T> as) {
    try {
      Object result = future.get(20, TimeUnit.SECONDS);
      throw new AssertionError("not refused, but " + result);
    } catch (ExecutionException e) {
      assertThat(e.getCause()).isExactlyInstanceOf(as);
      return as.cast(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  static ConditionFactory eventually() {
    return Awaitility.await().atMost(20, TimeUnit.SECONDS).pollInterval(5, TimeUnit.MILLISECONDS);
  }

  /** Waits for something to be there. */
  static <T> T eventually(Supplier<@Nullable T> supplier) {
    return java.util.Objects.requireNonNull(
        eventually().until(supplier::get, java.util.Objects::nonNull));
  }

  static List<String> texts(Object... all) {
    return Arrays.stream(all).map(String::valueOf).toList();
  }
}
