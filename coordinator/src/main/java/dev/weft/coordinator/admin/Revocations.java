package dev.weft.coordinator.admin;

import dev.weft.ca.Revocation;
import dev.weft.coordinator.RevocationAdmin;
import dev.weft.policy.Problem;
import dev.weft.policy.Resource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Certificates that are believed no more. */
final class Revocations {
  private static final TreeSet<String> FIELDS =
      new TreeSet<>(List.of("serial", "service", "namespace"));
  private static final Pattern SERIAL = Pattern.compile("[0-9a-fA-F:]{1,60}");
  private static final String SERIAL_SHAPE = "the serial number of a certificate, hexadecimal";

  private final RevocationAdmin admin;

  Revocations(RevocationAdmin admin) {
    this.admin = admin;
  }

  Reply list(Request request) {
    return Reply.json(Map.of("items", admin.list().stream().map(Revocations::tree).toList()));
  }

  Reply revoke(Request request) throws ProblemException {
    Map<String, Object> body = Documents.jsonObject(request);
    List<Problem> problems = new ArrayList<>(Documents.unknownFields(body, FIELDS));
    Object serial = body.get("serial");
    String service = "";
    String namespace = "";
    if (serial == null) {
      service = Documents.label(body, "service", null, problems);
      namespace = Documents.label(body, "namespace", Resource.DEFAULT_NAMESPACE, problems);
      if (namespace.equals(Resource.ROOT_NAMESPACE)) {
        problems.add(Problem.wrong("namespace", namespace, "another one; it is the mesh's own"));
      }
    } else {
      if (!(serial instanceof String text) || !SERIAL.matcher(text).matches()) {
        problems.add(Problem.wrong("serial", serial, SERIAL_SHAPE));
      }
      refuseBeside(body, "service", problems);
      refuseBeside(body, "namespace", problems);
    }
    Documents.refuse(problems);
    try {
      Revocation made =
          serial == null ? admin.revoke(namespace, service) : admin.revoke((String) serial);
      return Reply.json(201, tree(made));
    } catch (IllegalArgumentException e) {
      throw new ProblemException(
          ProblemException.Kind.BAD_REQUEST, String.valueOf(e.getMessage()), List.of());
    }
  }

  private static void refuseBeside(Map<String, Object> body, String field, List<Problem> problems) {
    @Nullable Object value = body.get(field);
    if (value != null) {
      problems.add(Problem.wrong(field, value, "absent beside serial"));
    }
  }

  private static Map<String, Object> tree(Revocation one) {
    Map<String, Object> tree = new LinkedHashMap<>();
    if (!one.serial().isEmpty()) {
      tree.put("serial", one.serial());
    } else {
      tree.put("namespace", one.namespace());
      tree.put("service", one.service());
    }
    tree.put("revoked", one.at().toString());
    return tree;
  }
}
