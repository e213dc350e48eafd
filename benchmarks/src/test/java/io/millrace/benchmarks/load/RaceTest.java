package io.millrace.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RaceTest {
  private static final List<String> RECORDS =
      List.of("83.149.9.216 - a", "24.236.252.67 - b", "93.114.45.13 - c");

  @Test
  void theKeyIsTheFirstFieldPaddedToOneLength() {
    assertThat(Payloads.key("1.2.3.4 - - [17")).isEqualTo("1.2.3.4        ");
    assertThat(Payloads.key("a-name-longer-than-any-address.org - -")).isEqualTo("a-name-longer-t");
    assertThat(Payloads.key("nothing")).isEqualTo("nothing        ");
  }

  @Test
  void theKeyedFileSaysWhatItHolds(@TempDir Path directory) throws Exception {
    Payloads payloads = new Payloads(AccessLog.generate(), directory);
    byte[] file = Files.readAllBytes(payloads.keyedFile(100));
    String text = new String(file, StandardCharsets.US_ASCII);
    List<String> records = payloads.records(100);
    assertThat(text).startsWith(records.size() + " 100 15\n");
    assertThat(text).endsWith(Payloads.key(records.getLast()) + records.getLast());
    assertThat(text.length() - text.indexOf('\n') - 1).isEqualTo(records.size() * 115);
  }

  @Test
  void everyRecordSentIsExpectedInOnePartition() {
    Map<Integer, Long> expected = Race.partitions(RECORDS, 4, 10);
    assertThat(expected.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(10);
    assertThat(expected.keySet()).allMatch(partition -> partition >= 0 && partition < 4);
    assertThat(Race.partitions(RECORDS, 1, 2)).isEqualTo(Map.of(0, 2L));
  }

  @Test
  void theFirstRecordsAreSentOnceMoreWhereTheCountIsNotAMultiple() {
    Map<Integer, Long> twice = Race.partitions(RECORDS, 12, 6);
    Map<Integer, Long> onceMore = Race.partitions(RECORDS, 12, 7);
    Map<Integer, Long> first = Race.partitions(RECORDS, 12, 1);
    first.forEach((partition, one) ->
        assertThat(onceMore.get(partition)).isEqualTo(twice.get(partition) + one));
  }

  @Test
  void aPartitionMayHoldMarkersBesideItsRecordsAndNothingElse() {
    Map<Integer, Long> expected = Map.of(0, 10L, 1, 20L);
    assertThat(Race.within(expected, expected, 0)).isTrue();
    assertThat(Race.within(Map.of(0, 13L, 1, 20L), expected, 3)).isTrue();
    assertThat(Race.within(Map.of(0, 14L, 1, 20L), expected, 3)).isFalse();
    assertThat(Race.within(Map.of(0, 9L, 1, 20L), expected, 3)).isFalse();
    assertThat(Race.within(Map.of(0, 10L), expected, 3)).isFalse();
    assertThat(Race.within(Map.of(0, 10L, 1, 20L, 2, 1L), expected, 3)).isFalse();
  }
}
