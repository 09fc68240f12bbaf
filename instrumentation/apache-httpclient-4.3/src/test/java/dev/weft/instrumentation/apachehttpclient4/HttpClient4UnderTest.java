package dev.weft.instrumentation.apachehttpclient4;

import dev.weft.testkit.client.Ask;
import dev.weft.testkit.client.ClientUnderTest;
import dev.weft.testkit.client.Pending;
import dev.weft.testkit.client.Reply;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.http.Header;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpRequestBase;
import org.apache.http.client.methods.RequestBuilder;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.entity.ByteArrayEntity;
import org.apache.http.entity.InputStreamEntity;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.util.EntityUtils;

/** What an application does with the library; loaded beside each version. */
public final class HttpClient4UnderTest implements ClientUnderTest {
  private final CloseableHttpClient client = HttpClients.createDefault();

  /** Made by reflection. */
  public HttpClient4UnderTest() {}

  static HttpRequestBase request(Ask ask) {
    RequestBuilder request = RequestBuilder.create(ask.method()).setUri(URI.create(ask.url()));
    for (String[] header : ask.headers()) {
      request.addHeader(header[0], header[1]);
    }
    byte[] body = ask.body();
    if (body != null) {
      request.setEntity(
          ask.isStreamed()
              ? new InputStreamEntity(new ByteArrayInputStream(body))
              : new ByteArrayEntity(body));
    }
    if (ask.connectTimeout() != null) {
      request.setConfig(
          RequestConfig.custom().setConnectTimeout((int) ask.connectTimeout().toMillis()).build());
    }
    return (HttpRequestBase) request.build();
  }

  private Reply exchange(Ask ask, HttpRequestBase request) throws Exception {
    HttpClientContext context = HttpClientContext.create();
    try (CloseableHttpResponse response = client.execute(request, context)) {
      Map<String, List<String>> headers = new HashMap<>();
      for (Header header : response.getAllHeaders()) {
        Reply.add(headers, header.getName(), header.getValue());
      }
      String text = response.getEntity() == null ? "" : EntityUtils.toString(response.getEntity());
      List<URI> legs = context.getRedirectLocations();
      String uri =
          legs == null || legs.size() == 0 ? ask.url() : legs.get(legs.size() - 1).toString();
      boolean secure = context.getUserToken() != null;
      return new Reply(response.getStatusLine().getStatusCode(), headers, text, uri, secure);
    }
  }

  @Override
  public Reply send(Ask ask) throws Exception {
    return exchange(ask, request(ask));
  }

  @Override
  public Pending start(Ask ask) {
    HttpRequestBase request = request(ask);
    return Pending.elsewhere(() -> exchange(ask, request), request::abort);
  }
}
