package io.millrace.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreatePartitionsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace topic alter}. */
@Command(name = "alter", description = "Gives a topic more partitions, sets and unsets settings.")
final class TopicAlterCommand extends BrokerCommand {

  @Parameters(paramLabel = "TOPIC", description = "Its name.")
  private String topic = "";

  @Option(
      names = {"-p", "--partitions"},
      paramLabel = "N",
      description =
          "How many it is to have: more than now. Keys go to other partitions from then on.")
  private @Nullable Integer partitions;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "A setting of the topic; may be given several times.")
  private List<String> set = new ArrayList<>();

  @Option(
      names = "--unset",
      paramLabel = "NAME",
      description = "A setting that is to be the broker's again; may be given several times.")
  private List<String> unset = new ArrayList<>();

  TopicAlterCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() {
    Map<String, String> values = NameValue.parseAll("--set", set);
    for (String name : unset) {
      if (values.containsKey(name)) {
        throw CommandFailure.usage(name + " cannot be both set and unset");
      }
    }
    if (partitions == null && values.isEmpty() && unset.isEmpty()) {
      throw CommandFailure.usage("nothing to alter: give --partitions, --set or --unset");
    }
    try (Admin admin = connection.open()) {
      alter(admin, values);
    } catch (CommandFailure e) {
      throw TopicRefusals.refusal(topic, e);
    }
    if (json) {
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("topic", topic);
      if (partitions != null) {
        answer.put("partitions", partitions);
      }
      answer.put("set", values);
      answer.put("unset", unset);
      terminal.say(Json.text(answer));
    } else {
      terminal.say("altered " + topic);
    }
    return Exit.DONE;
  }

  /** The partitions are asked about first, so that a refusal leaves everything as it was. */
  private void alter(Admin admin, Map<String, String> values) {
    Map<String, NewPartitions> more =
        partitions == null ? Map.of() : Map.of(topic, NewPartitions.increaseTo(partitions));
    boolean both = partitions != null && !(values.isEmpty() && unset.isEmpty());
    if (both) {
      connection.ask(
          admin.createPartitions(more, new CreatePartitionsOptions().validateOnly(true)).all());
    }
    Collection<AlterConfigOp> changes = new ArrayList<>();
    values.forEach((name, value) ->
        changes.add(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET)));
    for (String name : unset) {
      changes.add(new AlterConfigOp(new ConfigEntry(name, ""), AlterConfigOp.OpType.DELETE));
    }
    if (!changes.isEmpty()) {
      ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
      connection.ask(admin.incrementalAlterConfigs(Map.of(resource, changes)).all());
    }
    if (!more.isEmpty()) {
      connection.ask(admin.createPartitions(more).all());
    }
  }
}
