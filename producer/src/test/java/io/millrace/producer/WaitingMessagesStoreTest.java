package io.millrace.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.producer.TopicQueues.Unassigned;
import io.millrace.record.Header;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What waits for its topic is kept as it was given, in its order. */
class WaitingMessagesStoreTest {

  @Test
  void whatTheApplicationDoesWithItsArraysAfterwardsChangesNothing() {
    WaitingMessages waiting = new WaitingMessages();
    byte[] key = "k".getBytes(UTF_8);
    byte[] value = "value".getBytes(UTF_8);
    waiting.add(message(0, key, value, null, null, null));
    Arrays.fill(key, (byte) 'x');
    Arrays.fill(value, (byte) 'x');
    assertThat(waiting.peek().key()).isEqualTo("k".getBytes(UTF_8));
    assertThat(waiting.poll().value()).isEqualTo("value".getBytes(UTF_8));
  }

  @Test
  void anyMixComesOutAsAListWouldGiveIt() {
    for (int seed = 1; seed <= 40; seed++) {
      Random random = new Random(seed);
      WaitingMessages waiting = new WaitingMessages();
      ArrayDeque<Unassigned> expected = new ArrayDeque<>();
      for (int step = 0; step < 2000; step++) {
        int what = random.nextInt(10);
        if (what < 6) {
          Unassigned one = random(random, step);
          waiting.add(one);
          expected.add(one);
        } else if (what < 9) {
          assertSame(waiting.peek(), expected.peek());
          assertSame(waiting.poll(), expected.poll());
        } else if (!expected.isEmpty()) {
          DeliveryCallback callback =
              new ArrayList<>(expected).get(random.nextInt(expected.size())).callback();
          if (callback != null) {
            Unassigned first =
                expected.stream().filter(one -> one.callback() == callback).findFirst().get();
            expected.remove(first);
            assertSame(waiting.take(callback), first);
          }
        }
        assertThat(waiting.size()).isEqualTo(expected.size());
        assertThat(waiting.payloadBytes())
            .isEqualTo(expected.stream().mapToLong(Unassigned::payload).sum());
      }
      while (!expected.isEmpty()) {
        assertSame(waiting.poll(), expected.poll());
      }
      assertThat(waiting.poll()).isNull();
      assertThat(waiting.isEmpty()).isTrue();
    }
  }

  @Test
  void lateOnesLeaveFromWhereverTheyStand() {
    for (int seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      WaitingMessages waiting = new WaitingMessages();
      List<Unassigned> expected = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        long deadline = random.nextInt(3) == 0 ? 1 + random.nextInt(1000) : Long.MAX_VALUE;
        Unassigned one =
            new Unassigned(
                0, i, null, new byte[random.nextInt(900)], null, 0, null, null, deadline, i);
        waiting.add(one);
        expected.add(one);
      }
      for (long now = 0; now < 1300; now += random.nextInt(40)) {
        long at = now;
        assertThat(waiting.dueNanos(1000))
            .isLessThanOrEqualTo(
                expected.stream().mapToLong(one -> due(one)).min().orElse(Long.MAX_VALUE));
        List<Long> late = new ArrayList<>();
        for (Unassigned one; (one = waiting.takeLate(1000, at)) != null; ) {
          late.add(one.timestamp());
        }
        assertThat(late)
            .isEqualTo(
                expected.stream().filter(o -> due(o) <= at).map(Unassigned::timestamp).toList());
        expected.removeIf(one -> due(one) <= at);
        assertThat(waiting.size()).isEqualTo(expected.size());
      }
      assertThat(waiting.isEmpty()).isTrue();
    }
  }

  private static long due(Unassigned one) {
    return Math.min(one.deadlineNanos(), one.acceptedNanos() + 1000);
  }

  @Test
  void aCallbackThatNobodyHasTakesNothing() {
    WaitingMessages waiting = new WaitingMessages();
    waiting.add(message(0, null, null, null, null, null));
    assertThat(waiting.take(report -> {})).isNull();
    assertThat(waiting.size()).isEqualTo(1);
  }

  private static final DeliveryCallback SHARED = report -> {};

  private static Unassigned random(Random random, int step) {
    List<Header> headers = null;
    if (random.nextInt(3) == 0) {
      headers = new ArrayList<>();
      for (int i = random.nextInt(3); i > 0; i--) {
        byte[] value = bytes(random, 30);
        headers.add(
            new Header(
                "name-\u00e9" + random.nextInt(3), value == null ? null : ByteBuffer.wrap(value)));
      }
    }
    Object own = new Object();
    DeliveryCallback callback =
        switch (random.nextInt(3)) {
          case 0 -> null;
          case 1 -> SHARED;
          default -> report -> own.hashCode();
        };
    return message(
        step,
        bytes(random, 20),
        bytes(random, random.nextInt(20) == 0 ? 100_000 : 300),
        headers,
        callback,
        random.nextBoolean() ? null : "opaque " + step);
  }

  private static byte @Nullable [] bytes(Random random, int most) {
    if (random.nextInt(8) == 0) {
      return null;
    }
    byte[] bytes = new byte[random.nextInt(most)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static Unassigned message(
      int step,
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable List<Header> headers,
      @Nullable DeliveryCallback callback,
      @Nullable Object opaque) {
    return new Unassigned(
        step % 5 - 1,
        1000L + step,
        key,
        value,
        headers,
        MessageBatch.payloadBytes(key, value, headers),
        callback,
        opaque,
        step % 2 == 0 ? MessageBatch.NO_DEADLINE : -step,
        step * 7L);
  }

  private static void assertSame(@Nullable Unassigned found, @Nullable Unassigned expected) {
    if (found == null || expected == null) {
      assertThat(found).isEqualTo(expected);
      return;
    }
    assertThat(found.key()).isEqualTo(expected.key());
    assertThat(found.value()).isEqualTo(expected.value());
    assertThat(found.headers()).isEqualTo(expected.headers());
    assertThat(found.partition()).isEqualTo(expected.partition());
    assertThat(found.timestamp()).isEqualTo(expected.timestamp());
    assertThat(found.payload()).isEqualTo(expected.payload());
    assertThat(found.deadlineNanos()).isEqualTo(expected.deadlineNanos());
    assertThat(found.acceptedNanos()).isEqualTo(expected.acceptedNanos());
    assertThat(found.callback()).isSameAs(expected.callback());
    assertThat(found.opaque()).isSameAs(expected.opaque());
  }
}
