package dev.weft.instrumentation.apachehttpclient5;

import dev.weft.testkit.client.BigTransfer;
import dev.weft.tooling.WeftModule;
import java.net.URI;
import java.nio.ByteBuffer;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.Message;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.nio.entity.AbstractBinAsyncEntityConsumer;
import org.apache.hc.core5.http.nio.support.BasicRequestProducer;
import org.apache.hc.core5.http.nio.support.BasicResponseConsumer;

/** Bodies that do not fit into the heap. */
public final class AsyncBigBodies implements BigTransfer.Client {
  @Override
  public WeftModule module() {
    return new ApacheHttpClient5AsyncModule();
  }

  @Override
  public long post(String url, long size) throws Exception {
    try (CloseableHttpAsyncClient client = HttpAsyncClients.createDefault()) {
      client.start();
      Message<HttpResponse, Long> got =
          client
              .execute(
                  new BasicRequestProducer(
                      new BasicHttpRequest("POST", URI.create(url)),
                      new Streamed(BigTransfer.zeros(size), size)),
                  new BasicResponseConsumer<>(new Counter()),
                  null)
              .get();
      return got.getBody();
    }
  }

  private static final class Counter extends AbstractBinAsyncEntityConsumer<Long> {
    private long count;

    @Override
    protected void streamStart(ContentType contentType) {}

    @Override
    protected int capacityIncrement() {
      return 64 * 1024;
    }

    @Override
    protected void data(ByteBuffer src, boolean endOfStream) {
      count += src.remaining();
      src.position(src.limit());
    }

    @Override
    protected Long generateContent() {
      return count;
    }

    @Override
    public void releaseResources() {}
  }
}
