package io.millrace.benchmarks.command;

/** A broker that can be measured. */
enum PeerKind {
  MILLRACE("Millrace"),
  KAFKA("Kafka");

  private final String title;

  PeerKind(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }
}
