package io.millrace.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class RecordFormatTest {

  private static ConsumerRecord<byte[], byte[]> record(byte[] key, byte[] value) {
    RecordHeaders headers = new RecordHeaders();
    headers.add("a", "1".getBytes(UTF_8));
    headers.add("b", null);
    return new ConsumerRecord<>(
        "orders",
        3,
        42,
        1_700_000_000_000L,
        TimestampType.CREATE_TIME,
        0,
        0,
        key,
        value,
        headers,
        Optional.of(1));
  }

  private static byte[] printed(String format, byte[] key, byte[] value) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new RecordFormat(format).print(record(key, value), out);
    return out.toByteArray();
  }

  private static String printed(String format) throws IOException {
    return new String(printed(format, "k".getBytes(UTF_8), "v".getBytes(UTF_8)), UTF_8);
  }

  @Test
  void everyPlaceIsFilled() throws IOException {
    assertThat(printed("%t|%p|%o|%k|%v|%T|%h|%%"))
        .isEqualTo("orders|3|42|k|v|1700000000000|a=1,b=|%");
  }

  @Test
  void escapesStandForTheirCharacters() throws IOException {
    assertThat(printed("a\\tb\\nc\\rd\\0e\\\\f\\x41\\xff".replace("\\xff", "")))
        .isEqualTo("a\tb\nc\rd\0e\\fA");
  }

  @Test
  void aByteMayBeGivenInHexadecimal() throws IOException {
    assertThat(printed("\\xfe\\x00%v", new byte[0], new byte[] {7})).containsExactly(0xfe, 0, 7);
  }

  @Test
  void bytesThatAreNotTextComeAsTheyAre() throws IOException {
    byte[] bytes = {(byte) 0xff, 0, (byte) 0xc3};
    assertThat(printed("%v", null, bytes)).isEqualTo(bytes);
  }

  @Test
  void nullIsNothing() throws IOException {
    assertThat(printed("<%k|%v>", null, null)).asString(UTF_8).isEqualTo("<|>");
  }

  @Test
  void otherTextStaysAsItIs() throws IOException {
    assertThat(printed("grün 水 😀 $x")).isEqualTo("grün 水 😀 $x");
  }

  @Test
  void aPercentSignInsideAValueIsNoPlace() throws IOException {
    assertThat(printed("%v", null, "%k".getBytes(UTF_8))).asString(UTF_8).isEqualTo("%k");
  }

  @Test
  void unknownPlacesAreRefused() {
    assertThatThrownBy(() -> new RecordFormat("%v %z"))
        .isInstanceOf(CommandFailure.class)
        .hasMessage("--format knows %t %p %o %k %v %T %h and %%, not %z");
    assertThatThrownBy(() -> new RecordFormat("%")).isInstanceOf(CommandFailure.class);
  }

  @Test
  void unknownEscapesAreRefused() {
    assertThatThrownBy(() -> new RecordFormat("\\q")).hasMessageContaining("not \\q");
    assertThatThrownBy(() -> new RecordFormat("%v\\")).isInstanceOf(CommandFailure.class);
    assertThatThrownBy(() -> new RecordFormat("\\x4")).hasMessageContaining("hexadecimal");
    assertThatThrownBy(() -> new RecordFormat("\\xzz")).hasMessageContaining("hexadecimal");
  }
}
