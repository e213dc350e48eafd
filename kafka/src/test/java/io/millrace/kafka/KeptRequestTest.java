package io.millrace.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.wire.ApiKey;
import io.millrace.wire.message.ProduceRequest;
import io.millrace.wire.message.ProduceResponse;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Requests whose bytes are kept until the shard has done with them. */
class KeptRequestTest {

  private static final int IN_FLIGHT_BYTES = 1 << 20;

  /** A small good batch keeps the whole request in memory while the disk hangs. */
  @Test
  void refusedBytesOfAKeptRequestCountAgainstTheShard() throws Exception {
    try (DoorUnderTest door =
            new DoorUnderTest(Map.of("in.flight.max.bytes", "" + IN_FLIGHT_BYTES));
        Socket socket = door.connect()) {
      door.disk.hang();
      ProduceRequest request =
          DoorUnderTest.with(DoorUnderTest.produce(), 0, DoorUnderTest.batch(10));
      int noSuchPartition = 7;
      DoorUnderTest.with(request, noSuchPartition, ByteBuffer.allocate(IN_FLIGHT_BYTES));
      DoorUnderTest.send(socket, ApiKey.PRODUCE, 9, request);
      await().until(() -> door.partition.shard().isCrowded());
      door.disk.goOn();
      ProduceResponse answer = (ProduceResponse) DoorUnderTest.answer(socket, ApiKey.PRODUCE, 9);
      assertThat(answer.responses.get(0).partitionResponses.get(0).baseOffset).isZero();
      await().until(() -> !door.partition.shard().isCrowded());
    }
  }
}
