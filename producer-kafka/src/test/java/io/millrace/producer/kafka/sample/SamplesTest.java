package io.millrace.producer.kafka.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.junit.MillraceExtension;
import io.millrace.junit.Topic;
import io.millrace.server.Millrace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.support.SendResult;

/**
 * The samples run, and stand on the pages as they stand in the source. With {@code
 * MILLRACE_DOCS_WRITE=true} the pages are written anew instead.
 */
@ExtendWith(MillraceExtension.class)
@Topic(value = "visits", partitions = 1)
@Topic(value = "payments", partitions = 1)
class SamplesTest {

  private static final boolean WRITE = "true".equals(System.getenv("MILLRACE_DOCS_WRITE"));
  private static final Path PAGES = Path.of("..", "docs", "clients");
  private static final Path SAMPLES = Path.of("src/test/java/io/millrace/producer/kafka/sample");
  private static final String ON_PAGE = "<!-- adapter sample: ";

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Map<String, Object> spring(Millrace millrace) {
    return Map.of(
        "bootstrap.servers",
        millrace.kafka(),
        "key.serializer",
        StringSerializer.class,
        "value.serializer",
        StringSerializer.class);
  }

  @Test
  void plainProducerSends(Millrace millrace) throws Exception {
    List<String> stored = new CopyOnWriteArrayList<>();
    Plain.send(millrace.kafka(), stored);
    assertThat(stored).hasSize(1).allMatch(one -> one.startsWith("visits-0@"));
  }

  @Test
  void programsFromOtherClientsSend(Millrace millrace) throws Exception {
    List<String> failures = new CopyOnWriteArrayList<>();
    long offset =
        Migration.fromKafkaClients(millrace.kafka(), bytes("k"), bytes("v"), bytes("t"), failures);
    assertThat(offset).isNotNegative();
    assertThat(failures).isEmpty();
    List<Object> delivered = new CopyOnWriteArrayList<>();
    assertThat(Migration.fromLibrdkafka(millrace.kafka(), bytes("k"), bytes("v"), delivered))
        .isZero();
    assertThat(delivered).containsExactly("first");
  }

  @Test
  void springsTemplateSends(Millrace millrace) throws Exception {
    KafkaTemplate<String, String> template = Spring.template(spring(millrace));
    ProducerRecord<String, String> record =
        new ProducerRecord<>(
            "visits", 0, "ann", "/home", List.of(new RecordHeader("trace", bytes("t"))));
    SendResult<String, String> result = template.send(record).get();
    assertThat(result.getRecordMetadata().hasOffset()).isTrue();
    assertThat(result.getRecordMetadata().serializedKeySize()).isEqualTo(3);
    assertThatThrownBy(() -> template.send("no such/name", "v").get())
        .hasRootCauseInstanceOf(InvalidTopicException.class);
    template.flush();
    assertThat(template.partitionsFor("visits")).hasSize(1);
    ((DefaultKafkaProducerFactory<String, String>) template.getProducerFactory()).destroy();
    assertThat(template.send("visits", "bob", "/cart").get().getRecordMetadata().hasOffset())
        .as("the factory opens another after a reset")
        .isTrue();
    ((DefaultKafkaProducerFactory<String, String>) template.getProducerFactory()).destroy();
  }

  @Test
  void springsTransactionsCommitAndRollBack(Millrace millrace) throws Exception {
    Map<String, Object> configs = new HashMap<>(spring(millrace));
    configs.put("transactional.id", "spring-");
    KafkaTemplate<String, String> template = Spring.template(configs);
    template.executeInTransaction(operations -> {
      operations.send("payments", "ann", "first");
      return operations.send("payments", "bob", "second");
    });
    assertThatIllegalStateException()
        .isThrownBy(() ->
            template.executeInTransaction(operations -> {
              operations.send("payments", "ann", "rolled back");
              operations.flush();
              throw new IllegalStateException("on purpose");
            }));
    template.executeInTransaction(operations -> operations.send("payments", "ann", "last"));
    ((DefaultKafkaProducerFactory<String, String>) template.getProducerFactory()).destroy();
    List<String> seen = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                millrace.kafka(),
                "group.id",
                "payments",
                "auto.offset.reset",
                "earliest",
                "isolation.level",
                "read_committed"),
            new StringDeserializer(),
            new StringDeserializer())) {
      consumer.subscribe(List.of("payments"));
      await()
          .until(() -> {
            consumer.poll(Duration.ofMillis(100)).forEach(one -> seen.add(one.value()));
            return seen.contains("last");
          });
    }
    assertThat(seen).containsExactly("first", "second", "last");
  }

  @Test
  void everySampleIsOnAPageAsItStandsInTheSource() throws IOException {
    Set<String> shown = new TreeSet<>();
    try (Stream<Path> pages = Files.list(PAGES)) {
      for (Path page : pages.sorted().toList()) {
        check(page, shown);
      }
    }
    assertThat(shown).containsExactlyElementsOf(samples());
  }

  private static void check(Path page, Set<String> shown) throws IOException {
    List<String> found = Files.readAllLines(page);
    List<String> expected = new ArrayList<>();
    boolean inBlock = false;
    for (String line : found) {
      if (!inBlock) {
        expected.add(line);
      } else if (line.equals("```")) {
        expected.add(line);
        inBlock = false;
      }
      if (line.startsWith(ON_PAGE)) {
        String sample = line.substring(ON_PAGE.length(), line.indexOf(" -->"));
        shown.add(sample);
        expected.add("```java");
        expected.addAll(source(sample));
        inBlock = true;
      }
    }
    if (WRITE) {
      Files.write(page, expected);
    } else {
      assertThat(found)
          .as("%s; MILLRACE_DOCS_WRITE=true with this test mends it", page)
          .isEqualTo(expected);
    }
  }

  private static List<String> source(String sample) throws IOException {
    int hash = sample.indexOf('#');
    List<String> lines = new ArrayList<>();
    boolean inSample = false;
    for (String line : Files.readAllLines(SAMPLES.resolve(sample.substring(0, hash) + ".java"))) {
      if (line.strip().equals("// sample: " + sample.substring(hash + 1))) {
        inSample = true;
      } else if (line.strip().equals("// end")) {
        inSample = false;
      } else if (inSample) {
        lines.add(line);
      }
    }
    assertThat(lines).as(sample).isNotEmpty();
    return String.join("\n", lines).stripIndent().strip().lines().toList();
  }

  private static Set<String> samples() throws IOException {
    Set<String> samples = new TreeSet<>();
    try (Stream<Path> files = Files.list(SAMPLES)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString().replace(".java", "");
        for (String line : Files.readAllLines(file)) {
          if (line.strip().startsWith("// sample: ")) {
            samples.add(name + "#" + line.strip().substring("// sample: ".length()));
          }
        }
      }
    }
    return samples;
  }
}
