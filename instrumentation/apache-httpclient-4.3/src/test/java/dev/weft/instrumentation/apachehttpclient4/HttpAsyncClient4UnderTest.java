package dev.weft.instrumentation.apachehttpclient4;

import dev.weft.testkit.Await;
import dev.weft.testkit.client.Ask;
import dev.weft.testkit.client.ClientUnderTest;
import dev.weft.testkit.client.Pending;
import dev.weft.testkit.client.Reply;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.http.Header;
import org.apache.http.HttpResponse;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.impl.nio.client.CloseableHttpAsyncClient;
import org.apache.http.impl.nio.client.HttpAsyncClients;
import org.apache.http.impl.nio.conn.PoolingNHttpClientConnectionManager;
import org.apache.http.impl.nio.reactor.DefaultConnectingIOReactor;
import org.apache.http.nio.reactor.IOReactorException;
import org.apache.http.util.EntityUtils;

/** What an application does with the library; loaded beside each version. */
public final class HttpAsyncClient4UnderTest implements ClientUnderTest {
  private final PoolingNHttpClientConnectionManager pool;
  private final CloseableHttpAsyncClient client;

  /** Made by reflection. */
  public HttpAsyncClient4UnderTest() throws IOReactorException {
    pool = new PoolingNHttpClientConnectionManager(new DefaultConnectingIOReactor());
    client = HttpAsyncClients.custom().setConnectionManager(pool).build();
    client.start();
  }

  /** The library may answer before it gives the connection back. */
  @Override
  public Reply send(Ask ask) throws Exception {
    Reply reply = start(ask).await();
    Await.until("the connection is in the pool", () -> pool.getTotalStats().getLeased() == 0);
    return reply;
  }

  @Override
  public Pending start(Ask ask) {
    HttpClientContext context = HttpClientContext.create();
    return new Running(
        ask, client.execute(HttpClient4UnderTest.request(ask), context, null), context);
  }

  private record Running(Ask ask, Future<HttpResponse> future, HttpClientContext context)
      implements Pending {
    @Override
    public Reply await() throws Exception {
      HttpResponse response;
      try {
        response = future.get();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof Exception cause ? cause : e;
      }
      Map<String, List<String>> headers = new HashMap<>();
      for (Header header : response.getAllHeaders()) {
        Reply.add(headers, header.getName(), header.getValue());
      }
      String text = response.getEntity() == null ? "" : EntityUtils.toString(response.getEntity());
      List<URI> legs = context.getRedirectLocations();
      String uri =
          legs == null || legs.isEmpty() ? ask.url() : legs.get(legs.size() - 1).toString();
      boolean secure = context.getUserToken() != null;
      return new Reply(response.getStatusLine().getStatusCode(), headers, text, uri, secure);
    }

    @Override
    public void cancel() {
      future.cancel(true);
    }
  }
}
