package dev.weft.coordinator.admin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An admin API of its own for all tests of a class, and what they ask it with. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class AbstractAdminTest {
  static final String PA = "/api/v1/namespaces/default/peerauthentications/";

  Path directory;
  private final HttpClient client = HttpClient.newHttpClient();
  TestAdmin admin;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    this.directory = directory;
    admin = new TestAdmin(directory.resolve("home"));
  }

  @AfterAll
  void stop() throws Exception {
    admin.close();
  }

  @BeforeEach
  void clear() throws Exception {
    admin.reset();
  }

  static String yaml(String name, String mode) {
    return """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata:
          name: %s
        spec:
          mtls:
            mode: %s
        """
        .formatted(name, mode);
  }

  static String json(String name, String mode) {
    return "{\"apiVersion\":\"security.istio.io/v1\",\"kind\":\"PeerAuthentication\",\"metadata\":{"
        + "\"name\":\""
        + name
        + "\"},\"spec\":{\"mtls\":{\"mode\":\""
        + mode
        + "\"}}}";
  }

  final Answer get(String path) throws Exception {
    return send("GET", path, null, "");
  }

  final Answer post(String path, String type, String body) throws Exception {
    return send("POST", path, type, body);
  }

  final Answer send(String method, String path, String type, String body, String... headers)
      throws Exception {
    URI uri;
    if (path.contains("%zz")) {
      return raw(method + " " + path, "localhost", "Bearer " + admin.token());
    }
    uri = URI.create("http://127.0.0.1:" + admin.server.port() + path);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .header("Authorization", "Bearer " + admin.token());
    if (type != null) {
      request.header("Content-Type", type);
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpResponse<String> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    Map<String, String> first = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    response.headers().map().forEach((name, values) -> first.put(name, values.get(0)));
    return Answer.of(response.statusCode(), first, response.body());
  }

  /** Over a bare socket, for what an HTTP client does not send. */
  final Answer raw(String methodAndPath, String host, String authorization) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", admin.server.port())) {
      socket
          .getOutputStream()
          .write(
              (methodAndPath
                      + " HTTP/1.1\r\nHost: "
                      + host
                      + "\r\nConnection: close\r\n"
                      + (authorization.isEmpty() ? "" : "Authorization: " + authorization + "\r\n")
                      + "\r\n")
                  .getBytes(ISO_8859_1));
      return answer(socket.getInputStream());
    }
  }

  /** One answer with a Content-Length; the server takes its time to close the connection. */
  static Answer answer(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int b = in.read();
      assertThat(b).as("end of the connection after: " + head).isNotNegative();
      head.append((char) b);
    }
    String[] lines = head.toString().split("\r\n");
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (int i = 1; i < lines.length; i++) {
      headers.put(
          lines[i].substring(0, lines[i].indexOf(':')),
          lines[i].substring(lines[i].indexOf(':') + 1).strip());
    }
    byte[] body = in.readNBytes(Integer.parseInt(headers.get("content-length")));
    return Answer.of(Integer.parseInt(lines[0].split(" ")[1]), headers, new String(body, UTF_8));
  }
}
