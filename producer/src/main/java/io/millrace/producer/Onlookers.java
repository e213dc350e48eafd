package io.millrace.producer;

/** Who is told what a producer does while it does it. */
record Onlookers(Metrics metrics, Notices notices) {}
