package io.millrace.producer;

/** Where the loop brings what became of a batch. */
interface Outcomes {
  void add(ReportQueue.Outcome outcome);
}
