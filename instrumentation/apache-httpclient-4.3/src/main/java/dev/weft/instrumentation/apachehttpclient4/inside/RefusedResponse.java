package dev.weft.instrumentation.apachehttpclient4.inside;

import dev.weft.bridge.Refusal;
import org.apache.http.HttpHeaders;
import org.apache.http.HttpVersion;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.entity.ByteArrayEntity;
import org.apache.http.impl.EnglishReasonPhraseCatalog;
import org.apache.http.message.BasicHttpResponse;

/** An answer of the mesh as if it had come over a connection. */
final class RefusedResponse extends BasicHttpResponse implements CloseableHttpResponse {
  RefusedResponse(Refusal refusal, String method) {
    super(
        HttpVersion.HTTP_1_1,
        refusal.status(),
        EnglishReasonPhraseCatalog.INSTANCE.getReason(refusal.status(), null));
    String[] headers = refusal.headers();
    for (int i = 0; i < headers.length; i += 2) {
      addHeader(headers[i], headers[i + 1]);
    }
    byte[] body = refusal.body();
    addHeader(HttpHeaders.CONTENT_LENGTH, String.valueOf(body.length));
    if (!"HEAD".equals(method)) {
      ByteArrayEntity entity = new ByteArrayEntity(body);
      entity.setContentType(getFirstHeader(HttpHeaders.CONTENT_TYPE));
      setEntity(entity);
    }
  }

  @Override
  public void close() {}
}
