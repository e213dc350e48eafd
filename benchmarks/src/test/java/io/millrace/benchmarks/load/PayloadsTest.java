package io.millrace.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PayloadsTest {
  @Test
  void recordsHaveTheExactSizeAndBeginWithALine() {
    assertThat(Payloads.cut(List.of("abcdefgh", "12", "345", "xyz", "q"), 6))
        .containsExactly("abcdef", "12 345");
  }

  @Test
  void theMadeUpLogGivesManyDistinctRecordsOfBothSizes() {
    AccessLog log = AccessLog.generate();
    for (int size : new int[] {100, 1024}) {
      List<String> records = Payloads.cut(log.lines(), size);
      assertThat(records).allMatch(record -> record.length() == size).hasSizeGreaterThan(1000);
      assertThat(records.stream().distinct().count()).isGreaterThan(records.size() * 99L / 100);
    }
  }

  @Test
  void aLogIsReadAsOneByteACharacter(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("access.log");
    Files.write(file, new byte[] {'a', (byte) 0xc3, (byte) 0xa9, '\t', 'b', '\n', '\n', 'c'});
    assertThat(AccessLog.read(file).lines()).containsExactly("a???b", "c");
  }

  @Test
  void theFileHoldsOneRecordALine(@TempDir Path directory) throws Exception {
    Payloads payloads = new Payloads(AccessLog.generate(), directory);
    assertThat(Files.readAllLines(payloads.file(100))).isEqualTo(payloads.records(100));
    assertThat(payloads.known(100)).allMatch(bytes -> bytes.remaining() == 100);
  }
}
