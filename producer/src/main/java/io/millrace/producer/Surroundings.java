package io.millrace.producer;

/**
 * What a producer takes from the machine that it runs on, so that a test can be its master.
 *
 * @param clock what time it is
 * @param names the addresses of names
 */
record Surroundings(Clock clock, Names names) {

  static final Surroundings SYSTEM = new Surroundings(Clock.SYSTEM, Names.SYSTEM);
}
