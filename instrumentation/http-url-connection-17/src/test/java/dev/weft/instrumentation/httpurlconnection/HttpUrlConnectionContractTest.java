package dev.weft.instrumentation.httpurlconnection;

import dev.weft.testkit.KitOptions;
import dev.weft.testkit.client.AbstractHttpClientTest;
import dev.weft.testkit.client.Ask;
import dev.weft.testkit.client.BigTransfer;
import dev.weft.testkit.client.ClientCapability;
import dev.weft.testkit.client.Pending;
import dev.weft.testkit.client.Reply;
import dev.weft.tooling.WeftModule;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.HttpsURLConnection;

/** The contract. */
class HttpUrlConnectionContractTest extends AbstractHttpClientTest {
  @Override
  protected WeftModule module() {
    return new HttpUrlConnectionModule();
  }

  @Override
  public KitOptions<ClientCapability> options() {
    return KitOptions.of("http-url-connection", ClientCapability.class)
        .cannot(ClientCapability.HTTP_2, "the client speaks HTTP/1.1 only")
        .cannot(
            ClientCapability.CANCEL_BETWEEN_ATTEMPTS,
            "a caller that waits does not hear `disconnect()`; it does hear an interrupt")
        .cannot(ClientCapability.HOLD_NO_THREAD, "a call of this client holds its thread anyway")
        .cannot(ClientCapability.DEADLINE, "the client has none")
        .cannot(ClientCapability.MIRROR, "the client sends nothing beside a call")
        .cannot(
            ClientCapability.REFUSE_HTTPS,
            "an `UnknownHostException`, whose message ends in `[weft: 403 …]`");
  }

  @Override
  public Class<? extends BigTransfer.Client> bigClient() {
    return BigBodies.class;
  }

  private static HttpURLConnection open(Ask ask) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(ask.url()).toURL().openConnection();
    connection.setRequestMethod(ask.method());
    if (ask.connectTimeout() != null) {
      connection.setConnectTimeout((int) ask.connectTimeout().toMillis());
    }
    for (String[] header : ask.headers()) {
      connection.addRequestProperty(header[0], header[1]);
    }
    return connection;
  }

  private static Reply exchange(Ask ask, HttpURLConnection connection) throws IOException {
    byte[] body = ask.body();
    if (body != null) {
      connection.setDoOutput(true);
      if (ask.isStreamed()) {
        connection.setChunkedStreamingMode(0);
      }
      try (OutputStream out = connection.getOutputStream()) {
        out.write(body);
      }
    }
    int status = connection.getResponseCode();
    Map<String, List<String>> headers = new HashMap<>();
    connection
        .getHeaderFields()
        .forEach(
            (name, values) -> {
              if (name != null) {
                values.forEach(value -> Reply.add(headers, name, value));
              }
            });
    String text;
    try (InputStream in =
        status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      text = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    return new Reply(
        status,
        headers,
        text,
        connection.getURL().toString(),
        connection instanceof HttpsURLConnection);
  }

  @Override
  public Reply send(Ask ask) throws Exception {
    return exchange(ask, open(ask));
  }

  @Override
  public Pending start(Ask ask) throws Exception {
    HttpURLConnection connection = open(ask);
    return Pending.elsewhere(() -> exchange(ask, connection), connection::disconnect);
  }
}
