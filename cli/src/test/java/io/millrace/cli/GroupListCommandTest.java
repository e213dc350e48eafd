package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GroupListCommandTest extends WithBroker {

  @Test
  @Order(1)
  void noGroupsIsSaidBesideTheAnswer() {
    Shell.Ended ended = run("group", "list").done();
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err()).isEqualTo("there are no groups\n");
    assertThat(run("group", "list", "--json").done().out()).isEqualTo("{\"groups\":[]}\n");
  }

  @Test
  @Order(2)
  void groupsAreInTheOrderOfTheirNames() {
    String topic = topic(1);
    produce(topic, "k:v");
    run("consume", topic, "-g", "idle", "-e").done();
    Shell.Running busy = start("consume", topic, "-g", "busy", "--from", "earliest");
    busy.untilItPrints("v\n");
    assertThat(run("group", "list").done().out())
        .isEqualTo("GROUP  STATE\nbusy   Stable\nidle   Empty\n");
    assertThat(run("group", "list", "--json").done().out())
        .isEqualTo(
            "{\"groups\":[{\"group\":\"busy\",\"state\":\"Stable\"},"
                + "{\"group\":\"idle\",\"state\":\"Empty\"}]}\n");
    busy.interrupt().ended();
  }
}
