package io.millrace.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.SimulatedDisk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When the timers of a shard run, beside what it has to do. */
class ShardTimersTest {

  private static final long SESSION_MS = 6000;

  /** A journal that holds back what comes as soon as a checkpoint does not end. */
  private static final JournalSettings SHORT_JOURNAL =
      new JournalSettings(64 * 1024, 16 * 1024, 32 * 1024, 48 * 1024, 64 * 1024);

  private final List<Runnable> heldBackground = new ArrayList<>();
  private boolean holdsBackground;
  private ShardUnderTest it;
  private Timers.Timer session;
  private int expired;

  @BeforeEach
  void start() throws IOException {
    it =
        new ShardUnderTest(
            new SimulatedDisk(), 64 * 1024, new ManualClock(), SHORT_JOURNAL, this::background);
    it.shard.recover();
    it.shard.execute(sequencer -> heartbeat());
    it.turnUntilIdle();
  }

  private void background(Runnable task) {
    if (holdsBackground) {
      heldBackground.add(task);
    } else {
      task.run();
    }
  }

  private void heartbeat() {
    if (session != null) {
      session.cancel();
    }
    session = it.shard.timers().after(SESSION_MS, () -> expired++);
  }

  private void stall() {
    holdsBackground = true;
    for (int i = 0; i < 3; i++) {
      it.append(0, TestBatch.of("x".repeat(1 << 20)));
      it.turnUntilIdle();
    }
  }

  private void resume() {
    holdsBackground = false;
    List.copyOf(heldBackground).forEach(Runnable::run);
    it.turnUntilIdle();
  }

  @Test
  void heartbeatThatWaitsForAStalledJournalKeepsItsSession() {
    stall();
    ShardUnderTest.TestAppend behind = it.append(0, TestBatch.of("behind"));
    it.clock.advanceMs(3000);
    it.shard.execute(sequencer -> heartbeat());
    it.turnUntilIdle();
    it.clock.advanceMs(7000);
    it.turnUntilIdle();
    assertThat(behind.answered).isFalse();
    assertThat(expired).isZero();
    resume();
    assertThat(behind.answered).isTrue();
    assertThat(expired).isZero();
    it.clock.advanceMs(SESSION_MS);
    it.turnUntilIdle();
    assertThat(expired).isOne();
  }

  @Test
  void sessionThatNobodyKeptIsOverOnceTheStallIs() {
    stall();
    it.append(0, TestBatch.of("behind"));
    it.clock.advanceMs(10_000);
    it.turnUntilIdle();
    resume();
    assertThat(expired).isOne();
  }

  @Test
  void timersRunThoughTheMailboxIsNeverEmpty() {
    it.shard.execute(
        new Task() {
          @Override
          public void run(Sequencer sequencer) {
            it.shard.execute(this);
          }
        });
    it.clock.advanceMs(SESSION_MS);
    for (int turns = 0; expired == 0 && turns < 3; turns++) {
      it.shard.turn();
    }
    assertThat(expired).isOne();
  }
}
