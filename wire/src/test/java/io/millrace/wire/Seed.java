package io.millrace.wire;

import java.util.Random;

/** The seed of a random test: printed, and taken from {@code -Dseed=N} to repeat a run. */
final class Seed {
  private Seed() {}

  static Random random(Class<?> test) {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println(test.getSimpleName() + " seed " + seed);
    return new Random(seed);
  }
}
