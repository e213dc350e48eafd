package io.millrace.producer;

import java.security.SecureRandom;
import java.util.concurrent.ThreadLocalRandom;

/** Where randomness comes from, so that a test can repeat a run. Any thread. */
interface Chance {

  /** From 0 to {@code bound}, exclusive. */
  int below(int bound);

  /** From 0 to 1, exclusive. */
  double fraction();

  /** Bytes that nobody can guess. */
  byte[] secret(int count);

  Chance SYSTEM =
      new Chance() {
        @Override
        public int below(int bound) {
          return ThreadLocalRandom.current().nextInt(bound);
        }

        @Override
        public double fraction() {
          return ThreadLocalRandom.current().nextDouble();
        }

        @Override
        public byte[] secret(int count) {
          byte[] bytes = new byte[count];
          new SecureRandom().nextBytes(bytes);
          return bytes;
        }
      };
}
