package dev.weft.wire;

import dev.weft.policy.TlsMode;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One port of an instance.
 *
 * @param address IP literal that others reach it at
 * @param number 1 to 65535
 * @param library the adapter that serves it, such as {@code tomcat}
 * @param primary whether calls that name no port, or port 80, come here; at most one of an instance
 * @param tls from an agent: DISABLE where its adapter cannot do mesh TLS, else PERMISSIVE; from the
 *     coordinator: the mode that policy gives this port
 */
public record Port(String address, int number, String library, boolean primary, TlsMode tls) {
  static Port of(Fields fields) throws WireException {
    long number = fields.number("port", -1);
    if (number < 1 || number > 65535) {
      throw new WireException("port: " + number + " (expected: 1 to 65535)");
    }
    return new Port(
        fields.string("address"),
        (int) number,
        fields.string("library"),
        fields.bool("primary"),
        fields.constant("tls", TlsMode.class));
  }

  public Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("address", address);
    tree.put("port", number);
    tree.put("library", library);
    tree.put("primary", primary);
    tree.put("tls", tls.name());
    return tree;
  }
}
