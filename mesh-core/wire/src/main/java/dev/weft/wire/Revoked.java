package dev.weft.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Certificates that are believed no more, though they have not ended: one by its serial number, or
 * all of a service that begin before a moment.
 *
 * @param serial in lower-case hexadecimal without leading zeros; empty: those of a service
 * @param namespace of the service; empty with a serial
 * @param service empty with a serial
 * @param beforeMillis wall-clock milliseconds, compared with a certificate's notBefore; 0 with a
 *     serial
 */
public record Revoked(String serial, String namespace, String service, long beforeMillis) {
  /** No bundle tells of more. */
  public static final int MAX = 1_000;

  /** One certificate. */
  public static Revoked certificate(String serial) {
    return new Revoked(serial, "", "", 0);
  }

  /** All of a service that begin before a moment. */
  public static Revoked service(String namespace, String service, long beforeMillis) {
    return new Revoked("", namespace, service, beforeMillis);
  }

  /**
   * Reads what {@link #tree} gave.
   *
   * @throws WireException naming the field that is missing or wrong
   */
  @SuppressWarnings("unchecked")
  public static Revoked of(Map<?, ?> tree) throws WireException {
    Bounds.REVOKED.check(tree, "revoked");
    return of(new Fields((Map<String, ?>) tree, "revoked"));
  }

  static Revoked of(Fields fields) throws WireException {
    if (fields.has("serial")) {
      return certificate(fields.string("serial"));
    }
    return service(
        fields.string("ns"), fields.string("service"), fields.number("before", Long.MAX_VALUE));
  }

  static List<Revoked> all(Fields message) throws WireException {
    List<Revoked> all = new ArrayList<>();
    for (Fields one : message.objects("revoked")) {
      all.add(of(one));
    }
    return List.copyOf(all);
  }

  static List<Map<String, Object>> trees(List<Revoked> all) {
    return all.stream().map(Revoked::tree).toList();
  }

  /** As {@link #of(Map)} reads it. */
  public Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    if (!serial.isEmpty()) {
      tree.put("serial", serial);
    } else {
      tree.put("ns", namespace);
      tree.put("service", service);
      tree.put("before", beforeMillis);
    }
    return tree;
  }
}
