package io.millrace.producer;

import java.util.concurrent.CompletableFuture;

/**
 * One message under way, as a future: completes with its report, or with a {@link
 * ProducerException} that says why it was not delivered. Completed by the thread that serves
 * reports; needs no poll.
 */
public final class Delivery extends CompletableFuture<DeliveryReport> implements DeliveryCallback {

  Delivery() {}

  @Override
  public void delivered(DeliveryReport report) {
    ProducerError error = report.error();
    if (error == null) {
      complete(report);
    } else {
      completeExceptionally(new ProducerException(error));
    }
  }
}
