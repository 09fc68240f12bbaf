package dev.weft.instrumentation.apachehttpclient5;

import dev.weft.testkit.client.BigTransfer;
import dev.weft.tooling.WeftModule;
import java.io.InputStream;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;

/** Bodies that do not fit into the heap. */
public final class BigBodies implements BigTransfer.Client {
  @Override
  public WeftModule module() {
    return new ApacheHttpClient5Module();
  }

  @Override
  public long post(String url, long size) throws Exception {
    HttpPost request = new HttpPost(url);
    request.setEntity(new InputStreamEntity(BigTransfer.zeros(size), size, null));
    try (CloseableHttpClient client = HttpClients.createDefault()) {
      return client.execute(
          request,
          response -> {
            try (InputStream answer = response.getEntity().getContent()) {
              return BigTransfer.count(answer);
            }
          });
    }
  }
}
