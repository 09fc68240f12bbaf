package dev.weft.coordinator.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weft.policy.Nearest;
import dev.weft.policy.Problem;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Finds the route of a request. Immutable. */
final class Router {
  /** What a route does; blocks if it has to. */
  interface Handler {
    Reply handle(Request request) throws Exception;
  }

  /**
   * One operation.
   *
   * @param template such as {@code /api/v1/tokens/{id}}
   * @param query names of the query parameters that it takes
   * @param open whether it is served without the admin token
   */
  record Route(String method, String template, List<String> query, boolean open, Handler handler) {
    Route(String method, String template, List<String> query, Handler handler) {
      this(method, template, query, false, handler);
    }
  }

  /** A route, and what the path and the query of a request hold for it. */
  record Match(Route route, Map<String, String> path, Map<String, String> query) {}

  private final List<Route> routes;

  Router(List<Route> routes) {
    this.routes = List.copyOf(routes);
  }

  List<Route> routes() {
    return routes;
  }

  /** The route for a path, whatever the query; HEAD goes where GET goes. */
  @Nullable Route find(String method, String target) {
    List<String> segments = segments(path(target));
    for (Route route : routes) {
      if (takes(route, method) && match(route, segments) != null) {
        return route;
      }
    }
    return null;
  }

  /**
   * @param target the path, and the query if there is one, as sent
   */
  Match match(String method, String target) throws ProblemException {
    List<String> segments = segments(path(target));
    TreeSet<String> allowed = new TreeSet<>();
    for (Route route : routes) {
      Map<String, String> raw = match(route, segments);
      if (raw == null) {
        continue;
      }
      if (takes(route, method)) {
        Map<String, String> path = new LinkedHashMap<>();
        for (Map.Entry<String, String> part : raw.entrySet()) {
          path.put(part.getKey(), decode(part.getKey(), part.getValue(), false));
        }
        return new Match(route, path, query(route, target));
      }
      allowed.add(route.method());
      if (route.method().equals("GET")) {
        allowed.add("HEAD");
      }
    }
    if (allowed.isEmpty()) {
      throw ProblemException.of(
          ProblemException.Kind.NOT_FOUND,
          Problem.wrong("path", path(target), "a path of /openapi.json"));
    }
    String methods = String.join(", ", allowed);
    throw new ProblemException(
        ProblemException.Kind.METHOD_NOT_ALLOWED,
        "method: " + method + " (expected: " + methods + ")",
        Map.of("allow", methods));
  }

  private static boolean takes(Route route, String method) {
    return route.method().equals(method) || method.equals("HEAD") && route.method().equals("GET");
  }

  private static @Nullable Map<String, String> match(Route route, List<String> segments) {
    List<String> parts = segments(route.template());
    if (parts.size() != segments.size()) {
      return null;
    }
    Map<String, String> path = new LinkedHashMap<>();
    for (int i = 0; i < parts.size(); i++) {
      String part = parts.get(i);
      if (part.startsWith("{")) {
        path.put(part.substring(1, part.length() - 1), segments.get(i));
      } else if (!part.equals(segments.get(i))) {
        return null;
      }
    }
    return path;
  }

  private static Map<String, String> query(Route route, String target) throws ProblemException {
    Map<String, String> query = new LinkedHashMap<>();
    int mark = target.indexOf('?');
    if (mark < 0) {
      return query;
    }
    for (String pair : target.substring(mark + 1).split("&")) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      String name = decode("query", equals < 0 ? pair : pair.substring(0, equals), true);
      String value = equals < 0 ? "" : decode(name, pair.substring(equals + 1), true);
      if (!route.query().contains(name)) {
        String nearest = Nearest.of(name, route.query());
        throw ProblemException.of(
            ProblemException.Kind.BAD_REQUEST,
            Problem.wrong(
                name,
                value,
                (route.query().isEmpty()
                        ? "no query parameter here"
                        : "a known query parameter: " + String.join(", ", route.query()))
                    + (nearest == null ? "" : "; did you mean " + nearest + "?")));
      }
      if (query.put(name, value) != null) {
        throw ProblemException.of(
            ProblemException.Kind.BAD_REQUEST, Problem.wrong(name, value, "to be given once"));
      }
    }
    return query;
  }

  private static String path(String target) {
    int mark = target.indexOf('?');
    return mark < 0 ? target : target.substring(0, mark);
  }

  private static List<String> segments(String path) {
    List<String> segments = new ArrayList<>(List.of(path.split("/", -1)));
    segments.remove(0); // what stands before the first slash
    return segments;
  }

  private static String decode(String name, String raw, boolean plusIsSpace)
      throws ProblemException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
    try {
      for (int i = 0; i < raw.length(); i++) {
        char c = raw.charAt(i);
        if (c == '%') {
          bytes.write(Integer.parseInt(raw, i + 1, i + 3, 16));
          i += 2;
        } else if (c == '+' && plusIsSpace) {
          bytes.write(' ');
        } else {
          bytes.writeBytes(String.valueOf(c).getBytes(UTF_8));
        }
      }
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray())).toString();
    } catch (NumberFormatException | IndexOutOfBoundsException | CharacterCodingException e) {
      throw ProblemException.of(
          ProblemException.Kind.BAD_REQUEST, Problem.wrong(name, raw, "percent-encoded UTF-8"));
    }
  }
}
