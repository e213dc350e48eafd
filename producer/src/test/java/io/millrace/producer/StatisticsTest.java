package io.millrace.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.producer.FakeBroker.Fate;
import io.millrace.wire.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The documents are librdkafka's by name, and their numbers are true. */
class StatisticsTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Set<String> NAMED =
      Set.of("brokers", "topics", "partitions", "toppars", "req");

  private final List<JsonNode> documents = new CopyOnWriteArrayList<>();
  private FakeBroker broker;

  @BeforeEach
  void start() throws Exception {
    broker = new FakeBroker().topic("t", 3).topic("one", 1);
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
  }

  private Producer open(Object... settings) {
    Map<String, Object> all = new HashMap<>();
    all.put("bootstrap.servers", broker.address());
    all.put("client.id", "a \"client\"");
    all.put("retry.backoff.ms", 1);
    all.put("retry.backoff.max.ms", 5);
    all.put("reconnect.backoff.ms", 1);
    all.put("reconnect.backoff.max.ms", 5);
    for (int i = 0; i < settings.length; i += 2) {
      all.put((String) settings[i], settings[i + 1]);
    }
    JsonMapper mapper = JsonMapper.builder().build();
    return Producer.open(
        all,
        new ProducerListeners().statistics(document -> documents.add(mapper.readTree(document))));
  }

  private JsonNode last() {
    int before = documents.size();
    Awaitility.await().atMost(LONG).until(() -> documents.size() > before + 1);
    return documents.get(documents.size() - 1);
  }

  private static void produce(Producer producer, String topic, int count) {
    for (int i = 0; i < count; i++) {
      producer.produce(topic, null, "value".getBytes(UTF_8));
    }
  }

  private static Set<String> paths(JsonNode document) {
    Set<String> paths = new TreeSet<>();
    collect(document, "", false, paths);
    return paths;
  }

  private static void collect(JsonNode node, String prefix, boolean named, Set<String> paths) {
    for (String name : node.propertyNames()) {
      JsonNode value = node.get(name);
      String path = prefix + (named ? "*" : name);
      if (value.has("p99_99")) {
        paths.add(path + "()");
        value.propertyNames().forEach(one -> paths.add("(window)." + one));
        continue;
      }
      if (!named || !value.isObject()) {
        paths.add(path);
      }
      collect(value, path + ".", NAMED.contains(name) && value.isObject(), paths);
    }
  }

  private static Set<String> ofPage() throws IOException {
    Pattern field = Pattern.compile("^\\| `([^`]+)` \\|");
    Set<String> fields = new TreeSet<>();
    for (String line :
        Files.readAllLines(Path.of("..", "docs", "clients", "producer-statistics.md"))) {
      Matcher found = field.matcher(line);
      if (found.find()) {
        fields.add(found.group(1));
      }
    }
    return fields;
  }

  private static Set<String> ofLibrdkafka() throws IOException {
    Set<String> fields = new TreeSet<>();
    try (InputStream in = StatisticsTest.class.getResourceAsStream("librdkafka-statistics.txt")) {
      new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .forEach(fields::add);
    }
    return fields;
  }

  @Test
  void everyFieldIsOnItsPageAndLibrdkafkasAreAllThere() throws Exception {
    try (Producer producer = open("statistics.interval.ms", 20)) {
      produce(producer, "t", 10);
      assertThat(producer.flush(LONG)).isZero();
      Set<String> paths = new TreeSet<>();
      Awaitility.await()
          .atMost(LONG)
          .until(() -> {
            produce(producer, "t", 10);
            last();
            documents.forEach(one -> paths.addAll(paths(one)));
            return paths.contains("brokers.*.toppars.*.topic");
          });
      assertThat(paths).isEqualTo(ofPage());
      assertThat(paths).containsAll(ofLibrdkafka());
    }
  }

  @Test
  void countersAreThoseOfWhatWasDone() throws Exception {
    try (Producer producer =
        open("statistics.interval.ms", 20, "linger.ms", 60_000, "batch.num.messages", 10)) {
      produce(producer, "one", 100);
      assertThat(producer.flush(LONG)).isZero();
      JsonNode document = last();
      assertThat(document.get("client_id").asString()).isEqualTo("a \"client\"");
      assertThat(document.get("type").asString()).isEqualTo("producer");
      assertThat(document.get("msg_cnt").asLong()).isZero();
      assertThat(document.get("msg_max").asLong()).isEqualTo(100_000);
      assertThat(document.get("txmsgs").asLong()).isEqualTo(100);
      assertThat(document.get("txmsg_bytes").asLong()).isEqualTo(500);
      assertThat(document.get("tx_bytes").asLong()).isGreaterThan(500);
      assertThat(document.get("rx_bytes").asLong()).isPositive();
      assertThat(document.get("eos").get("idemp_state").asString()).isEqualTo("Assigned");
      JsonNode partition = document.get("topics").get("one").get("partitions").get("0");
      assertThat(partition.get("txmsgs").asLong()).isEqualTo(100);
      assertThat(partition.get("msgs").asLong()).isEqualTo(100);
      assertThat(partition.get("leader").asLong()).isEqualTo(1);
      assertThat(partition.get("next_ack_seq").asLong()).isEqualTo(100);
      JsonNode of = document.get("brokers").get(broker.address() + "/1");
      assertThat(of.get("state").asString()).isEqualTo("UP");
      assertThat(of.get("req").get("Produce").asLong()).isEqualTo(broker.came.size());
      long requests = of.get("req").valueStream().mapToLong(JsonNode::asLong).sum();
      assertThat(of.get("tx").asLong()).isEqualTo(requests);
      assertThat(of.get("rx").asLong()).isEqualTo(requests);
      assertThat(of.get("connects").asLong()).isEqualTo(1);
      assertThat(of.get("disconnects").asLong()).isZero();
      assertThat(document.get("eos").get("epoch_cnt").asLong()).isEqualTo(1);
      long batches = 0;
      long messages = 0;
      long waited = 0;
      long answered = 0;
      long written = 0;
      long ofPartition = 0;
      for (JsonNode one : documents) {
        JsonNode topic = one.get("topics").get("one");
        JsonNode link = one.get("brokers").get(broker.address() + "/1");
        if (topic != null) {
          batches += topic.get("batchcnt").get("cnt").asLong();
          messages += topic.get("batchcnt").get("sum").asLong();
          ofPartition += topic.at("/partitions/0/batchsize/cnt").asLong();
        }
        if (link != null) {
          waited += link.get("int_latency").get("cnt").asLong();
          answered += link.get("rtt").get("cnt").asLong();
          written += link.get("outbuf_latency").get("cnt").asLong();
        }
      }
      assertThat(batches).isEqualTo(10);
      assertThat(messages).isEqualTo(100);
      assertThat(waited).isEqualTo(100);
      assertThat(answered).isEqualTo(broker.came.size());
      assertThat(ofPartition).isEqualTo(10);
      assertThat(written).isEqualTo(requests);
    }
  }

  @Test
  void whatWaitsAndWhatIsUnderWayIsShown() throws Exception {
    broker.plan = (request, what) -> Fate.SILENCE;
    try (Producer producer =
        open("statistics.interval.ms", 20, "linger.ms", 60_000, "batch.num.messages", 10)) {
      produce(producer, "one", 75);
      Awaitility.await().atMost(LONG).until(() -> broker.came.size() == 5);
      JsonNode document = last();
      JsonNode partition = document.get("topics").get("one").get("partitions").get("0");
      assertThat(document.get("msg_cnt").asLong()).isEqualTo(75);
      assertThat(partition.get("msgs_inflight").asLong()).isEqualTo(50);
      assertThat(partition.get("msgq_cnt").asLong()).isEqualTo(25);
      assertThat(partition.get("msgq_bytes").asLong()).isEqualTo(125);
      JsonNode of = document.get("brokers").get(broker.address() + "/1");
      assertThat(of.get("waitresp_cnt").asLong()).isEqualTo(5);
      assertThat(of.get("waitresp_msg_cnt").asLong()).isEqualTo(50);
      assertThat(of.get("outbuf_msg_cnt").asLong()).isZero();
      assertThat(document.get("msg_size").asLong()).isEqualTo(75 * 5);
      producer.produce("nowhere", null, new byte[7]);
      JsonNode waiting = last().get("topics").get("nowhere").get("partitions").get("-1");
      assertThat(waiting.get("msgq_cnt").asLong()).isEqualTo(1);
      assertThat(waiting.get("msgq_bytes").asLong()).isEqualTo(7);
      producer.purge(true, true);
    }
  }

  @Test
  void batchesThatAreSentAgainAreCounted() throws Exception {
    broker.refusal = ErrorCode.NOT_ENOUGH_REPLICAS;
    broker.plan =
        (request, what) -> request < 3 ? Fate.REFUSE : request == 3 ? Fate.HANG_UP : Fate.STORE;
    try (Producer producer = open("statistics.interval.ms", 20)) {
      produce(producer, "one", 1);
      assertThat(producer.flush(LONG)).isZero();
      JsonNode of = last().get("brokers").get(broker.address() + "/1");
      assertThat(of.get("txretries").asLong()).isEqualTo(4);
      assertThat(of.get("rxerrs").asLong()).isEqualTo(1);
      assertThat(of.get("txerrs").asLong()).isZero();
      assertThat(of.get("req").get("Produce").asLong()).isEqualTo(5);
      assertThat(of.get("rx").asLong()).isEqualTo(of.get("tx").asLong() - 1);
    }
  }

  @Test
  void documentsComeAtTheirInterval() throws Exception {
    try (Producer producer = open("statistics.interval.ms", 200)) {
      produce(producer, "one", 1);
      Awaitility.await().atMost(LONG).until(() -> documents.size() >= 6);
    }
    double ms = (documents.get(5).get("ts").asLong() - documents.get(0).get("ts").asLong()) / 5e3;
    assertThat(ms).isBetween(180.0, 300.0);
  }

  @Test
  void listenerThatThrowsHarmsNobody() throws Exception {
    List<DeliveryReport> reports = new CopyOnWriteArrayList<>();
    Map<String, Object> settings =
        Map.of("bootstrap.servers", broker.address(), "statistics.interval.ms", 10);
    List<String> seen = new CopyOnWriteArrayList<>();
    try (Producer producer =
        Producer.open(
            settings,
            new ProducerListeners()
                .everyReport(reports::add)
                .statistics(document -> {
                  seen.add(document);
                  throw new IllegalStateException("thrown on purpose");
                }))) {
      Awaitility.await().atMost(LONG).until(() -> seen.size() > 3);
      produce(producer, "one", 10);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports).hasSize(10);
  }

  @Test
  void whoeverPollsGetsTheLatestDocument() throws Exception {
    try (Producer producer = open("statistics.interval.ms", 10, "delivery.dispatch", "poll")) {
      Awaitility.await()
          .atMost(LONG)
          .until(() -> {
            producer.poll(Duration.ofMillis(50));
            return documents.size() >= 2;
          });
      assertThat(documents.get(1).get("ts").asLong())
          .isGreaterThan(documents.get(0).get("ts").asLong());
    }
  }
}
