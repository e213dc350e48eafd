package io.millrace.producer;

/** Where time comes from, so that a test can be its master. */
interface Clock {

  /** Wall-clock time in ms since 1970. May jump either way. */
  long millis();

  /** A count of ns that never goes back; for how long things take and when they are due. */
  long nanos();

  Clock SYSTEM =
      new Clock() {
        @Override
        public long millis() {
          return System.currentTimeMillis();
        }

        @Override
        public long nanos() {
          return System.nanoTime();
        }
      };
}
