package io.millrace.kafka.handler;

import io.millrace.broker.Refusal.Reason;
import io.millrace.broker.RefusedException;
import io.millrace.broker.topic.Topic;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What AlterConfigs and IncrementalAlterConfigs have in common: which resources can be changed, and
 * that none is named twice.
 */
final class SettingChanges {

  private final Door door;
  private final boolean validateOnly;
  private final Set<Resource> twice = new HashSet<>();

  record Resource(byte type, String name) {}

  /** From what a topic sets to what it is to set; may throw a {@link RefusedException}. */
  @FunctionalInterface
  interface Edit {
    Map<String, String> apply(Topic topic, Map<String, String> set);
  }

  SettingChanges(Door door, boolean validateOnly, List<Resource> resources) {
    this.door = door;
    this.validateOnly = validateOnly;
    Set<Resource> once = new HashSet<>();
    for (Resource resource : resources) {
      if (!once.add(resource)) {
        twice.add(resource);
      }
    }
  }

  /**
   * Changes one resource.
   *
   * @param names the settings that the change is about
   * @return completes when the change is durable, or with a {@link RefusedException}
   */
  CompletableFuture<?> change(Resource resource, List<String> names, Edit edit) {
    try {
      requireOnce(resource, names);
      ResourceType type = ResourceType.of(resource.type);
      if (type != ResourceType.TOPIC) {
        refuseChange(type, resource, names);
        return CompletableFuture.completedFuture(true);
      }
      Topic topic = Named.topic(door, resource.name);
      return door.broker()
          .topics()
          .changeSettings(topic.id(), set -> edit.apply(topic, set), validateOnly);
    } catch (RefusedException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void requireOnce(Resource resource, List<String> names) {
    if (twice.contains(resource)) {
      throw Errors.refused(
          Reason.INVALID_REQUEST, "the request names resource \"" + resource.name + "\" twice");
    }
    List<String> known = new ArrayList<>();
    for (String name : names) {
      if (known.contains(name)) {
        throw Errors.refused(
            Reason.INVALID_REQUEST, "the request names setting " + name + " twice");
      }
      known.add(name);
    }
  }

  /** Says why settings cannot be changed; changing none of them is no error. */
  private void refuseChange(@Nullable ResourceType type, Resource resource, List<String> names) {
    if (type == null) {
      throw Errors.refused(Reason.INVALID_REQUEST, "there is no resource type " + resource.type);
    }
    switch (type) {
      case BROKER -> {
        if (!resource.name.isEmpty()) {
          BrokerResource.requireThis(door, resource.name);
        }
        if (!names.isEmpty()) {
          throw Errors.refused(
              Reason.INVALID_REQUEST,
              "a running broker's settings cannot be changed: set at start with --set, as in --set "
                  + names.get(0)
                  + "=VALUE, or in the file given with --config");
        }
      }
      case GROUP, CLIENT_METRICS -> {
        if (!names.isEmpty()) {
          throw Errors.refused(
              Reason.INVALID_SETTING,
              "there is no setting "
                  + names.get(0)
                  + ": "
                  + (type == ResourceType.GROUP ? "groups" : "client metrics")
                  + " have no settings of their own in this version");
        }
      }
      case BROKER_LOGGER ->
          throw Errors.refused(
              Reason.INVALID_REQUEST, "log levels are set at start, not through this protocol");
      case TOPIC -> throw new IllegalStateException("topics can be changed");
    }
  }
}
