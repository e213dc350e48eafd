package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TopicCreateCommandTest extends WithBroker {

  @Test
  void aTopicGetsThePartitionsAskedFor() {
    assertThat(run("topic", "create", "orders", "--partitions", "3").done().out())
        .isEqualTo("created orders with 3 partitions\n");
    assertThat(run("topic", "list").done().lines()).anyMatch(line -> line.matches("orders +3"));
  }

  @Test
  void theBrokerSaysHowManyOtherwise() {
    assertThat(run("topic", "create", "plain").done().out())
        .isEqualTo("created plain with 1 partition\n");
  }

  @Test
  void jsonSaysTheSame() {
    assertThat(run("topic", "create", "in-json", "-p", "2", "--json").done().out())
        .isEqualTo("{\"topic\":\"in-json\",\"created\":true,\"partitions\":2}\n");
    assertThat(run("topic", "create", "in-json", "--if-not-exists", "--json").done().out())
        .isEqualTo("{\"topic\":\"in-json\",\"created\":false}\n");
  }

  @Test
  void aSecondOfTheSameNameIsRefused() {
    run("topic", "create", "twice").done();
    run("topic", "create", "twice").failed(Exit.REFUSED, "millrace: ", "twice already");
    assertThat(run("topic", "create", "twice", "--if-not-exists").done().out())
        .isEqualTo("twice exists already\n");
    run("topic", "create", "twice", "--json")
        .failed(Exit.REFUSED, "{\"error\":{\"code\":1,\"name\":\"TOPIC_ALREADY_EXISTS\"");
  }

  @Test
  void settingsThatAreNoneAreRefusedAndNothingIsMade() {
    run("topic", "create", "wrong", "--set", "retention.mss=1")
        .failed(Exit.REFUSED, "retention.mss", "did you mean retention.ms?");
    run("topic", "create", "wrong", "--set", "retention.ms=soon")
        .failed(Exit.REFUSED, "retention.ms cannot be \"soon\"");
    run("topic", "create", "wrong", "--set", "retention.ms")
        .failed(Exit.USAGE, "--set wants NAME=VALUE, not \"retention.ms\"");
    run("topic", "create", "wrong", "--set", "retention.ms=1", "--set", "retention.ms=2")
        .failed(Exit.USAGE, "--set sets retention.ms twice");
    assertThat(run("topic", "list").done().out()).doesNotContain("wrong");
  }

  @Test
  void namesAndNumbersThatCannotBeAreRefused() {
    run("topic", "create", "no/slash").failed(Exit.REFUSED, "no/slash");
    run("topic", "create", "many", "-p", "0").failed(Exit.USAGE, "--partitions cannot be 0");
    run("topic", "create", "many", "-p", "-1").failed(Exit.USAGE, "--partitions cannot be -1");
    run("topic", "create", "many", "--replication-factor", "-1").failed(Exit.USAGE, "-1");
    run("topic", "create", "").failed(Exit.USAGE, "TOPIC cannot be empty");
    run("topic", "create", "many", "-p", "100001").failed(Exit.REFUSED, "partitions");
    run("topic", "create", "many", "--replication-factor", "3").failed(Exit.REFUSED, "eplica");
    run("topic", "create", "one", "--replication-factor", "1").done();
  }
}
