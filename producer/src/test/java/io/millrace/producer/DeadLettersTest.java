package io.millrace.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millrace.producer.FakeBroker.Fate;
import io.millrace.record.Header;
import io.millrace.record.Record;
import io.millrace.record.RecordBatch;
import io.millrace.wire.BufferPayload;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.ProduceRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A message that cannot be delivered is kept somewhere, as it was, and reported once. */
class DeadLettersTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final byte[] KEY = {0, -1, 7};
  private static final byte[] VALUE = {(byte) 0xff, (byte) 0xfe, 0, 13, (byte) 0xc3, 0x28};

  /** A message that arrived in a topic or a file of dead letters. */
  private record Letter(
      String topic, byte[] key, byte[] value, long timestamp, List<String> headers) {

    static Letter of(String topic, Record record) {
      List<String> headers = new ArrayList<>();
      for (Header one : record.headers()) {
        ByteBuffer value = one.value();
        headers.add(one.key() + "=" + (value == null ? null : UTF_8.decode(value.duplicate())));
      }
      return new Letter(
          topic, bytes(record.key()), bytes(record.value()), record.timestamp(), headers);
    }

    private static byte[] bytes(ByteBuffer from) {
      if (from == null) {
        return null;
      }
      byte[] bytes = new byte[from.remaining()];
      from.get(from.position(), bytes);
      return bytes;
    }

    String header(String name) {
      return headers.stream()
          .filter(one -> one.startsWith(name + "="))
          .reduce((first, last) -> last)
          .map(one -> one.substring(name.length() + 1))
          .orElse(null);
    }
  }

  @TempDir Path directory;

  private final List<DeliveryReport> reports = new CopyOnWriteArrayList<>();
  private final List<Letter> letters = new CopyOnWriteArrayList<>();
  private FakeBroker broker;

  @BeforeEach
  void start() throws Exception {
    broker = new FakeBroker().topic("one", 1).topic("one.dlq", 2).topic("fine", 1);
    broker.refusal = ErrorCode.INVALID_RECORD;
    broker.refused = Set.of("one");
    broker.plan =
        (request, what) -> {
          note(what);
          return Fate.STORE;
        };
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
  }

  private void note(ProduceRequest request) {
    for (ProduceRequest.TopicProduceData topic : request.topicData) {
      for (ProduceRequest.PartitionProduceData data : topic.partitionData) {
        if (topic.name.endsWith(".dlq")) {
          RecordBatch batch = RecordBatch.at(((BufferPayload) data.records).buffer(), 0);
          try (var records = batch.records(1 << 24)) {
            records.forEach(record -> letters.add(Letter.of(topic.name, record)));
          }
        }
      }
    }
  }

  private Path spill() {
    return directory.resolve("spill");
  }

  private Producer open(Object... settings) {
    Map<String, Object> all = new HashMap<>();
    all.put("bootstrap.servers", broker.address());
    all.put("failure.policy", "dead_letter");
    all.put("dead.letter.spill.file", spill().toString());
    all.put("retry.backoff.ms", 1);
    all.put("retry.backoff.max.ms", 5);
    all.put("reconnect.backoff.ms", 1);
    all.put("reconnect.backoff.max.ms", 5);
    for (int i = 0; i < settings.length; i += 2) {
      all.put((String) settings[i], settings[i + 1]);
    }
    return Producer.open(all, reports::add);
  }

  private static List<Letter> read(Path file) throws IOException {
    List<Letter> found = new ArrayList<>();
    assertThat(SpillFile.read(file, (topic, record) -> found.add(Letter.of(topic, record))))
        .isZero();
    return found;
  }

  private static ProducerMessage message() {
    return ProducerMessage.to("one")
        .key(KEY)
        .value(VALUE)
        .timestamp(12345)
        .header("h", "1".getBytes(UTF_8))
        .header("h", null)
        .opaque("mine");
  }

  @Test
  void refusedMessageGoesToTheDeadLettersOfItsTopicBitForBit() throws Exception {
    long before = System.currentTimeMillis();
    List<List<Header>> headers = new CopyOnWriteArrayList<>();
    try (Producer producer = open()) {
      producer.produce(
          message()
              .onDelivery(report -> {
                headers.add(report.headers());
                reports.add(report.keep());
              }));
      assertThat(producer.flush(LONG)).isZero();
      assertThat(producer.queueLength()).isZero();
      assertThat(producer.deadLetters()).isEqualTo(new DeadLetterCounts(1, 0, 0));
    }
    assertThat(letters).hasSize(1);
    Letter letter = letters.get(0);
    assertThat(letter.topic).isEqualTo("one.dlq");
    assertThat(letter.key).isEqualTo(KEY);
    assertThat(letter.value).isEqualTo(VALUE);
    assertThat(letter.timestamp).isEqualTo(12345);
    assertThat(letter.headers.subList(0, 2)).containsExactly("h=1", "h=null");
    assertThat(letter.header("x-error-topic")).isEqualTo("one");
    assertThat(letter.header("x-error-partition")).isEqualTo("0");
    assertThat(letter.header("x-error-reason")).isEqualTo("delivery");
    assertThat(letter.header("x-error-code")).isEqualTo("87");
    assertThat(letter.header("x-error-name")).isEqualTo("INVALID_RECORD");
    assertThat(letter.header("x-error-message")).isNotBlank();
    assertThat(letter.header("x-error-attempts")).isEqualTo("1");
    assertThat(letter.header("x-error-persisted")).isEqualTo("not");
    assertThat(Long.parseLong(letter.header("x-error-time")))
        .isBetween(before, System.currentTimeMillis());

    assertThat(reports).hasSize(1);
    DeliveryReport report = reports.get(0);
    assertThat(report.isDelivered()).isFalse();
    assertThat(report.topic()).isEqualTo("one");
    assertThat(report.partition()).isZero();
    assertThat(report.offset()).isEqualTo(-1);
    assertThat(report.timestamp()).isEqualTo(12345);
    assertThat(report.opaque()).isEqualTo("mine");
    assertThat(report.error().name()).isEqualTo("INVALID_RECORD");
    assertThat(Letter.bytes(report.value())).isEqualTo(VALUE);
    assertThat(headers.get(0)).hasSize(2);
    assertThat(report.deadLetter().topic()).isEqualTo("one.dlq");
    assertThat(report.deadLetter().offset()).isZero();
    assertThat(report.deadLetter().file()).isNull();
    assertThat(spill()).doesNotExist();
  }

  @Test
  void deadLetterThatIsRefusedTooIsInTheFile() throws Exception {
    broker.refused = Set.of("one", "one.dlq");
    try (Producer producer = open("batch.num.messages", 10)) {
      for (int i = 0; i < 100; i++) {
        producer.produce(message().value(("value " + i).getBytes(UTF_8)));
      }
      producer.produce("fine", null, VALUE);
      assertThat(producer.flush(LONG)).isZero();
      assertThat(producer.deadLetters()).isEqualTo(new DeadLetterCounts(0, 100, 0));
    }
    List<Letter> kept = read(spill());
    assertThat(kept)
        .extracting(letter -> new String(letter.value, UTF_8))
        .containsExactlyInAnyOrderElementsOf(
            java.util.stream.IntStream.range(0, 100).mapToObj(i -> "value " + i).toList());
    assertThat(kept)
        .allSatisfy(letter -> {
          assertThat(letter.topic).isEqualTo("one.dlq");
          assertThat(letter.key).isEqualTo(KEY);
          assertThat(letter.timestamp).isEqualTo(12345);
          assertThat(letter.header("x-error-name")).isEqualTo("INVALID_RECORD");
        });
    assertThat(reports).hasSize(101);
    assertThat(reports.stream().filter(r -> !r.isDelivered()))
        .hasSize(100)
        .allMatch(r -> r.deadLetter().file().equals(spill()));
  }

  @Test
  void topicOfDeadLettersThatIsMissingLeadsToTheFile() throws Exception {
    broker.forget("one.dlq");
    try (Producer producer = open("topic.metadata.propagation.max.ms", 50)) {
      for (int i = 0; i < 5; i++) {
        producer.produce(message());
        assertThat(producer.flush(LONG)).isZero();
      }
      assertThat(producer.deadLetters().spilled()).isEqualTo(5);
    }
    assertThat(read(spill())).hasSize(5);
    assertThat(reports).hasSize(5).allMatch(r -> r.error().name().equals("INVALID_RECORD"));
  }

  @Test
  void messagesOfABrokerThatIsGoneAreInTheFileInTime() throws Exception {
    broker.close();
    try (Producer producer = open("delivery.timeout.ms", 300, "dead.letter.timeout.ms", 100)) {
      for (int i = 0; i < 50; i++) {
        producer.produce(message());
      }
      assertThat(producer.flush(LONG)).isZero();
      assertThat(producer.deadLetters()).isEqualTo(new DeadLetterCounts(0, 50, 0));
    }
    assertThat(read(spill())).hasSize(50);
    assertThat(reports).hasSize(50).allMatch(r -> r.error().name().equals("_MSG_TIMED_OUT"));
  }

  @Test
  void whatIsLeftWhenTheProducerClosesIsInTheFileAndWhatIsPurgedIsNot() throws Exception {
    broker.plan = (request, what) -> Fate.SILENCE;
    try (Producer purged = open("linger.ms", 60_000)) {
      purged.produce(message());
      purged.purge(true, true);
      assertThat(purged.flush(LONG)).isZero();
    }
    assertThat(reports).hasSize(1).allMatch(r -> r.deadLetter() == null);
    assertThat(spill()).doesNotExist();
    Producer producer = open("linger.ms", 60_000);
    for (int i = 0; i < 3; i++) {
      producer.produce(message());
    }
    producer.close(Duration.ofMillis(50));
    assertThat(reports).hasSize(4);
    assertThat(reports.subList(1, 4)).allMatch(r -> r.error().name().equals("_DESTROY"));
    assertThat(read(spill()))
        .hasSize(3)
        .allMatch(letter -> letter.header("x-error-name").equals("_DESTROY"));
    assertThat(producer.deadLetters()).isEqualTo(new DeadLetterCounts(0, 3, 0));
  }

  @Test
  void messageSentToDeadLettersByTheApplicationIsSpilledOnceAndAsItIs() throws Exception {
    broker.refused = Set.of("one.dlq");
    try (Producer producer = open()) {
      producer.produce("one.dlq", KEY, VALUE);
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports).hasSize(1);
    assertThat(reports.get(0).deadLetter().file()).isEqualTo(spill());
    assertThat(read(spill()))
        .singleElement()
        .satisfies(letter -> {
          assertThat(letter.topic).isEqualTo("one.dlq");
          assertThat(letter.headers).isEmpty();
        });
  }

  @Test
  void fileThatCannotBeWrittenIsCountedAndTheReportSaysThatNothingIsKept() throws Exception {
    broker.refused = Set.of("one", "one.dlq");
    Path gone = Files.createDirectory(directory.resolve("gone"));
    try (Producer producer = open("dead.letter.spill.file", gone.resolve("spill").toString())) {
      Files.delete(gone);
      producer.produce(message());
      assertThat(producer.flush(LONG)).isZero();
      assertThat(producer.deadLetters()).isEqualTo(new DeadLetterCounts(0, 0, 1));
    }
    assertThat(reports).hasSize(1);
    assertThat(reports.get(0).deadLetter()).isNull();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open("dead.letter.spill.file", gone.resolve("spill").toString()))
        .withMessageContaining("is in no directory");
  }

  @Test
  void suffixThatMakesNoOtherTopicIsRefused() {
    for (String bad : List.of("", " ", "a/b", "\u00fc")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> open("dead.letter.suffix", bad))
          .withMessageStartingWith("dead.letter.suffix cannot be");
    }
  }

  @Test
  void roomIsFreeAgainAndHoldsWhileLettersAreUnderWay() throws Exception {
    try (Producer producer =
        open("queue.buffering.max.messages", 10, "max.block.ms", 30_000, "linger.ms", 0)) {
      for (int i = 0; i < 500; i++) {
        producer.produce(message());
        assertThat(producer.queueLength()).isLessThanOrEqualTo(10);
      }
      assertThat(producer.flush(LONG)).isZero();
      assertThat(producer.queueLength()).isZero();
      assertThat(producer.deadLetters().sent()).isEqualTo(500);
    }
    assertThat(letters).hasSize(500);
    assertThat(reports).hasSize(500);
  }

  @Test
  void otherProducersAndTornFilesGetAnotherName() throws Exception {
    try (SpillFile first = new SpillFile(spill());
        SpillFile second = new SpillFile(spill())) {
      assertThat(first.append("a", batch())).isEqualTo(spill());
      assertThat(second.append("b", batch())).isEqualTo(directory.resolve("spill.1"));
      assertThat(first.append("c", batch())).isEqualTo(spill());
    }
    assertThat(read(spill())).extracting(Letter::topic).containsExactly("a", "c");
    long whole = Files.size(spill());
    Files.write(spill(), new byte[] {0, 0, 0, 50, 1, 2}, StandardOpenOption.APPEND);
    try (SpillFile third = new SpillFile(spill())) {
      assertThat(third.append("d", batch())).isEqualTo(directory.resolve("spill.1"));
    }
    assertThat(read(directory.resolve("spill.1")))
        .extracting(Letter::topic)
        .containsExactly("b", "d");
    List<String> topics = new ArrayList<>();
    assertThat(SpillFile.read(spill(), (topic, record) -> topics.add(topic))).isEqualTo(6);
    assertThat(topics).containsExactly("a", "c");
    byte[] bytes = Files.readAllBytes(spill());
    for (int at = 8; at < whole; at++) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= 1;
      Path file = Files.write(directory.resolve("damaged"), damaged);
      List<String> found = new ArrayList<>();
      assertThat(SpillFile.read(file, (topic, record) -> found.add(topic))).isGreaterThan(6);
      assertThat(found.size()).as("damaged at %d", at).isLessThan(2);
    }
  }

  private static ByteBuffer batch() {
    ProducerSettings settings = ProducerTable.read(Map.of("bootstrap.servers", "127.0.0.1:1"));
    TopicQueues topic = new TopicQueues("t", settings.partitioning().forTopic("t"), 0);
    BufferPool pool = new BufferPool(0);
    MessageBatch batch =
        new MessageBatch(
            new PartitionQueue(topic, 0, settings.batchLimits(), pool), pool, 100, 0, 0);
    batch.append(5, KEY, VALUE, null, 100, 9, null, null, MessageBatch.NO_DEADLINE, 0);
    return batch.toSend(
        io.millrace.record.Compression.NONE, null, false, new java.util.zip.CRC32C());
  }
}
