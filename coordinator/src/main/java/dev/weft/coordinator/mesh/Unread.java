package dev.weft.coordinator.mesh;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What agents have been sent and have not read yet: memory of this process, all together. */
final class Unread {
  /** A stream with less is not worth ending. */
  static final long LITTLE = 64 << 10;

  private final Map<String, Long> byService = new HashMap<>();
  private long all;

  void add(String service, long bytes) {
    byService.merge(service, bytes, Long::sum);
    all += bytes;
  }

  /**
   * The services whose streams are to be ended, because all together leave more than {@code most}
   * unread: those that leave most themselves, until the others fit.
   */
  Set<String> beyond(long most) {
    Set<String> beyond = new HashSet<>();
    Map<String, Long> left = new HashMap<>(byService);
    for (long sum = all; sum > most; ) {
      Map.Entry<String, Long> greatest =
          Collections.max(left.entrySet(), Map.Entry.comparingByValue());
      beyond.add(greatest.getKey());
      sum -= greatest.getValue();
      left.remove(greatest.getKey());
    }
    return beyond;
  }
}
