package dev.weft.coordinator.mesh;

import dev.weft.coordinator.registry.ServiceView;
import dev.weft.wire.Instance;
import dev.weft.wire.Message;
import dev.weft.wire.Port;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Encodes changes of a service's instances. The same change goes to many subscribers: the last few
 * hundred are kept encoded, in so many bytes. Safe for use by any thread.
 */
final class EndpointFrames {
  private static final int MAX_CACHED = 256;
  private static final long MAX_CACHED_BYTES = Runtime.getRuntime().maxMemory() / 32;
  private static final int PART_BYTES = 700_000;
  private static final int BYTES_OF_AN_ID = 40;

  private record Change(String service, long from, long to) {}

  private final Map<Change, List<byte[]>> cache = new LinkedHashMap<>(16, 0.75f, true);
  private final long maxBytes;
  private long cachedBytes;

  EndpointFrames() {
    this(MAX_CACHED_BYTES);
  }

  /**
   * @param maxBytes that may be kept
   */
  EndpointFrames(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * The payloads that lead from one view to a later one.
   *
   * @param from null: the subscriber has nothing, or nothing that is known
   * @return empty if both are the same to a subscriber
   */
  List<byte[]> payloads(@Nullable ServiceView from, ServiceView to) {
    Change change = new Change(to.service(), from == null ? -1 : from.revision(), to.revision());
    synchronized (cache) {
      List<byte[]> known = cache.get(change);
      if (known != null) {
        return known;
      }
    }
    List<byte[]> payloads = messages(from, to).stream().map(Message.Endpoints::encode).toList();
    // Of a view without a revision there can be several; it is too short to be worth it.
    if (to.revision() > 0) {
      keep(change, payloads);
    }
    return payloads;
  }

  private void keep(Change change, List<byte[]> payloads) {
    synchronized (cache) {
      List<byte[]> before = cache.put(change, payloads);
      cachedBytes += length(payloads) - (before == null ? 0 : length(before));
      Iterator<List<byte[]>> eldest = cache.values().iterator();
      while (cache.size() > MAX_CACHED || cachedBytes > maxBytes) {
        cachedBytes -= length(eldest.next());
        eldest.remove();
      }
    }
  }

  private static long length(List<byte[]> payloads) {
    return payloads.stream().mapToLong(payload -> payload.length).sum();
  }

  /** What is kept. */
  long cachedBytes() {
    synchronized (cache) {
      return cachedBytes;
    }
  }

  static List<Message.Endpoints> messages(@Nullable ServiceView from, ServiceView to) {
    Map<String, Instance> old = from == null ? Map.of() : from.instances();
    List<Instance> add = new ArrayList<>();
    List<String> remove = new ArrayList<>();
    to.instances()
        .forEach(
            (id, instance) -> {
              if (!instance.equals(old.get(id))) {
                add.add(instance);
              }
            });
    boolean explicit = true;
    for (String id : old.keySet()) {
      if (!to.instances().containsKey(id)) {
        remove.add(id);
        explicit &= !to.unexplained().contains(id);
      }
    }
    if (from == null) {
      // Of a service that was never seen nobody knows why it is empty.
      explicit = !to.instances().isEmpty() || to.revision() > 0 && to.unexplained().isEmpty();
    } else if (add.isEmpty() && remove.isEmpty()) {
      return List.of();
    }
    return split(to, from == null ? -1 : from.revision(), add, remove, explicit);
  }

  /** Additions first: a service that is replaced is never empty in between. */
  private static List<Message.Endpoints> split(
      ServiceView to, long base, List<Instance> add, List<String> remove, boolean explicit) {
    List<List<Instance>> adds = new ArrayList<>(List.of(new ArrayList<>()));
    List<List<String>> removes = new ArrayList<>(List.of(new ArrayList<>()));
    int bytes = 0;
    for (Instance instance : add) {
      int length = lengthOf(instance);
      if (bytes > 0 && bytes + length > PART_BYTES) {
        adds.add(new ArrayList<>());
        removes.add(new ArrayList<>());
        bytes = 0;
      }
      adds.get(adds.size() - 1).add(instance);
      bytes += length;
    }
    for (String id : remove) {
      if (bytes + BYTES_OF_AN_ID > PART_BYTES) {
        adds.add(new ArrayList<>());
        removes.add(new ArrayList<>());
        bytes = 0;
      }
      removes.get(removes.size() - 1).add(id);
      bytes += BYTES_OF_AN_ID;
    }
    List<Message.Endpoints> messages = new ArrayList<>();
    long last = base;
    for (int i = 0; i < adds.size(); i++) {
      long revision = to.revision() - (adds.size() - 1 - i);
      messages.add(
          new Message.Endpoints(
              to.service(), revision, last, adds.get(i), removes.get(i), explicit));
      last = revision;
    }
    return messages;
  }

  /** At least what the instance takes in JSON. */
  private static int lengthOf(Instance instance) {
    int length = 320 + instance.namespace().length() + instance.service().length();
    length += 2 * instance.zone().length();
    for (Port port : instance.ports()) {
      length += 120 + port.address().length() + 2 * port.library().length();
    }
    for (Map.Entry<String, String> label : instance.labels().entrySet()) {
      length += 8 + label.getKey().length() + 2 * label.getValue().length();
    }
    return length;
  }
}
