package dev.weft.instrumentation.apachehttpclient4;

import dev.weft.testkit.client.BigTransfer;
import dev.weft.tooling.WeftModule;
import java.io.InputStream;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.entity.InputStreamEntity;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClients;

/** Bodies that do not fit into the heap. */
public final class BigBodies implements BigTransfer.Client {
  @Override
  public WeftModule module() {
    return new ApacheHttpClient4Module();
  }

  @Override
  public long post(String url, long size) throws Exception {
    HttpPost request = new HttpPost(url);
    request.setEntity(new InputStreamEntity(BigTransfer.zeros(size), size));
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
