package io.millrace.producer;

import java.util.List;
import java.util.Objects;

/** The interceptors of a producer, called one after the other whatever they throw. Any thread. */
final class Interceptors {

  private final List<ProducerInterceptor> all;
  private final ReportQueue.Problems problems;

  Interceptors(List<ProducerInterceptor> all, ReportQueue.Problems problems) {
    this.all = all;
    this.problems = problems;
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /** The message to go on with. */
  ProducerMessage onSend(ProducerMessage message) {
    ProducerMessage now = message;
    for (ProducerInterceptor one : all) {
      try {
        now = Objects.requireNonNull(one.onSend(now), "onSend returned no message");
      } catch (RuntimeException | Error e) {
        problems.thrown(e);
      }
    }
    return now;
  }

  void onAcknowledgement(DeliveryReport report) {
    for (ProducerInterceptor one : all) {
      try {
        one.onAcknowledgement(report);
      } catch (RuntimeException | Error e) {
        problems.thrown(e);
      }
    }
  }

  void onRefusal(ProducerMessage message, ProducerError error) {
    for (ProducerInterceptor one : all) {
      try {
        one.onRefusal(message, error);
      } catch (RuntimeException | Error e) {
        problems.thrown(e);
      }
    }
  }
}
