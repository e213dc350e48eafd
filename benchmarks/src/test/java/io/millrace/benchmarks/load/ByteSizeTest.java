package io.millrace.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ByteSizeTest {
  @Test
  void unitsArePowersOf1024() {
    assertThat(ByteSize.parse("100")).isEqualTo(100);
    assertThat(ByteSize.parse("64k")).isEqualTo(65_536);
    assertThat(ByteSize.parse("1G")).isEqualTo(1L << 30);
    assertThatThrownBy(() -> ByteSize.parse("1.5g")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void textIsExactWhereItCanBe() {
    assertThat(ByteSize.text(100)).isEqualTo("100 B");
    assertThat(ByteSize.text(1 << 16)).isEqualTo("64 KiB");
    assertThat(ByteSize.text(256 << 20)).isEqualTo("256 MiB");
    assertThat(ByteSize.text(268_435_400)).isEqualTo("256.0 MiB");
  }
}
