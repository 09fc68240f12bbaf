package dev.weft.instrumentation.javahttpclient;

import dev.weft.testkit.client.Ask;
import dev.weft.testkit.client.ClientOptions;
import dev.weft.testkit.client.HttpClientContract;
import dev.weft.testkit.client.Reply;
import dev.weft.tooling.WeftModule;
import java.io.ByteArrayInputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** The contract, by the asynchronous way and the blocking one in turn. */
class JavaHttpClientTest extends HttpClientContract {
  private final HttpClient client =
      HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();

  @Override
  protected WeftModule module() {
    return new JavaHttpClientModule();
  }

  @Override
  protected ClientOptions options() {
    return new ClientOptions(false, true, true, true, true, false, true, false, false);
  }

  private static HttpRequest request(Ask ask) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(ask.url()))
            .version(ask.isHttp2() ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1);
    byte[] body = ask.body();
    request.method(
        ask.method(),
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : ask.isStreamed()
                ? HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))
                : HttpRequest.BodyPublishers.ofByteArray(body));
    for (String[] header : ask.headers()) {
      request.header(header[0], header[1]);
    }
    if (ask.timeout() != null) {
      request.timeout(ask.timeout());
    }
    return request.build();
  }

  private static Reply reply(HttpResponse<String> response) {
    Map<String, List<String>> headers = new HashMap<>();
    response.headers().map().forEach((name, values) -> headers.put(name.toLowerCase(java.util.Locale.ROOT), values));
    return new Reply(
        response.statusCode(),
        headers,
        response.body(),
        response.uri().toString(),
        response.sslSession().isPresent());
  }

  @Override
  protected Reply send(Ask ask) throws Exception {
    return reply(client.send(request(ask), HttpResponse.BodyHandlers.ofString()));
  }

  @Override
  protected Pending start(Ask ask) {
    CompletableFuture<HttpResponse<String>> future =
        client.sendAsync(request(ask), HttpResponse.BodyHandlers.ofString());
    return new Pending() {
      @Override
      public Reply await() throws Exception {
        try {
          return reply(future.get());
        } catch (ExecutionException e) {
          throw e.getCause() instanceof Exception cause ? cause : e;
        }
      }

      @Override
      public void cancel() {
        future.cancel(true);
      }
    };
  }
}
