package dev.weft.coordinator.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * In which slice each instance of this coordinator is shared, and which slices have to be written.
 * Under the lock of the {@link Registry}.
 */
final class OwnSlices {
  private static final int SIZE = 100;

  private final List<Set<InstanceKey>> slices = new ArrayList<>();
  private final Set<Integer> changed = new LinkedHashSet<>();

  /** Gives an instance its slice, for as long as it is here. */
  int add(InstanceKey key) {
    int slice = roomy();
    slices.get(slice).add(key);
    return slice;
  }

  void remove(int slice, InstanceKey key) {
    slices.get(slice).remove(key);
  }

  private int roomy() {
    // The last first: slices fill in their order, and gaps are filled when all are full.
    for (int k = slices.size() - 1; k >= 0; k--) {
      if (slices.get(k).size() < SIZE) {
        return k;
      }
    }
    slices.add(new LinkedHashSet<>());
    return slices.size() - 1;
  }

  /** A slice has to be written. */
  void changed(int slice) {
    changed.add(slice);
  }

  /** All slices have to be written. */
  void allChanged() {
    for (int k = 0; k < slices.size(); k++) {
      changed.add(k);
    }
  }

  /** What has to be written: slice → its instances. From now on nothing has. */
  Map<Integer, Set<InstanceKey>> takeChanged() {
    Map<Integer, Set<InstanceKey>> taken = new LinkedHashMap<>();
    for (int k : changed) {
      taken.put(k, slices.get(k));
    }
    changed.clear();
    return taken;
  }
}
