package dev.weft.coordinator.admin;

import dev.weft.ca.Revocation;
import dev.weft.coordinator.RevocationAdmin;
import dev.weft.policy.Problem;
import dev.weft.policy.Resource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Certificates that are believed no more. */
final class Revocations {
  private static final TreeSet<String> FIELDS =
      new TreeSet<>(List.of("serial", "service", "namespace", "force"));
  private static final Pattern SERIAL = Pattern.compile("[0-9a-f]{1,40}");
  private static final String SERIAL_SHAPE =
      "the serial number of a certificate, or its beginning, hexadecimal";

  private static final int TOLD = 5;

  private final RevocationAdmin admin;
  private final Known known;

  Revocations(RevocationAdmin admin, Known known) {
    this.admin = admin;
    this.known = known;
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
      if (!(serial instanceof String text) || !SERIAL.matcher(Known.plainId(text)).matches()) {
        problems.add(Problem.wrong("serial", serial, SERIAL_SHAPE));
      }
      refuseBeside(body, "service", problems);
      refuseBeside(body, "namespace", problems);
    }
    Object force = body.get("force");
    if (force != null && !(force instanceof Boolean)) {
      problems.add(Problem.wrong("force", force, "true or false"));
    }
    Documents.refuse(problems);
    boolean forced = Boolean.TRUE.equals(force);
    if (serial == null && !forced) {
      requireKnown(namespace + "/" + service);
    }
    String meant = serial == null ? "" : meant((String) serial, forced);
    try {
      Revocation made = serial == null ? admin.revoke(namespace, service) : admin.revoke(meant);
      return Reply.json(201, tree(made));
    } catch (IllegalArgumentException e) {
      throw new ProblemException(
          ProblemException.Kind.BAD_REQUEST, String.valueOf(e.getMessage()), List.of());
    }
  }

  private void requireKnown(String service) throws ProblemException {
    Set<String> all = known.services();
    if (!all.contains(service)) {
      throw ProblemException.of(
          ProblemException.Kind.NOT_FOUND,
          Problem.wrong(
              "service",
              service,
              "a service that has joined, or that a token or a Service names"
                  + Known.didYouMean(service, all)
                  + " If nobody here has heard of it and it is right, revoke it with force"));
    }
  }

  /** The whole serial number; as given, if nobody has to know it. */
  private String meant(String given, boolean forced) throws ProblemException {
    String plain = Known.plainId(given).replaceFirst("^0+(?=.)", "");
    List<String> all = known.serials(plain);
    if (all.contains(plain)) {
      return plain;
    }
    if (all.size() == 1) {
      // Else it is another one of that lineage, which a revocation is for as a whole.
      return all.get(0).startsWith(plain) ? all.get(0) : plain;
    }
    if (all.isEmpty() && forced && !Known.isCut(given)) {
      return plain;
    }
    throw ProblemException.of(
        ProblemException.Kind.NOT_FOUND,
        Problem.wrong(
            "serial",
            given,
            all.isEmpty()
                ? "that of a certificate which a connected agent has or this coordinator has issued,"
                    + " or its beginning; one of another coordinator's is revoked there, or by its"
                    + " whole number with force"
                : "more of it; it is the beginning of "
                    + String.join(", ", all.subList(0, Math.min(TOLD, all.size())))
                    + (all.size() > TOLD ? " and " + (all.size() - TOLD) + " more" : "")));
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
