package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TopicListCommandTest extends WithBroker {

  @Test
  @Order(1)
  void noTopicsIsSaidBesideTheAnswer() {
    Shell.Ended ended = run("topic", "list").done();
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err()).isEqualTo("there are no topics\n");
    assertThat(run("topic", "list", "--json").done().out()).isEqualTo("{\"topics\":[]}\n");
  }

  @Test
  @Order(2)
  void topicsAreInTheOrderOfTheirNames() {
    run("topic", "create", "b", "-p", "12").done();
    run("topic", "create", "a").done();
    assertThat(run("topic", "list").done().out())
        .isEqualTo("TOPIC  PARTITIONS\na               1\nb              12\n");
    assertThat(run("topic", "list", "--json", "--internal").done().out())
        .matches(
            "\\{\"topics\":\\[\\{\"topic\":\"a\",\"id\":\"[^\"]{22}\",\"partitions\":1,"
                + "\"internal\":false},\\{\"topic\":\"b\",\"id\":\"[^\"]{22}\","
                + "\"partitions\":12,\"internal\":false}]}\n");
  }
}
