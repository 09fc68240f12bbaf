package dev.weft.coordinator.admin;

import dev.weft.engine.route.RequestHead;
import dev.weft.policy.Problem;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The request that somebody asks about, as an application would write it.
 *
 * @param port -1: none
 * @param path still escaped; never empty
 * @param headers values by name in lower case
 */
record AskedRequest(
    String method,
    String scheme,
    String host,
    int port,
    String path,
    @Nullable String query,
    Map<String, List<String>> headers)
    implements RequestHead {
  private static final int MAX_HEADERS = 100;

  /** Reads the parameters of a question; where a destination has a path, that counts. */
  static AskedRequest of(Request request) throws ProblemException {
    String method = request.parameter("method", "GET");
    if (!method.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}")) {
      throw bad("method", method, "a method such as GET");
    }
    String destination = request.parameter("destination", "");
    String expected = "a host, or a URL such as http://orders:8080/7";
    URI uri;
    try {
      uri =
          new URI(
              destination.contains("://") || destination.isEmpty()
                  ? destination
                  : "http://" + destination);
    } catch (URISyntaxException e) {
      throw bad("destination", destination, expected);
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (uri.getHost() == null || !List.of("http", "https").contains(scheme)) {
      throw destination.isEmpty()
          ? ProblemException.of(
              ProblemException.Kind.BAD_REQUEST, Problem.missing("destination", expected))
          : bad("destination", destination, expected);
    }
    String path = uri.getRawPath();
    String query = uri.getRawQuery();
    String asked = request.parameter("path", "");
    if (!asked.isEmpty()) {
      if (!path.isEmpty() && !path.equals("/")) {
        throw bad("path", asked, "no path beside that of the destination");
      }
      if (!asked.startsWith("/") || !asked.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
        throw bad("path", asked, "a path such as /orders/7?full=true, escaped");
      }
      int mark = asked.indexOf('?');
      path = mark < 0 ? asked : asked.substring(0, mark);
      query = mark < 0 ? null : asked.substring(mark + 1);
    }
    return new AskedRequest(
        method,
        scheme,
        uri.getHost(),
        uri.getPort(),
        path.isEmpty() ? "/" : path,
        query,
        headers(request.parameter("header", "")));
  }

  /** Header fields, one a line. */
  private static Map<String, List<String>> headers(String lines) throws ProblemException {
    Map<String, List<String>> headers = new LinkedHashMap<>();
    int n = 0;
    for (String line : lines.split("\n")) {
      if (line.isBlank()) {
        continue;
      }
      int colon = line.indexOf(':');
      if (colon < 1 || ++n > MAX_HEADERS) {
        throw bad("header", line, "name: value, one a line, at most " + MAX_HEADERS);
      }
      headers
          .computeIfAbsent(
              line.substring(0, colon).strip().toLowerCase(Locale.ROOT), name -> new ArrayList<>())
          .add(line.substring(colon + 1).strip());
    }
    return headers;
  }

  private static ProblemException bad(String name, String value, String expected) {
    return ProblemException.of(
        ProblemException.Kind.BAD_REQUEST, Problem.wrong(name, value, expected));
  }

  @Override
  public List<String> header(String name) {
    List<String> values = headers.get(name);
    if (values != null) {
      return values;
    }
    return name.equals("host") ? List.of(port == -1 ? host : host + ":" + port) : List.of();
  }

  @Override
  public boolean replayable() {
    return true;
  }
}
