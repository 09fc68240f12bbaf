package dev.weft.instrumentation.apachehttpclient5;

import dev.weft.testkit.Await;
import dev.weft.testkit.client.Ask;
import dev.weft.testkit.client.ClientUnderTest;
import dev.weft.testkit.client.Pending;
import dev.weft.testkit.client.Reply;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.hc.client5.http.async.methods.SimpleHttpResponse;
import org.apache.hc.client5.http.async.methods.SimpleResponseConsumer;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManager;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.protocol.RedirectLocations;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.nio.AsyncEntityProducer;
import org.apache.hc.core5.http.nio.entity.AsyncEntityProducers;
import org.apache.hc.core5.http.nio.support.BasicRequestProducer;
import org.apache.hc.core5.util.Timeout;

/** What an application does with the library; loaded beside each version. */
public final class AsyncHttpClient5UnderTest implements ClientUnderTest {
  private final PoolingAsyncClientConnectionManager pool =
      PoolingAsyncClientConnectionManagerBuilder.create().build();
  private final CloseableHttpAsyncClient client =
      HttpAsyncClients.custom().setConnectionManager(pool).build();

  /** Made by reflection. */
  public AsyncHttpClient5UnderTest() {
    client.start();
  }

  private static BasicRequestProducer request(Ask ask) {
    BasicHttpRequest request = new BasicHttpRequest(ask.method(), URI.create(ask.url()));
    for (String[] header : ask.headers()) {
      request.addHeader(header[0], header[1]);
    }
    byte[] body = ask.body();
    AsyncEntityProducer entity =
        body == null
            ? null
            : ask.isStreamed()
                ? new Streamed(new ByteArrayInputStream(body), -1)
                : AsyncEntityProducers.create(body, null);
    return new BasicRequestProducer(request, entity);
  }

  /** The library answers before it gives the connection back. */
  @Override
  public Reply send(Ask ask) throws Exception {
    Reply reply = start(ask).await();
    Await.until("the connection is in the pool", () -> pool.getTotalStats().getLeased() == 0);
    return reply;
  }

  @Override
  public Pending start(Ask ask) {
    HttpClientContext context = HttpClientContext.create();
    if (ask.connectTimeout() != null) {
      context.setRequestConfig(
          RequestConfig.custom()
              .setConnectTimeout(Timeout.ofMilliseconds(ask.connectTimeout().toMillis()))
              .build());
    }
    Future<SimpleHttpResponse> future =
        client.execute(request(ask), SimpleResponseConsumer.create(), context, null);
    return Pending.of(future, response -> reply(ask, response, context), () -> future.cancel(true));
  }

  private static Reply reply(Ask ask, SimpleHttpResponse response, HttpClientContext context) {
    Map<String, List<String>> headers = new HashMap<>();
    for (Header header : response.getHeaders()) {
      Reply.add(headers, header.getName(), header.getValue());
    }
    byte[] body = response.getBodyBytes();
    RedirectLocations legs = context.getRedirectLocations();
    String uri =
        legs == null || legs.size() == 0 ? ask.url() : legs.get(legs.size() - 1).toString();
    boolean secure = context.getSSLSession() != null || context.getUserToken() != null;
    return new Reply(
        response.getCode(),
        headers,
        body == null ? "" : new String(body, StandardCharsets.UTF_8),
        uri,
        secure);
  }
}
