package io.millrace.systemtests.mainjob;

import io.millrace.systemtests.process.BrokerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.awaitility.Awaitility;

/**
 * The main job: the lines of an access log, each with its number before it and keyed by the
 * client's address, go through six partitions to three members of a group, while one of the members
 * and then the broker are killed with {@code kill -9}. Then every line is looked for.
 *
 * <p>Everything is real: the broker is started by the launcher, the members are processes, the
 * producer is Kafka's or kcat. Run it by {@code system-tests/main-job}. It prints a summary and
 * ends with 1 if anything is not as it should be.
 */
public final class MainJob {

  private static final String TOPIC = "access";
  private static final String GROUP = "readers";
  private static final String SECOND_GROUP = "replay";
  private static final int PARTITIONS = 6;
  private static final int MEMBERS = 3;
  private static final long SESSION_TIMEOUT_MS = 6000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final AccessLog log;
  private final boolean kcat;
  private final double seconds;
  private final Random random;
  private final BrokerProcess.Builder brokers;
  private final String bootstrap;
  private final Checks checks = new Checks();
  private final List<String> summary = new ArrayList<>();

  private MainJob(AccessLog log, Arguments arguments, Path data) {
    this.log = log;
    this.kcat = arguments.kcat();
    this.seconds = arguments.seconds();
    this.random = new Random(arguments.seed());
    int port = BrokerProcess.freePort();
    this.bootstrap = "127.0.0.1:" + port;
    this.brokers = BrokerProcess.in(data).port(port).launcher(arguments.launcher());
  }

  /** What the command line says. */
  private record Arguments(Path launcher, boolean kcat, double seconds, long seed) {
    static Arguments parse(String[] words) {
      Arguments read = new Arguments(Path.of("millrace"), false, 20, System.nanoTime() % 100_000);
      for (int i = 0; i + 1 < words.length; i += 2) {
        String value = words[i + 1];
        read =
            switch (words[i]) {
              case "--launcher" ->
                  new Arguments(Path.of(value), read.kcat, read.seconds, read.seed);
              case "--producer" ->
                  new Arguments(read.launcher, value.equals("kcat"), read.seconds, read.seed);
              case "--seconds" ->
                  new Arguments(read.launcher, read.kcat, Double.parseDouble(value), read.seed);
              case "--seed" ->
                  new Arguments(read.launcher, read.kcat, read.seconds, Long.parseLong(value));
              default -> throw new IllegalArgumentException("main-job has no option " + words[i]);
            };
      }
      return read;
    }
  }

  public static void main(String[] words) throws Exception {
    Arguments arguments = Arguments.parse(words);
    Path data = Files.createTempDirectory("millrace-main-job");
    AccessLog log = AccessLog.read();
    MainJob job = new MainJob(log, arguments, data);
    System.out.printf(
        "main job: %d lines (%s), %s, seed %d%n",
        log.lines().size(),
        log.origin(),
        job.kcat ? "kcat" : "the Java producer",
        arguments.seed());
    try {
      job.run();
    } finally {
      delete(data);
    }
    job.summary.forEach(line -> System.out.println("  " + line));
    System.out.println("  " + job.checks.summary());
    System.exit(job.checks.passed() ? 0 : 1);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private void run() throws Exception {
    BrokerProcess broker = brokers.start();
    List<MemberProcess> members = new ArrayList<>();
    try (Admin admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap))) {
      admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1))).all().get();
      for (int i = 1; i <= MEMBERS; i++) {
        members.add(
            MemberProcess.start("member " + i, bootstrap, GROUP, TOPIC, SESSION_TIMEOUT_MS));
      }
      await(
          "each member has partitions",
          () ->
              members.stream().allMatch(member -> !member.assigned().isEmpty())
                  && assigned(members).size() == PARTITIONS);
      try (Load load = kcat ? new KcatLoad(bootstrap, TOPIC) : new JavaLoad(bootstrap, TOPIC)) {
        broker = carry(load, members, broker);
        await("every line is read", () -> linesRead(members) >= log.lines().size());
        for (MemberProcess member : members) {
          member.stop();
        }
        judge(load, members, admin);
      }
    } finally {
      members.forEach(MemberProcess::close);
      broker.close();
    }
  }

  /** Sends everything, and kills a member and the broker on the way. */
  private BrokerProcess carry(Load load, List<MemberProcess> members, BrokerProcess first)
      throws Exception {
    CompletableFuture<Void> sending = new CompletableFuture<>();
    long began = System.nanoTime();
    Thread sender =
        new Thread(
            () -> {
              try {
                load.run(log, seconds);
                sending.complete(null);
              } catch (Throwable e) {
                sending.completeExceptionally(e);
              }
            },
            "sender");
    sender.setDaemon(true);
    sender.start();
    killMember(load, members);
    BrokerProcess second = killBroker(load, first);
    try {
      sending.join();
    } catch (CompletionException e) {
      checks.isTrue(false, "sending failed: " + e.getCause());
    }
    checks.equal("lines acknowledged", log.lines().size(), load.arrived());
    summary.add(String.format("sent in %.1f s", (System.nanoTime() - began) / 1e9));
    return second;
  }

  private void killMember(Load load, List<MemberProcess> members) throws Exception {
    awaitProgress(load, 0.2 + 0.15 * random.nextDouble());
    MemberProcess victim = members.get(random.nextInt(MEMBERS));
    Set<Integer> moved = victim.assigned();
    victim.kill();
    long killed = System.nanoTime();
    checkInTheMiddle(victim.name() + " was killed", load.arrived());
    checkInTheMiddle(victim.name() + " was killed when the members had read", linesRead(members));
    List<MemberProcess> left = members.stream().filter(member -> member != victim).toList();
    int at = load.arrived();
    await("the partitions of the dead member move", () -> assigned(left).size() == PARTITIONS);
    checks.isTrue(!moved.isEmpty(), victim.name() + " had no partitions");
    summary.add(
        String.format(
            "%s killed after %d lines (%d %%); its partitions %s moved in %.1f s",
            victim.name(),
            at,
            100L * at / log.lines().size(),
            moved,
            (System.nanoTime() - killed) / 1e9));
  }

  private BrokerProcess killBroker(Load load, BrokerProcess broker) {
    awaitProgress(load, 0.6 + 0.2 * random.nextDouble());
    broker.kill();
    int at = load.arrived();
    checkInTheMiddle("the broker was killed", at);
    long killed = System.nanoTime();
    BrokerProcess next = brokers.start();
    double back = (System.nanoTime() - killed) / 1e9;
    await("the load goes on", () -> load.arrived() > at);
    summary.add(
        String.format(
            "broker killed after %d lines (%d %%); ready again after %.2f s, next line"
                + " acknowledged after %.2f s",
            at, 100L * at / log.lines().size(), back, (System.nanoTime() - killed) / 1e9));
    return next;
  }

  private void awaitProgress(Load load, double share) {
    int lines = (int) (share * log.lines().size());
    await("line " + lines + " is acknowledged", () -> load.arrived() >= lines);
  }

  private void checkInTheMiddle(String what, int lines) {
    int all = log.lines().size();
    checks.isTrue(
        10L * lines >= all && 10L * lines <= 9L * all,
        what + " at line " + lines + ", which is not between 10 % and 90 % of " + all);
  }

  private static int linesRead(List<MemberProcess> members) {
    Set<Long> distinct = new TreeSet<>();
    for (MemberProcess member : members) {
      member.readings().forEach(r -> distinct.add(r.offset() * PARTITIONS + r.partition()));
    }
    return distinct.size();
  }

  private static Set<Integer> assigned(List<MemberProcess> members) {
    Set<Integer> all = new TreeSet<>();
    members.forEach(member -> all.addAll(member.assigned()));
    return all;
  }

  private void judge(Load load, List<MemberProcess> members, Admin admin) throws Exception {
    Verdict verdict = new Verdict(log, checks, summary);
    List<StoredLines.Stored> stored = StoredLines.all(bootstrap, TOPIC, PARTITIONS);
    verdict.log(
        stored, load instanceof JavaLoad java ? Optional.of(java.places()) : Optional.empty());
    verdict.readings(members.stream().flatMap(member -> member.readings().stream()).toList());
    Groups groups = new Groups(admin, TOPIC, PARTITIONS);
    checks.equal("lines not committed by the group", 0, groups.lag(GROUP));
    verdict.replay(StoredLines.byGroup(bootstrap, TOPIC, PARTITIONS, SECOND_GROUP));
    long time = stored.get(stored.size() / 2).timestamp();
    groups.resetToTime(SECOND_GROUP, time);
    verdict.fromTime(time, stored, StoredLines.byGroup(bootstrap, TOPIC, PARTITIONS, SECOND_GROUP));
  }

  private static void await(String what, BooleanSupplier condition) {
    Awaitility.await(what)
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .until(condition::getAsBoolean);
  }
}
