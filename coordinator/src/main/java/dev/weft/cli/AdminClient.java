package dev.weft.cli;

import dev.weft.coordinator.admin.AdminProof;
import dev.weft.wire.Json;
import dev.weft.wire.WireException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Talks to the admin API. Every failure is a {@link CliException} that says what to do. */
final class AdminClient {
  /** Longest body that the API takes. */
  static final int MAX_BODY = 1 << 20;

  private static final String DEFAULT_ADDRESS = "http://127.0.0.1:7470";
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration TIMEOUT = Duration.ofSeconds(90);

  /** More than any mesh has to say. */
  private static final long MOST_BYTES = 64 << 20;

  /** Before it is known who answers. */
  private static final long MOST_BYTES_OF_A_STRANGER = 16 << 10;

  /** An answer that was a success. */
  record Answer(int status, Map<String, Object> tree, HttpResponse<byte[]> response) {
    /** A list of objects within it. */
    List<Map<String, Object>> list(String field) {
      return Trees.list(tree, field);
    }

    @Nullable String header(String name) {
      return response.headers().firstValue(name).orElse(null);
    }
  }

  /** Names what a document of the body is to whoever typed the command. */
  interface Documents {
    String name(int index);
  }

  private final Terminal terminal;
  private final String address;
  private final HttpClient client;
  private boolean proven;

  AdminClient(Terminal terminal) {
    this.terminal = terminal;
    String given = terminal.setting("weft.admin");
    this.address = given == null ? DEFAULT_ADDRESS : given.replaceAll("/+$", "");
    URI uri;
    try {
      uri = URI.create(address);
    } catch (IllegalArgumentException e) {
      throw new CliException("WEFT_ADMIN: " + address + " (expected: http://HOST:PORT)");
    }
    if (uri.getHost() == null || !List.of("http", "https").contains(uri.getScheme())) {
      throw new CliException("WEFT_ADMIN: " + address + " (expected: http://HOST:PORT)");
    }
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            // The token must not pass through whatever proxy the machine is set up with.
            .proxy(HttpClient.Builder.NO_PROXY);
    String ca = terminal.setting("weft.admin.ca");
    if (ca != null) {
      builder.sslContext(trusting(Path.of(ca)));
    }
    this.client = builder.build();
  }

  Answer get(String path) {
    return send("GET", path, null, Map.of());
  }

  Answer delete(String path) {
    return send("DELETE", path, null, Map.of());
  }

  Answer post(String path, @Nullable Object tree) {
    return post(path, tree, index -> "document " + index);
  }

  Answer post(String path, @Nullable Object tree, Documents documents) {
    byte[] body = tree == null ? null : Json.bytes(tree);
    if (body != null && body.length > MAX_BODY) {
      throw new CliException(
          "resources: " + body.length + " bytes (expected: at most " + MAX_BODY + " at once)");
    }
    return send("POST", path, body, Map.of("Content-Type", "application/json"), documents);
  }

  /** A path from its parts, each percent-encoded. */
  static String path(String... parts) {
    StringBuilder path = new StringBuilder("/api/v1");
    for (String part : parts) {
      path.append('/').append(encode(part));
    }
    return path.toString();
  }

  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private Answer send(
      String method, String path, byte @Nullable [] body, Map<String, String> headers) {
    return send(method, path, body, headers, index -> "document " + index);
  }

  private Answer send(
      String method,
      String path,
      byte @Nullable [] body,
      Map<String, String> headers,
      Documents documents) {
    String token = token();
    if (token != null) {
      requireProof(token);
    }
    HttpRequest.Builder request =
        request(path)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    if (body != null) {
      headers.forEach(request::header);
    }
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    String user = terminal.properties().getOrDefault("user.name", "");
    if (!user.isBlank()) {
      request.header("weft-author", user.replaceAll("[^A-Za-z0-9@._-]", "_"));
    }
    HttpResponse<byte[]> response = exchange(request.build(), MOST_BYTES);
    if (response.statusCode() >= 400) {
      throw refused(response, token == null, documents);
    }
    return new Answer(response.statusCode(), tree(response), response);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(address + path)).timeout(TIMEOUT);
  }

  /**
   * Sends the token to nobody who does not know it: whoever came first listens at the address. Over
   * https the certificate says who it is.
   */
  private void requireProof(String token) {
    URI uri = URI.create(address);
    if (proven || uri.getScheme().equals("https")) {
      return;
    }
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    String nonce = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    HttpResponse<byte[]> response =
        exchange(request("/api/v1/proof?nonce=" + nonce).build(), MOST_BYTES_OF_A_STRANGER);
    int port = uri.getPort() < 0 ? 80 : uri.getPort();
    proven =
        response.statusCode() == 200
            && AdminProof.of(token, port, nonce).equals(tree(response).get("proof"));
    if (!proven) {
      throw new CliException(
          "admin token: not sent to "
              + address
              + ", which does not show that it knows it: another program or user may be listening"
              + " there (expected: the coordinator whose admin-token this is; it was taken from "
              + tokenSource()
              + "; a tunnel needs the same port at both ends)");
    }
  }

  private String tokenSource() {
    return terminal.setting("weft.admin.token") != null
        ? "WEFT_ADMIN_TOKEN"
        : terminal.home().resolve("admin-token").toString();
  }

  /**
   * @param most bytes of the answer's body
   */
  private HttpResponse<byte[]> exchange(HttpRequest request, long most) {
    try {
      return client.send(request, head -> new BoundedBody(most));
    } catch (ConnectException | HttpConnectTimeoutException e) {
      throw new CliException(
          "coordinator not reachable at "
              + address
              + ": start it with `weft coordinator`, or say where it is with WEFT_ADMIN");
    } catch (SSLException e) {
      throw new CliException(
          "no TLS with "
              + address
              + ": "
              + e.getMessage()
              + " (WEFT_ADMIN_CA names the certificate to trust)");
    } catch (IOException e) {
      throw new CliException("no answer from the coordinator at " + address + ": " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException("interrupted");
    }
  }

  private CliException refused(
      HttpResponse<byte[]> response, boolean withoutToken, Documents documents) {
    if (response.statusCode() == 401) {
      Path file = terminal.home().resolve("admin-token");
      return new CliException(
          withoutToken
              ? "admin token: "
                  + file
                  + " is missing (expected: the file that `weft coordinator`"
                  + " makes there, or the token in WEFT_ADMIN_TOKEN)"
              : "admin token: refused by the coordinator at "
                  + address
                  + " (expected: the one in the file admin-token of its WEFT_HOME; it was taken from "
                  + tokenSource()
                  + ")");
    }
    Map<String, Object> problem = tree(response);
    List<String> lines = new ArrayList<>();
    List<Map<String, Object>> errors = Trees.list(problem, "errors");
    // What was typed, and no document: that is how it was called.
    boolean usage =
        response.statusCode() == 400
            && !errors.isEmpty()
            && errors.stream().noneMatch(error -> error.containsKey("document"));
    for (Map<String, Object> error : errors) {
      lines.add(told(error, documents));
    }
    if (lines.isEmpty()) {
      Object detail = problem.get("detail");
      lines.add(
          detail != null
              ? String.valueOf(detail)
              : "the coordinator at " + address + " answered " + response.statusCode());
    }
    return new CliException(lines, usage);
  }

  /** One error of an answer, as a line. */
  static String told(Map<String, Object> error, Documents documents) {
    StringBuilder line = new StringBuilder();
    if (error.get("document") instanceof Long document) {
      line.append(documents.name(document.intValue())).append(": ");
    }
    if (error.get("resource") instanceof String resource) {
      line.append(resource.replaceFirst("/", " ")).append(": ");
    }
    Object path = error.get("path");
    if (path instanceof String text && !text.isEmpty()) {
      line.append(text).append(": ");
    }
    Object value = error.get("value");
    line.append(value == null ? "missing" : value)
        .append(" (expected: ")
        .append(error.get("expected"))
        .append(')');
    return line.toString();
  }

  private @Nullable String token() {
    String given = terminal.setting("weft.admin.token");
    if (given != null) {
      return given;
    }
    Path file = terminal.home().resolve("admin-token");
    try {
      String token = Files.readString(file).strip();
      if (!token.chars().allMatch(c -> c > ' ' && c < 127)) {
        throw new CliException("admin token: " + file + " holds no token");
      }
      return token;
    } catch (NoSuchFileException e) {
      return null; // told if the coordinator is there, and asks for it
    } catch (IOException e) {
      throw new CliException("admin token: " + file + " cannot be read: " + e);
    }
  }

  private static Map<String, Object> tree(HttpResponse<byte[]> response) {
    String type = response.headers().firstValue("content-type").orElse("");
    if (response.body().length == 0 || !type.contains("json")) {
      return Map.of();
    }
    try {
      return Json.parseObject(response.body());
    } catch (WireException e) {
      throw new CliException("the answer is no JSON: " + e.getMessage());
    }
  }

  private static SSLContext trusting(Path pem) {
    try (InputStream in = Files.newInputStream(pem)) {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      int n = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("ca" + n++, certificate);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new CliException("WEFT_ADMIN_CA: " + pem + ": " + e + " (expected: certificates, PEM)");
    }
  }
}
