package io.millrace.record;

import java.util.Random;

/** Where random tests take their randomness from: {@code -Dseed=...} repeats a run. */
final class Seed {
  private Seed() {}

  static Random random(String test) {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println(test + ": -Dseed=" + seed);
    return new Random(seed);
  }
}
