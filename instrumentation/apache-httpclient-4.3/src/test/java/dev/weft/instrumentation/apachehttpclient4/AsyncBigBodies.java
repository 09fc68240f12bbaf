package dev.weft.instrumentation.apachehttpclient4;

import dev.weft.testkit.client.BigTransfer;
import dev.weft.tooling.WeftModule;
import java.nio.ByteBuffer;
import org.apache.http.HttpResponse;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.entity.ContentType;
import org.apache.http.entity.InputStreamEntity;
import org.apache.http.impl.nio.client.CloseableHttpAsyncClient;
import org.apache.http.impl.nio.client.HttpAsyncClients;
import org.apache.http.nio.IOControl;
import org.apache.http.nio.client.methods.AsyncByteConsumer;
import org.apache.http.nio.client.methods.HttpAsyncMethods;
import org.apache.http.protocol.HttpContext;

/** Bodies that do not fit into the heap. */
public final class AsyncBigBodies implements BigTransfer.Client {
  @Override
  public WeftModule module() {
    return new ApacheHttpAsyncClient4Module();
  }

  @Override
  public long post(String url, long size) throws Exception {
    HttpPost request = new HttpPost(url);
    request.setEntity(
        new InputStreamEntity(BigTransfer.zeros(size), size, ContentType.APPLICATION_OCTET_STREAM));
    try (CloseableHttpAsyncClient client = HttpAsyncClients.createDefault()) {
      client.start();
      return client.execute(HttpAsyncMethods.create(request), new Counter(), null).get();
    }
  }

  private static final class Counter extends AsyncByteConsumer<Long> {
    private long count;

    @Override
    protected void onResponseReceived(HttpResponse response) {}

    @Override
    protected void onByteReceived(ByteBuffer bytes, IOControl control) {
      count += bytes.remaining();
    }

    @Override
    protected Long buildResult(HttpContext context) {
      return count;
    }
  }
}
