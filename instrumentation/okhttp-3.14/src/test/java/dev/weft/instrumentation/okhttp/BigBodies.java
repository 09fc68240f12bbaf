package dev.weft.instrumentation.okhttp;

import dev.weft.testkit.LibraryLoader;
import dev.weft.testkit.client.BigTransfer;
import dev.weft.tooling.WeftModule;
import java.io.IOException;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import okio.Okio;

/** Bodies that do not fit into the heap. */
public final class BigBodies implements BigTransfer.Client {
  @Override
  public WeftModule module() {
    return new OkHttpModule();
  }

  @Override
  public long post(String url, long size) throws Exception {
    return LibraryLoader.make(OkHttps.NEWEST, BigTransfer.Client.class, Application.class)
        .post(url, size);
  }

  /** What sends and reads, in the loader of the library. */
  public static final class Application implements BigTransfer.Client {
    @Override
    public WeftModule module() {
      throw new UnsupportedOperationException();
    }

    @Override
    public long post(String url, long size) throws IOException {
      Request request = new Request.Builder().url(url).post(new Zeros(size)).build();
      try (Response response = new OkHttpClient().newCall(request).execute()) {
        return BigTransfer.count(response.body().byteStream());
      }
    }
  }

  private static final class Zeros extends RequestBody {
    private final long size;

    Zeros(long size) {
      this.size = size;
    }

    @Override
    public MediaType contentType() {
      return null;
    }

    @Override
    public long contentLength() {
      return size;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      sink.writeAll(Okio.source(BigTransfer.zeros(size)));
    }
  }
}
