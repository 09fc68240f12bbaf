package dev.weft.systemtests;

import dev.weft.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The admin API, over plain HTTP. */
final class Admin {
  /** An answer; {@link #tree} is its JSON. */
  record Reply(int status, String type, String etag, String body) {
    @SuppressWarnings("unchecked")
    Map<String, Object> tree() {
      try {
        Object value = Json.parse(body.getBytes(StandardCharsets.UTF_8));
        return value == null ? Map.of() : (Map<String, Object>) value;
      } catch (IOException e) {
        throw new AssertionError("no JSON: " + body, e);
      }
    }

    @SuppressWarnings("unchecked")
    List<Map<String, Object>> items() {
      return (List<Map<String, Object>>) tree().getOrDefault("items", List.of());
    }

    /** The errors of a problem. */
    @SuppressWarnings("unchecked")
    List<Map<String, Object>> errors() {
      return (List<Map<String, Object>>) tree().getOrDefault("errors", List.of());
    }
  }

  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final String address;
  private final String token;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  Admin(String address, String token) {
    this.address = address;
    this.token = token;
  }

  Reply get(String path) {
    return send("GET", path, "", Map.of());
  }

  /** Applies YAML. */
  Reply apply(String yaml) {
    return send("POST", "/api/v1/apply", yaml, Map.of("Content-Type", "application/yaml"));
  }

  Reply send(String method, String path, String body, Map<String, String> headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://" + address + path))
            .timeout(TIMEOUT)
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    all.put("Authorization", "Bearer " + token);
    all.putAll(headers);
    all.forEach(request::header);
    try {
      HttpResponse<String> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new Reply(
          response.statusCode(),
          response.headers().firstValue("content-type").orElse(""),
          response.headers().firstValue("etag").orElse(""),
          response.body());
    } catch (IOException e) {
      throw new AssertionError(method + " " + path + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** States of the instances of a service of the default namespace. */
  List<String> states(String service) {
    return get("/api/v1/instances?service=" + service).items().stream()
        .map(instance -> String.valueOf(instance.get("state")))
        .toList();
  }

  long revision() {
    Object revision = get("/readyz").tree().get("revision");
    return revision instanceof Long number ? number : -1;
  }
}
