package io.millrace.benchmarks.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A producer of this JVM, warm by earlier use, that waits for a broker to come: it tries to connect
 * every few milliseconds, so that the moment of its ack is the broker's doing and not a back-off's.
 */
final class WaitingProducer implements AutoCloseable {
  private static final int RETRY_MS = 5;
  private static final int ACK_MAX_MS = 600_000;

  private final KafkaProducer<byte[], byte[]> producer;
  private final InetSocketAddress address;

  WaitingProducer(String bootstrap) {
    int colon = bootstrap.lastIndexOf(':');
    address =
        new InetSocketAddress(
            bootstrap.substring(0, colon), Integer.parseInt(bootstrap.substring(colon + 1)));
    producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap,
                ProducerConfig.ACKS_CONFIG, "all",
                ProducerConfig.LINGER_MS_CONFIG, 0,
                ProducerConfig.RECONNECT_BACKOFF_MS_CONFIG, RETRY_MS,
                ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, RETRY_MS,
                ProducerConfig.RETRY_BACKOFF_MS_CONFIG, RETRY_MS,
                ProducerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, RETRY_MS,
                ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000,
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, ACK_MAX_MS,
                ProducerConfig.MAX_BLOCK_MS_CONFIG, ACK_MAX_MS),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  /** Begins to send one record to a partition; done when it is acknowledged. */
  Future<RecordMetadata> send(String topic, int partition, byte[] payload) {
    CompletableFuture<RecordMetadata> ack = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            awaitPort();
            Future<RecordMetadata> _ =
                producer.send(
                    new ProducerRecord<>(topic, partition, null, payload),
                    (metadata, error) -> {
                      if (error == null) {
                        ack.complete(metadata);
                      } else {
                        ack.completeExceptionally(error);
                      }
                    });
          } catch (RuntimeException | InterruptedException e) {
            ack.completeExceptionally(e);
          }
        });
    return ack;
  }

  /** Waits for an ack. */
  static RecordMetadata await(Future<RecordMetadata> ack) {
    try {
      return ack.get(ACK_MAX_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("no ack: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private void awaitPort() throws InterruptedException {
    long deadline = System.nanoTime() + ACK_MAX_MS * 1_000_000L;
    while (System.nanoTime() < deadline) {
      try (Socket socket = new Socket()) {
        socket.connect(address, RETRY_MS * 100);
        return;
      } catch (IOException e) {
        Thread.sleep(RETRY_MS);
      }
    }
    throw new IllegalStateException("nothing listens on " + address);
  }

  @Override
  public void close() {
    producer.close(Duration.ZERO);
  }
}
