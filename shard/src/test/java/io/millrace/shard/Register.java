package io.millrace.shard;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The simplest state machine: names and their last values. */
final class Register implements StateMachine {

  static final int KIND = 17;

  private final Map<String, Value> values = new HashMap<>();
  private final Shard shard;

  private final class Value extends SnapshotItem {
    private final String name;
    private String value = "";

    Value(String name) {
      this.name = name;
    }

    @Override
    protected int kind() {
      return KIND;
    }

    @Override
    protected void encode(StateWriter out) {
      out.text(name).text(value);
    }
  }

  Register(Shard shard) {
    this.shard = shard;
  }

  void set(Sequencer sequencer, String name, String value, Runnable applied) {
    sequencer.change(KIND, new StateWriter().text(name).text(value), applied);
  }

  String get(String name) {
    Value value = values.get(name);
    return value == null ? "" : value.value;
  }

  List<String> names() {
    return new ArrayList<>(values.keySet());
  }

  @Override
  public int kind() {
    return KIND;
  }

  @Override
  public void apply(StateReader change, long timeMs) {
    Value value = values.computeIfAbsent(change.text(), Value::new);
    shard.capture().keep(value);
    value.value = change.text();
  }

  @Override
  public Collection<? extends SnapshotItem> snapshotItems() {
    return values.values();
  }

  @Override
  public void restore(StateReader item) {
    Value value = new Value(item.text());
    value.value = item.text();
    values.put(value.name, value);
  }
}
