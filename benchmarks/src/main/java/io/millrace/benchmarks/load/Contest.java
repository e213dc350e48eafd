package io.millrace.benchmarks.load;

import io.millrace.benchmarks.figure.Outcome;
import io.millrace.benchmarks.figure.Pair;
import io.millrace.benchmarks.figure.Sample;
import io.millrace.benchmarks.peer.Peer;
import io.millrace.benchmarks.process.WorkDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Two peers in turn at the same loads: A B A B, both warmed up alike.
 *
 * <p>For each load both begin with empty data directories, and are ended after it. A pair in which
 * others took too much of the machine is played again, as often as the rules allow.
 */
public final class Contest {
  private final Peer a;
  private final Peer b;
  private final Rules rules;
  private final WorkDirectory work;
  private int turns;

  public Contest(Peer a, Peer b, Rules rules, WorkDirectory work) {
    this.a = a;
    this.b = b;
    this.rules = rules;
    this.work = work;
  }

  /**
   * What holds for every pair.
   *
   * @param pairs how many undisturbed pairs are wanted
   * @param repeats how many further pairs may be played for disturbed ones
   * @param warmUps runs before the counted ones, on each side; if not given, as the load says
   * @param foreignShareMax above which a pair is disturbed, 0 to 1
   * @param quietMax how long a run is put off while others take more than that
   * @param fresh a new broker with empty data for every run, warmed up each time, with the other
   *     one down; otherwise both stay up from the first pair to the last
   */
  public record Rules(
      int pairs,
      int repeats,
      Optional<Integer> warmUps,
      double foreignShareMax,
      Duration quietMax,
      boolean fresh) {}

  /** Plays all pairs of a load. */
  public Outcome play(Load load) throws IOException {
    int runs = rules.fresh() ? 1 : rules.pairs() + rules.repeats();
    work.requireFree(load.bytes() * (runs + warmUps(load) + 1) * 2);
    say(load.title());
    try {
      boolean keep = !rules.fresh() && !load.startsBroker();
      if (!rules.fresh()) {
        begin(load, a, null, keep);
        begin(load, b, keep ? a : null, keep);
        for (int i = 0; i < warmUps(load); i++) {
          warmUp(load, a, keep ? b : null);
          warmUp(load, b, keep ? a : null);
        }
      }
      return new Outcome(load.title(), pairs(load, keep), rules.pairs(), rules.foreignShareMax());
    } finally {
      end(a);
      end(b);
    }
  }

  private List<Pair> pairs(Load load, boolean keep) {
    List<Pair> played = new ArrayList<>();
    int undisturbed = 0;
    while (undisturbed < rules.pairs() && played.size() < rules.pairs() + rules.repeats()) {
      Pair pair = new Pair(count(load, a, keep ? b : null), count(load, b, keep ? a : null));
      played.add(pair);
      boolean disturbed = pair.disturbed(rules.foreignShareMax());
      undisturbed += disturbed ? 0 : 1;
      say(pairLine(played.size(), pair, disturbed));
    }
    return played;
  }

  private Sample count(Load load, Peer peer, @Nullable Peer waiting) {
    if (!rules.fresh()) {
      Quiet.await(peer, waiting, !load.startsBroker(), rules.foreignShareMax(), rules.quietMax());
      return load.run(turn(peer, waiting));
    }
    begin(load, peer, null, !load.startsBroker());
    for (int i = 0; i < warmUps(load); i++) {
      warmUp(load, peer, null);
    }
    Quiet.await(peer, null, !load.startsBroker(), rules.foreignShareMax(), rules.quietMax());
    Sample sample = load.run(turn(peer, null));
    end(peer);
    return sample;
  }

  private void begin(Load load, Peer peer, @Nullable Peer waiting, boolean start) {
    if (start) {
      peer.startFresh(data(peer));
    }
    load.prepare(turn(peer, waiting));
  }

  private void warmUp(Load load, Peer peer, @Nullable Peer waiting) {
    load.run(turn(peer, waiting));
    say("  warmed up: " + peer.name());
  }

  private int warmUps(Load load) {
    return rules.warmUps().orElse(load.warmUps());
  }

  private void end(Peer peer) {
    peer.stop();
    work.delete(data(peer));
  }

  private Turn turn(Peer peer, @Nullable Peer waiting) {
    return new Turn(peer, waiting, data(peer), "turn-" + ++turns);
  }

  private Path data(Peer peer) {
    return work.resolve(peer.equals(a) ? "data-a" : "data-b");
  }

  private static String pairLine(int number, Pair pair, boolean disturbed) {
    return String.format(
        Locale.ROOT,
        "  pair %d: foreign CPU %.0f %%, %.0f %%%s",
        number,
        pair.a().foreignShare() * 100,
        pair.b().foreignShare() * 100,
        disturbed ? ", disturbed" : "");
  }

  private static void say(String line) {
    System.err.println(line);
  }
}
