package dev.weft.coordinator.registry;

import java.util.List;

/**
 * That an instance is at an address and port.
 *
 * @param own whether its stream comes from that address; otherwise its token grants it
 * @param sinceMillis when it was first said, by a coordinator's clock; a service that left and came
 *     back has its old moment again
 */
record Claim(boolean own, long sinceMillis) {
  /** Short, for a slice holds sixteen hundred of them. */
  List<Object> tree() {
    return List.of(own, sinceMillis);
  }

  /** One that says nothing is of a version that did not ask where streams come from. */
  static Claim parse(Object tree, long absentMillis) {
    return tree instanceof List<?> list
            && list.size() == 2
            && list.get(0) instanceof Boolean own
            && list.get(1) instanceof Long since
        ? new Claim(own, since)
        : new Claim(false, absentMillis);
  }
}
