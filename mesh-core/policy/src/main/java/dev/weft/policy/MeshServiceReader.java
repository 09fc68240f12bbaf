package dev.weft.policy;

import dev.weft.policy.MeshService.Egress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code spec} of a MeshService. */
final class MeshServiceReader {
  private static final int MAX_HOSTS = 256;
  private static final int MAX_ADDRESSES = 1024;
  private static final String HOST =
      "a host name such as orders.internal, or *.internal for all below; addresses stand in"
          + " addresses";
  private static final String ADDRESS =
      "an IP address, with a port or without: 10.0.0.7, 10.0.0.7:8080 or [fd00::7]:8080";

  private static final Pattern IPV4 =
      Pattern.compile("(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:\\.(?!$)|$)){4}");
  private static final Pattern WITH_PORT =
      Pattern.compile("(\\[[^\\]]+]|[^:\\[\\]]+):([0-9]{1,5})");

  private static final Comparator<MeshService> OLDEST_FIRST =
      Comparator.comparing(MeshService::metadata, Metadata.OLDEST_FIRST);

  private MeshServiceReader() {}

  static MeshService read(Metadata metadata, FieldReader spec) {
    Egress egress = spec.constant("egress", Egress.class);
    List<String> hosts = new ArrayList<>();
    List<String> addresses = new ArrayList<>();
    String service = metadata.name();
    if (egress == null || egress == Egress.ALLOW) {
      each(spec, "hosts", MAX_HOSTS, HOST, MeshServiceReader::host, hosts);
      each(spec, "addresses", MAX_ADDRESSES, ADDRESS, MeshServiceReader::address, addresses);
      if (spec.isEmpty("hosts") && spec.isEmpty("addresses")) {
        spec.problem(Problem.missing(spec.path("hosts"), "at least one of hosts or addresses"));
      }
    } else {
      String reason =
          "egress: " + egress + " is about all hosts; single ones are for egress: ALLOW";
      spec.refuse("hosts", reason);
      spec.refuse("addresses", reason);
    }
    if (egress == null) {
      String named = spec.string("service", Dns1123.LABEL);
      service = named == null ? service : named;
      if (!service.isEmpty() && !Dns1123.isLabel(service)) {
        spec.wrong("service", service, Dns1123.LABEL);
      }
    } else {
      spec.refuse("service", "egress is about what is no service of the mesh");
    }
    spec.refuse("tls", "TLS inside https:// calls stays the application's own");
    return new MeshService(
        metadata, new ServiceName(metadata.namespace(), service), hosts, addresses, egress);
  }

  static List<String> review(Resource resource, Surroundings surroundings) {
    MeshService mesh = (MeshService) resource.spec();
    List<String> warnings = new ArrayList<>();
    String missing = mesh.adopts() ? surroundings.missing(mesh.service(), -1) : null;
    if (missing != null) {
      warnings.add("Service " + mesh.service() + " " + missing);
    }
    for (MeshService other : surroundings.specs(MeshService.class)) {
      boolean itself =
          other.metadata().name().equals(resource.name())
              && other.metadata().namespace().equals(resource.namespace());
      if (!itself) {
        if (mesh.mode() != null) {
          beside(other, mesh, warnings);
        } else if (other.adopts() && (!mesh.adopts() || isOlder(other, mesh))) {
          List<String> both = new ArrayList<>(mesh.hosts());
          both.addAll(mesh.addresses());
          both.removeIf(name -> !other.hosts().contains(name) && !other.addresses().contains(name));
          both.forEach(
              name ->
                  warnings.add(
                      name
                          + " has no effect beside the "
                          + (mesh.adopts() ? "older " : "")
                          + called(other)
                          + ", which "
                          + (mesh.adopts() ? "has it too" : "makes it the mesh's")));
        }
      }
    }
    return warnings;
  }

  private static void beside(MeshService other, MeshService mesh, List<String> warnings) {
    if (other.mode() != null
        && other.metadata().namespace().equals(mesh.metadata().namespace())
        && isOlder(other, mesh)) {
      warnings.add(
          "egress has no effect beside the older "
              + called(other)
              + ", which says "
              + other.egress());
    }
  }

  private static boolean isOlder(MeshService one, MeshService than) {
    return OLDEST_FIRST.compare(one, than) < 0;
  }

  private static String called(MeshService mesh) {
    return "MeshService " + mesh.metadata().namespace() + "/" + mesh.metadata().name();
  }

  private interface Form {
    /** In the form that it is compared in; null if it is none. */
    @Nullable String of(String text);
  }

  private static void each(
      FieldReader spec, String field, int max, String expected, Form form, List<String> into) {
    Set<String> seen = new HashSet<>();
    List<?> list = spec.list(field, max);
    for (int i = 0; i < list.size(); i++) {
      String value = list.get(i) instanceof String text ? form.of(text) : null;
      if (value == null) {
        spec.problem(Problem.wrong(spec.path(field) + "[" + i + "]", list.get(i), expected));
      } else if (!seen.add(value)) {
        spec.problem(Problem.wrong(spec.path(field) + "[" + i + "]", value, "each entry once"));
      } else {
        into.add(value);
      }
    }
  }

  /** A host in lower case without a trailing dot, wildcard first if it has one. */
  private static @Nullable String host(String text) {
    String host = text.toLowerCase(Locale.ROOT);
    if (host.endsWith(".")) {
      host = host.substring(0, host.length() - 1);
    }
    String name = host.startsWith("*.") ? host.substring(2) : host;
    return Dns1123.isSubdomain(name) && !IPV4.matcher(name).matches() ? host : null;
  }

  private static @Nullable String address(String text) {
    var parts = WITH_PORT.matcher(text);
    if (parts.matches()) {
      int port = Integer.parseInt(parts.group(2));
      String host = parts.group(1);
      String inner = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
      boolean right = host.startsWith("[") ? isIpv6(inner) : IPV4.matcher(host).matches();
      return right && port >= 1 && port <= 65535
          ? host.toLowerCase(Locale.ROOT) + ":" + port
          : null;
    }
    if (IPV4.matcher(text).matches()) {
      return text;
    }
    // As it stands in a URI, in brackets.
    String inner =
        text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
    return isIpv6(inner) ? "[" + inner.toLowerCase(Locale.ROOT) + "]" : null;
  }

  /** Enough to tell one from a mistake; two ways of writing one are not made the same. */
  private static boolean isIpv6(String text) {
    if (text.length() > 45 || !text.matches("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")) {
      return false;
    }
    int gap = text.indexOf("::");
    if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
      return false;
    }
    int groups = 0;
    for (String group : text.split(":", -1)) {
      if (group.isEmpty()) {
        continue;
      }
      boolean ipv4 = group.indexOf('.') >= 0;
      if (ipv4 ? !IPV4.matcher(group).matches() || !text.endsWith(group) : group.length() > 4) {
        return false;
      }
      groups += ipv4 ? 2 : 1;
    }
    return gap >= 0 ? groups < 8 : groups == 8;
  }
}
