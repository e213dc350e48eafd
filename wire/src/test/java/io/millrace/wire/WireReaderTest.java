package io.millrace.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class WireReaderTest {

  static Stream<Arguments> badInput() {
    return Stream.of(
        bad(
            "int32 cut short",
            "000000",
            WireReader::readInt32,
            "needs 4 bytes, 3 are left, at byte 0"),
        bad("uuid cut short", "00".repeat(15), WireReader::readUuid, "needs 16 bytes, 15 are left"),
        bad("empty varint", "", WireReader::readUnsignedVarint, "needs 1 bytes, 0 are left"),
        bad("varint without end", "ffffff", WireReader::readUnsignedVarint, "needs 1 bytes"),
        bad("varint of 6 bytes", "808080808001", WireReader::readUnsignedVarint, "longer than 5"),
        bad("varint of 33 bits", "ffffffff1f", WireReader::readUnsignedVarint, "more than 32 bits"),
        bad(
            "varlong of 11 bytes",
            "80".repeat(10) + "01",
            WireReader::readVarlong,
            "longer than 10"),
        bad(
            "varlong of 65 bits",
            "ff".repeat(9) + "03",
            WireReader::readVarlong,
            "more than 64 bits"),
        bad("string longer than the input", "7fff61", string(false), "name: needs 32767 bytes, 1"),
        bad("string of negative length", "fffe", string(false), "name: negative length -2"),
        bad("null string", "ffff", string(false), "name: null where this version allows none"),
        bad("null compact string", "00", string(true), "name: null where this version allows none"),
        bad("compact string over 2^31", "ffffffff0f", string(true), "name: length over 2147483646"),
        bad(
            "compact string of 32768 bytes",
            "818002" + "61".repeat(32768),
            string(true),
            "name: string of 32768 bytes, limit 32767"),
        bad("string cut in a character", "000261c3", string(false), "not UTF-8"),
        bad("overlong UTF-8", "0002c0af", string(false), "name: string is not UTF-8, at byte 2"),
        bad("surrogate in UTF-8", "0003eda080", string(false), "name: string is not UTF-8"),
        bad("UTF-8 above U+10FFFF", "0004f4908080", string(false), "name: string is not UTF-8"),
        bad(
            "bytes longer than the input",
            "7fffffff00",
            bytes(false),
            "data: needs 2147483647 bytes, 1"),
        bad(
            "bytes of negative length",
            "80000000",
            bytes(false),
            "data: negative length -2147483648"),
        bad("null bytes", "ffffffff", bytes(false), "data: null where this version allows none"),
        bad(
            "records longer than the input",
            "ffffffff07",
            in -> in.readRecords("records", true),
            "records: needs 2147483646 bytes, 0 are left, at byte 5"),
        bad(
            "ints that are not there",
            "7fffffff00000000",
            in -> in.readInt32Array("ids", false),
            "ids: 2147483647 elements need 8589934588 bytes or more, 4 are left"),
        bad(
            "longs that are not there",
            "0200",
            in -> in.readInt64Array("ids", true),
            "ids: 1 elements need 8 bytes or more, 1 are left"),
        bad(
            "shorts of negative count",
            "fffffffe",
            in -> in.readInt16Array("ids", false),
            "ids: negative count -2"),
        bad("null array of bytes", "00", in -> in.readInt8Array("ids", true), "ids: null where"),
        bad(
            "structs that are not there",
            "0000000300000000",
            in -> in.readCount("topics", false, 2),
            "topics: 3 elements need 6 bytes or more, 4 are left, at byte 4"),
        bad("null list", "ffffffff", in -> in.readCount("topics", false, 2), "topics: null where"),
        bad(
            "null in a list of strings",
            "0200",
            in -> in.readStringList("names", true),
            "names: null where this version allows none"),
        bad(
            "uuids that are not there",
            "0200",
            in -> in.readUuidList("ids", true),
            "ids: 1 elements need 16 bytes or more, 1 are left"),
        bad(
            "struct neither null nor there",
            "02",
            in -> in.readPresent("cursor"),
            "cursor: struct neither there (1) nor null (-1) but 2"),
        bad("65 tags", "41", WireReader::skipTags, "tags: 65 in a section, limit 64"),
        bad("2^32 - 1 tags", "ffffffff0f", WireReader::skipTags, "tags: 4294967295 in a section"),
        bad(
            "the same tag twice",
            "0205000500",
            WireReader::skipTags,
            "tags: 5 after 5, not ascending"),
        bad(
            "descending tags",
            "0205000400",
            WireReader::skipTags,
            "tags: 4 after 5, not ascending"),
        bad("tag over 2^31", "01ffffffff0f00", WireReader::skipTags, "not ascending"),
        bad(
            "tag longer than the input",
            "01050200",
            WireReader::skipTags,
            "tag: needs 2 bytes, 1 are left"),
        bad(
            "tag of negative size",
            "0105ffffffff0f",
            WireReader::skipTags,
            "tag: needs 4294967295"),
        bad("tags cut short", "0205", WireReader::skipTags, "needs 1 bytes, 0 are left"),
        bad(
            "tag that does not fill its size",
            "0002",
            in -> {
              int end = in.readTagEnd();
              in.endTag(7, end + 1);
            },
            "tag 7: its value does not end at byte 2"));
  }

  private static Arguments bad(String what, String hex, Consumer<WireReader> read, String message) {
    return Arguments.of(what, hex, read, message);
  }

  private static Consumer<WireReader> string(boolean compact) {
    return in -> in.readString("name", compact);
  }

  private static Consumer<WireReader> bytes(boolean compact) {
    return in -> in.readBytes("data", compact);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badInput")
  void badInputIsRefusedWithAReason(
      String what, String hex, Consumer<WireReader> read, String message) {
    assertThatThrownBy(() -> read.accept(reader(hex)))
        .isExactlyInstanceOf(WireException.class)
        .hasMessageContaining(message);
  }

  @Test
  void numbersAreBigEndianWhateverTheOrderOfTheBuffer() {
    ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex("fffe01020304ffffffff"));
    WireReader in = new WireReader(bytes.order(ByteOrder.LITTLE_ENDIAN));
    assertThat(in.readUint16()).isEqualTo(65534);
    assertThat(in.readInt32()).isEqualTo(0x01020304);
    assertThat(in.readUint32()).isEqualTo(4294967295L);
    assertThat(bytes.position()).isZero();
    assertThat(bytes.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void readingStartsAtThePositionAndEndsAtTheLimitOfTheBuffer() {
    ByteBuffer bytes = ByteBuffer.wrap(new byte[] {1, 2, 3, 4}).position(1).limit(3);
    WireReader in = new WireReader(bytes);
    assertThat(in.remaining()).isEqualTo(2);
    assertThat(in.readInt8()).isEqualTo((byte) 2);
    assertThat(in.position()).isEqualTo(1);
    assertThat(in.readInt8()).isEqualTo((byte) 3);
    assertThatThrownBy(in::readInt8).isInstanceOf(WireException.class);
    assertThat(bytes.position()).isEqualTo(1);
  }

  @Test
  void varintsReachTheEndsOfTheirRange() {
    assertThat(reader("ffffffff0f").readUnsignedVarint()).isEqualTo(-1);
    assertThat(reader("ffffffff0f").readVarint()).isEqualTo(Integer.MIN_VALUE);
    assertThat(reader("feffffff0f").readVarint()).isEqualTo(Integer.MAX_VALUE);
    assertThat(reader("01").readVarint()).isEqualTo(-1);
    assertThat(reader("ff".repeat(9) + "01").readVarlong()).isEqualTo(Long.MIN_VALUE);
    assertThat(reader("fe" + "ff".repeat(8) + "01").readVarlong()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void replacementCharacterThatWasSentIsKept() {
    assertThat(reader("04efbfbd").readString("name", true)).isEqualTo("\uFFFD");
  }

  @Test
  void stringsAreReadFromBuffersOffTheHeap() {
    ByteBuffer direct = ByteBuffer.allocateDirect(5).put(HexFormat.of().parseHex("05e282ac61"));
    assertThat(new WireReader(direct.flip()).readString("name", true)).isEqualTo("\u20aca");
  }

  @Test
  void bytesAndRecordsShareMemoryWithTheInput() {
    byte[] input = {3, 10, 11, 3, 20, 21};
    WireReader in = new WireReader(ByteBuffer.wrap(input));
    ByteBuffer bytes = in.readBytes("data", true);
    Payload records = in.readRecords("records", true);
    input[1] = 99;
    input[5] = 98;
    assertThat(bytes.get(0)).isEqualTo((byte) 99);
    assertThat(((BufferPayload) records).buffer().get(1)).isEqualTo((byte) 98);
    assertThat(records.size()).isEqualTo(2);
  }

  @Test
  void zeroUuidIsTheDefaultOne() {
    assertThat(reader("00".repeat(16)).readUuid()).isSameAs(Defaults.ZERO_UUID);
    assertThat(reader("00".repeat(15) + "01").readUuid()).isEqualTo(new UUID(0, 1));
  }

  @Test
  void unknownTagsAreSkipped() {
    WireReader in = reader("03" + "0000" + "0502aaaa" + "8001" + "01bb" + "77");
    in.skipTags();
    assertThat(in.readInt8()).isEqualTo((byte) 0x77);
  }

  @Test
  void arraysOfNumbersDoNotCountAsElements() {
    WireReader in = new WireReader(ByteBuffer.wrap(new byte[] {4, 1, 2, 3}), 0);
    assertThat(in.readInt8Array("ids", true)).containsExactly(1, 2, 3);
  }

  private static WireReader reader(String hex) {
    return new WireReader(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
  }
}
