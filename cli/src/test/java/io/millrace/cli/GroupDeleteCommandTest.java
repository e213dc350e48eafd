package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GroupDeleteCommandTest extends WithBroker {

  @Test
  void groupsWithoutMembersGo() {
    String topic = topic(1);
    produce(topic, "k:v");
    run("consume", topic, "-g", "one", "-e").done();
    run("consume", topic, "-g", "two", "-e").done();
    assertThat(run("group", "delete", "one", "two").done().out())
        .isEqualTo("deleted one\ndeleted two\n");
    assertThat(run("group", "list").done().out()).doesNotContain("one", "two");
    assertThat(run("consume", topic, "-g", "one", "-e", "--from", "earliest").done().lines())
        .containsExactly("v");
    assertThat(run("group", "delete", "one", "--json").done().out())
        .isEqualTo("{\"deleted\":[\"one\"]}\n");
  }

  @Test
  void theOthersGoThoughOneIsRefused() {
    String topic = topic(1);
    produce(topic, "k:v");
    run("consume", topic, "-g", "idle", "-e").done();
    Shell.Running member = start("consume", topic, "-g", "busy", "--from", "earliest");
    member.untilItPrints("v\n");
    Shell.Ended ended = run("group", "delete", "nobody", "idle", "busy");
    ended.failed(
        Exit.REFUSED, "there is no group nobody", "group busy has members", "stop them first");
    assertThat(ended.out()).isEqualTo("deleted idle\n");
    member.interrupt().ended();
    run("group", "delete", "busy").done();
  }
}
