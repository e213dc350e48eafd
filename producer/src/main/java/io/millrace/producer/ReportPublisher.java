package io.millrace.producer;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;

/**
 * Reports as a stream, for whoever subscribes: give it to {@link Producer#open} in place of a
 * callback. A subscriber that does not keep up holds the reports up, and in the end the producer:
 * none is dropped.
 */
public final class ReportPublisher
    implements DeliveryCallback, Flow.Publisher<DeliveryReport>, AutoCloseable {

  private final SubmissionPublisher<DeliveryReport> publisher;

  /**
   * @param executor runs the subscribers
   * @param ahead how many reports a subscriber may be behind
   */
  public ReportPublisher(Executor executor, int ahead) {
    publisher = new SubmissionPublisher<>(executor, ahead);
  }

  /**
   * Reports as events in a queue that the application empties.
   *
   * @param queue if it is bounded and full, reports wait until there is room
   */
  public static DeliveryCallback into(BlockingQueue<DeliveryReport> queue) {
    return report -> {
      try {
        queue.put(report.keep());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }

  @Override
  public void delivered(DeliveryReport report) {
    publisher.submit(report.keep());
  }

  @Override
  public void subscribe(Flow.Subscriber<? super DeliveryReport> subscriber) {
    publisher.subscribe(subscriber);
  }

  /** Completes the stream, once what was published is consumed. */
  @Override
  public void close() {
    publisher.close();
  }
}
