package programs;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A client library, as its users use it. Redirects are not followed. */
interface Library {
  /** An answer; names of fields in lower case. */
  record Answer(int status, Map<String, List<String>> fields, String body) {}

  /**
   * Sends a request.
   *
   * @param fields name, value, name, value
   * @param body empty: none
   */
  Answer send(String method, String url, List<String> fields, String body) throws Exception;

  /** {@code jdk} or {@code url}. */
  static Library named(String name) {
    return name.equals("jdk") ? httpClient() : Library::urlConnection;
  }

  private static Library httpClient() {
    HttpClient client = HttpClient.newHttpClient();
    return (method, url, fields, body) -> {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(url))
              .method(
                  method,
                  body.isEmpty()
                      ? HttpRequest.BodyPublishers.noBody()
                      : HttpRequest.BodyPublishers.ofString(body));
      for (int i = 0; i < fields.size(); i += 2) {
        request.header(fields.get(i), fields.get(i + 1));
      }
      HttpResponse<String> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new Answer(
          response.statusCode(), lowerCase(response.headers().map()), response.body());
    };
  }

  private static Answer urlConnection(String method, String url, List<String> fields, String body)
      throws Exception {
    HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setInstanceFollowRedirects(false);
    connection.setRequestMethod(method);
    for (int i = 0; i < fields.size(); i += 2) {
      connection.addRequestProperty(fields.get(i), fields.get(i + 1));
    }
    if (!body.isEmpty()) {
      connection.setDoOutput(true);
      try (OutputStream out = connection.getOutputStream()) {
        out.write(body.getBytes(StandardCharsets.UTF_8));
      }
    }
    int status = connection.getResponseCode();
    Map<String, List<String>> answered = new TreeMap<>();
    for (int i = 1; connection.getHeaderFieldKey(i) != null; i++) {
      answered
          .computeIfAbsent(
              connection.getHeaderFieldKey(i).toLowerCase(Locale.ROOT), any -> new ArrayList<>())
          .add(connection.getHeaderField(i));
    }
    try (InputStream in =
        status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      String text = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return new Answer(status, answered, text);
    }
  }

  private static Map<String, List<String>> lowerCase(Map<String, List<String>> fields) {
    Map<String, List<String>> all = new TreeMap<>();
    fields.forEach((name, values) -> all.put(name.toLowerCase(Locale.ROOT), values));
    return all;
  }
}
