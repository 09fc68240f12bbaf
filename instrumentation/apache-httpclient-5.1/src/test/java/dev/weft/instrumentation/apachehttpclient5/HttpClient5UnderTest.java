package dev.weft.instrumentation.apachehttpclient5;

import dev.weft.testkit.client.Ask;
import dev.weft.testkit.client.ClientUnderTest;
import dev.weft.testkit.client.Pending;
import dev.weft.testkit.client.Reply;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.CloseableHttpResponse;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.protocol.RedirectLocations;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.util.Timeout;

/** What an application does with the library; loaded beside each version. */
public final class HttpClient5UnderTest implements ClientUnderTest {
  private final CloseableHttpClient client = HttpClients.createDefault();

  /** Made by reflection. */
  public HttpClient5UnderTest() {}

  private static HttpUriRequestBase request(Ask ask) {
    HttpUriRequestBase request = new HttpUriRequestBase(ask.method(), URI.create(ask.url()));
    for (String[] header : ask.headers()) {
      request.addHeader(header[0], header[1]);
    }
    byte[] body = ask.body();
    if (body != null) {
      request.setEntity(
          ask.isStreamed()
              ? new InputStreamEntity(new ByteArrayInputStream(body), -1, null)
              : new ByteArrayEntity(body, null));
    }
    if (ask.connectTimeout() != null) {
      request.setConfig(
          RequestConfig.custom()
              .setConnectTimeout(Timeout.ofMilliseconds(ask.connectTimeout().toMillis()))
              .build());
    }
    return request;
  }

  private Reply exchange(Ask ask, HttpUriRequestBase request) throws Exception {
    HttpClientContext context = HttpClientContext.create();
    try (CloseableHttpResponse response = client.execute(request, context)) {
      Map<String, List<String>> headers = new HashMap<>();
      for (Header header : response.getHeaders()) {
        Reply.add(headers, header.getName(), header.getValue());
      }
      String text = response.getEntity() == null ? "" : EntityUtils.toString(response.getEntity());
      RedirectLocations legs = context.getRedirectLocations();
      String uri =
          legs == null || legs.size() == 0 ? ask.url() : legs.get(legs.size() - 1).toString();
      boolean secure = context.getSSLSession() != null || context.getUserToken() != null;
      return new Reply(response.getCode(), headers, text, uri, secure);
    }
  }

  @Override
  public Reply send(Ask ask) throws Exception {
    return exchange(ask, request(ask));
  }

  @Override
  public Pending start(Ask ask) {
    HttpUriRequestBase request = request(ask);
    return Pending.elsewhere(() -> exchange(ask, request), request::cancel);
  }
}
