package io.millrace.producer;

import java.util.zip.CRC32;

/** From a key to a partition, as other clients do it, so that they agree. */
enum KeyHash {
  /** CRC-32: librdkafka's own. */
  CRC32 {
    @Override
    int partition(byte[] key, int partitions) {
      return (int) (crc32(key) % partitions);
    }
  },
  /** MurmurHash 2 with the sign bit cleared: Kafka's Java clients'. */
  MURMUR2 {
    @Override
    int partition(byte[] key, int partitions) {
      return (murmur2(key) & Integer.MAX_VALUE) % partitions;
    }
  },
  /** FNV-1a without its sign: the Go client Sarama's. */
  FNV1A {
    @Override
    int partition(byte[] key, int partitions) {
      return Integer.remainderUnsigned(fnv1a(key), partitions);
    }
  };

  abstract int partition(byte[] key, int partitions);

  static long crc32(byte[] key) {
    CRC32 crc = new CRC32();
    crc.update(key);
    return crc.getValue();
  }

  /**
   * FNV-1a, negated if negative; the one number that stays negative counts as unsigned.
   *
   * @see <a href="http://www.isthe.com/chongo/tech/comp/fnv/">Fowler, Noll, Vo, FNV hash</a>
   */
  static int fnv1a(byte[] key) {
    int h = 0x811c9dc5;
    for (byte b : key) {
      h = (h ^ b & 0xff) * 0x01000193;
    }
    return h < 0 ? -h : h;
  }

  /**
   * MurmurHash 2 with Kafka's seed.
   *
   * @see <a href="https://github.com/aappleby/smhasher/blob/master/src/MurmurHash2.cpp">Austin
   *     Appleby, MurmurHash2</a>
   */
  static int murmur2(byte[] data) {
    int length = data.length;
    int m = 0x5bd1e995;
    int h = 0x9747b28c ^ length;
    int at = 0;
    for (; at + 4 <= length; at += 4) {
      int k =
          data[at] & 0xff
              | (data[at + 1] & 0xff) << 8
              | (data[at + 2] & 0xff) << 16
              | data[at + 3] << 24;
      k *= m;
      k ^= k >>> 24;
      k *= m;
      h *= m;
      h ^= k;
    }
    int left = length - at;
    if (left == 3) {
      h ^= (data[at + 2] & 0xff) << 16;
    }
    if (left >= 2) {
      h ^= (data[at + 1] & 0xff) << 8;
    }
    if (left >= 1) {
      h ^= data[at] & 0xff;
      h *= m;
    }
    h ^= h >>> 13;
    h *= m;
    return h ^ h >>> 15;
  }
}
