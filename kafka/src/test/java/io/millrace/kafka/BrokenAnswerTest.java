package io.millrace.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.Disk;
import io.millrace.wire.ApiKey;
import io.millrace.wire.message.ProduceResponse;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Answers that cannot be sent: the client is told by the end of its connection, at once. */
class BrokenAnswerTest {

  private static final int LARGE = 900_000;
  private static final int LARGE_BATCHES = 30;

  private static void put(Socket socket, ByteBuffer batch) throws Exception {
    ProduceResponse answer =
        (ProduceResponse)
            DoorUnderTest.ask(
                socket, ApiKey.PRODUCE, 9, DoorUnderTest.with(DoorUnderTest.produce(), 0, batch));
    assertThat(answer.responses.get(0).partitionResponses.get(0).errorCode).isZero();
  }

  @Test
  void anErrorWhileAnAnswerIsMadeEndsTheConnection() throws Exception {
    try (DoorUnderTest door = new DoorUnderTest(Map.of());
        Socket socket = door.connect()) {
      ByteBuffer batch = DoorUnderTest.batch(5000);
      int bytes = batch.remaining();
      put(socket, batch);
      door.disk.readsFail(bytes);
      DoorUnderTest.send(socket, ApiKey.FETCH, 12, DoorUnderTest.fetch());
      DoorUnderTest.awaitEnd(socket);
      assertThat(door.serves()).isTrue();
    }
  }

  /** Else the loop would try to send the rest again and again, and serve all others ever slower. */
  @Test
  void aSegmentThatIsCutWhileItIsSentEndsTheConnection() throws Exception {
    try (DoorUnderTest door = new DoorUnderTest(Map.of());
        Socket socket = door.connect()) {
      for (int i = 0; i < LARGE_BATCHES; i++) {
        put(socket, DoorUnderTest.batch(LARGE));
      }
      DoorUnderTest.send(socket, ApiKey.FETCH, 12, DoorUnderTest.fetch());
      assertThat(socket.getInputStream().read()).as("the answer has begun").isNotNegative();
      door.disk.open(door.segment(), Disk.Mode.WRITE).truncate(LARGE);
      DoorUnderTest.awaitEnd(socket);
      assertThat(door.serves()).isTrue();
    }
  }
}
