package io.millrace.systemtests.golden;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.record.Record;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.wire.ApiKey;
import io.millrace.wire.BufferPayload;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.Frame;
import io.millrace.wire.Message;
import io.millrace.wire.WireReader;
import io.millrace.wire.message.InitProducerIdRequest;
import io.millrace.wire.message.InitProducerIdResponse;
import io.millrace.wire.message.ProduceRequest;
import io.millrace.wire.message.ProduceResponse;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * An idempotent producer that outlives the process that it runs in: its id is in what it wrote, its
 * sequences begin with 0.
 */
final class NumberedProducer implements AutoCloseable {

  private static final int BATCHES = 9;
  private static final long TIME_MS = 1_780_000_000_000L;

  private final Socket socket;

  NumberedProducer(String bootstrap) throws IOException {
    int colon = bootstrap.lastIndexOf(':');
    this.socket =
        new Socket(bootstrap.substring(0, colon), Integer.parseInt(bootstrap.substring(colon + 1)));
  }

  /** Begins with an id of its own, which every value ends with. */
  void write() throws IOException {
    InitProducerIdRequest request = new InitProducerIdRequest();
    request.transactionalId = null;
    request.transactionTimeoutMs = 1000;
    InitProducerIdResponse answer = ask(ApiKey.INIT_PRODUCER_ID, 4, request);
    for (int i = 0; i < BATCHES; i++) {
      requireStoredAt(i, send(answer.producerId, i));
    }
  }

  /**
   * Of the five last batches each is known; the next is taken, one out of order is not.
   *
   * @param firstValue of the topic
   * @param batches how many the topic holds; one more afterwards
   */
  void check(String firstValue, int batches) throws IOException {
    assertThat(batches).isGreaterThanOrEqualTo(BATCHES);
    long id = Long.parseLong(firstValue.substring(firstValue.lastIndexOf(' ') + 1));
    for (int i = batches - 5; i < batches; i++) {
      requireStoredAt(i, send(id, i));
    }
    assertThat(send(id, batches + 1).errorCode)
        .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER.code());
    requireStoredAt(batches, send(id, batches));
  }

  private static void requireStoredAt(
      long offset, ProduceResponse.PartitionProduceResponse answer) {
    assertThat(answer.errorCode).isZero();
    assertThat(answer.baseOffset).isEqualTo(offset);
  }

  private ProduceResponse.PartitionProduceResponse send(long id, int number) throws IOException {
    ByteBuffer batch =
        new RecordBatchBuilder()
            .producer(id, (short) 0, number)
            .append(
                new Record(
                    0,
                    TIME_MS + number,
                    null,
                    ByteBuffer.wrap(
                        ("batch " + number + " of producer " + id)
                            .getBytes(StandardCharsets.UTF_8)),
                    List.of()))
            .build();
    ProduceRequest request = new ProduceRequest();
    request.acks = -1;
    request.timeoutMs = 1000;
    ProduceRequest.TopicProduceData topic = new ProduceRequest.TopicProduceData();
    topic.name = GoldenContent.NUMBERED;
    ProduceRequest.PartitionProduceData partition = new ProduceRequest.PartitionProduceData();
    partition.records = new BufferPayload(batch);
    topic.partitionData.add(partition);
    request.topicData.add(topic);
    ProduceResponse answer = ask(ApiKey.PRODUCE, 9, request);
    return answer.responses.get(0).partitionResponses.get(0);
  }

  @SuppressWarnings("unchecked")
  private <T extends Message> T ask(ApiKey key, int version, Message request) throws IOException {
    ByteBuffer bytes = Frame.ofRequest(key, (short) version, 1, "golden", request).toBuffer();
    byte[] sent = new byte[bytes.remaining()];
    bytes.get(sent);
    socket.getOutputStream().write(sent);
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] received = new byte[in.readInt()];
    in.readFully(received);
    return (T)
        Frame.readResponse(new WireReader(ByteBuffer.wrap(received)), key, (short) version).body();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
