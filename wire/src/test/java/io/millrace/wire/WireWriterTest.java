package io.millrace.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WireWriterTest {
  private final WireWriter out = new WireWriter(0);

  /** Stands for a region of a file: the writer can know its size and no more. */
  private record Region(int size) implements Payload {}

  @Test
  void payloadsStayThemselvesBetweenTheBytesAroundThem() {
    Region region = new Region(70_000);
    out.writeInt16((short) 1);
    out.writeRecords("records", region, false, true);
    out.writeRecords("records", new Region(5), true, true);
    out.writeInt8((byte) 7);
    List<Payload> parts = out.parts();
    assertThat(parts).hasSize(5);
    assertThat(hex(parts.get(0))).isEqualTo("000100011170");
    assertThat(parts.get(1)).isSameAs(region);
    assertThat(hex(parts.get(2))).isEqualTo("06");
    assertThat(parts.get(3)).isEqualTo(new Region(5));
    assertThat(hex(parts.get(4))).isEqualTo("07");
    assertThat(out.size()).isEqualTo(6 + 70_000 + 1 + 5 + 1);
    assertThatThrownBy(out::toBuffer).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void smallPayloadsAreCopiedAndLargeOnesAreNot() {
    ByteBuffer small = ByteBuffer.wrap(new byte[WireWriter.INLINE_BYTES_MAX - 1]);
    ByteBuffer large = ByteBuffer.wrap(new byte[WireWriter.INLINE_BYTES_MAX]);
    out.writeRecords("records", new BufferPayload(small), false, false);
    assertThat(out.parts()).hasSize(1);
    out.writeRecords("records", new BufferPayload(large), false, false);
    out.writeBytes("data", large, false, false);
    assertThat(out.parts()).hasSize(4);
    small.put(0, (byte) 1);
    large.put(0, (byte) 2);
    ByteBuffer all = out.toBuffer();
    assertThat(all.remaining()).isEqualTo(out.size());
    assertThat(all.get(4)).isZero();
    assertThat(all.get(4 + small.capacity() + 4)).isEqualTo((byte) 2);
  }

  @Test
  void buffersOfTheCallerKeepPositionAndOrder() {
    ByteBuffer bytes = ByteBuffer.wrap(new byte[] {9, 1, 2, 3, 9}).order(ByteOrder.LITTLE_ENDIAN);
    bytes.position(1).limit(4);
    BufferPayload payload = new BufferPayload(bytes);
    payload.buffer().get();
    assertThat(payload.size()).isEqualTo(3);
    out.writeBytes("data", bytes, true, false);
    out.writeRecords("records", payload, true, false);
    assertThat(hex()).isEqualTo("0401020304010203");
    assertThat(bytes.position()).isEqualTo(1);
    assertThat(bytes.limit()).isEqualTo(4);
    assertThat(bytes.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void tagsStandInFrontOfTheirSize() {
    int section = out.beginTags();
    int tag = out.beginTag(section, 0);
    out.writeInt16((short) 5);
    out.endTag(tag);
    tag = out.beginTag(section, 200);
    out.endTag(tag);
    assertThat(hex()).isEqualTo("02" + "00020005" + "c80100");
  }

  @Test
  void contentMovesUpForASizeOfSeveralBytes() {
    Random random = new Random(1);
    for (int size : new int[] {0, 1, 127, 128, 129, 16_383, 16_384, 100_000}) {
      byte[] content = new byte[size];
      random.nextBytes(content);
      WireWriter writer = new WireWriter(0);
      int section = writer.beginTags();
      int outer = writer.beginTag(section, 1);
      int innerSection = writer.beginTags();
      int inner = writer.beginTag(innerSection, 3);
      writer.writeInt8Array("content", content, true, false);
      writer.endTag(inner);
      writer.endTag(outer);
      writer.writeInt8((byte) 77);

      WireReader in = new WireReader(writer.toBuffer());
      assertThat(in.readTagCount()).isEqualTo(1);
      assertThat(in.readTag(-1)).isEqualTo(1);
      int outerEnd = in.readTagEnd();
      assertThat(in.readTagCount()).isEqualTo(1);
      assertThat(in.readTag(-1)).isEqualTo(3);
      int innerEnd = in.readTagEnd();
      assertThat(in.readInt8Array("content", true)).isEqualTo(content);
      in.endTag(3, innerEnd);
      in.endTag(1, outerEnd);
      assertThat(in.readInt8()).isEqualTo((byte) 77);
      assertThat(in.remaining()).isZero();
    }
  }

  @Test
  void payloadInsideATagCountsInItsSizeAndKeepsItsPlace() {
    Region before = new Region(10);
    Region inside = new Region(300);
    out.writeRecords("records", before, true, false);
    int section = out.beginTags();
    int tag = out.beginTag(section, 0);
    out.writeRecords("records", inside, true, false);
    out.writeInt8((byte) 9);
    out.endTag(tag);
    List<Payload> parts = out.parts();
    assertThat(parts.get(1)).isSameAs(before);
    // One tag, number 0, of 2 + 300 + 1 bytes; records of 300 bytes.
    assertThat(hex(parts.get(2))).isEqualTo("01" + "00" + "af02" + "ad02");
    assertThat(parts.get(3)).isSameAs(inside);
    assertThat(hex(parts.get(4))).isEqualTo("09");
  }

  @Test
  void unsignedNumbersOutOfRangeAreRefused() {
    out.writeUint16(65535);
    out.writeUint32(4294967295L);
    assertThat(hex()).isEqualTo("ffffffffffff");
    assertThatThrownBy(() -> out.writeUint16(65536)).isInstanceOf(WireException.class);
    assertThatThrownBy(() -> out.writeUint16(-1)).isInstanceOf(WireException.class);
    assertThatThrownBy(() -> out.writeUint32(4294967296L)).isInstanceOf(WireException.class);
    assertThatThrownBy(() -> out.writeUint32(-1)).isInstanceOf(WireException.class);
  }

  @Test
  void stringsWithoutUtf8AreRefused() {
    for (String text : List.of("\ud800", "a\udc00", "\ud800\ud800", "\udc00\ud800", "\ud83dx")) {
      assertThatThrownBy(() -> out.writeString("name", text, true, true))
          .isInstanceOf(WireException.class)
          .hasMessage("name: half a surrogate pair has no UTF-8");
    }
  }

  @Test
  void stringsOf32767BytesAreTheLongest() {
    out.writeString("name", "\u00e4".repeat(16_383) + "a", false, false);
    assertThat(new WireReader(out.toBuffer()).readString("name", false)).hasSize(16_384);
    assertThatThrownBy(() -> out.writeString("name", "\u00e4".repeat(16_384), false, false))
        .isInstanceOf(WireException.class)
        .hasMessage("name: string of 32768 bytes, limit 32767");
  }

  @Test
  void randomNumbersComeBackFromVarints() {
    Random random = Seed.random(getClass());
    for (int i = 0; i < 10_000; i++) {
      long value = random.nextLong() >> random.nextInt(64);
      WireWriter writer = new WireWriter();
      writer.writeVarlong(value);
      writer.writeVarint((int) value);
      writer.writeUnsignedVarint((int) value);
      WireReader in = new WireReader(writer.toBuffer());
      assertThat(in.readVarlong()).isEqualTo(value);
      assertThat(in.readVarint()).isEqualTo((int) value);
      assertThat(in.readUnsignedVarint()).isEqualTo((int) value);
      assertThat(in.remaining()).isZero();
    }
  }

  private String hex() {
    return hex(new BufferPayload(out.toBuffer()));
  }

  private static String hex(Payload payload) {
    ByteBuffer buffer = ((BufferPayload) payload).buffer();
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
