package dev.weft.instrumentation.okhttp;

import dev.weft.testkit.client.Ask;
import dev.weft.testkit.client.ClientUnderTest;
import dev.weft.testkit.client.Pending;
import dev.weft.testkit.client.Reply;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;

/** An application with this library: one client, blocking and with callbacks in turn. */
public final class OkHttpUser implements ClientUnderTest {
  private final OkHttpClient client = new OkHttpClient();
  private final AtomicInteger turns = new AtomicInteger();

  private Call call(Ask ask) {
    OkHttpClient.Builder with =
        client
            .newBuilder()
            .protocols(
                ask.isHttp2()
                    ? List.of(Protocol.HTTP_2, Protocol.HTTP_1_1)
                    : List.of(Protocol.HTTP_1_1));
    if (ask.timeout() != null) {
      with.callTimeout(ask.timeout());
    }
    if (ask.connectTimeout() != null) {
      with.connectTimeout(ask.connectTimeout());
    }
    byte[] body = ask.body();
    Request.Builder request =
        new Request.Builder()
            .url(ask.url())
            .method(
                ask.method(),
                body == null
                    ? null
                    : ask.isStreamed() ? new Once(body) : RequestBody.create(null, body));
    for (String[] header : ask.headers()) {
      request.addHeader(header[0], header[1]);
    }
    return with.build().newCall(request.build());
  }

  /** Can be written once. */
  private static final class Once extends RequestBody {
    private final byte[] bytes;

    Once(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public MediaType contentType() {
      return null;
    }

    @Override
    public boolean isOneShot() {
      return true;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      sink.write(bytes);
    }
  }

  private static Reply reply(Response response) throws IOException {
    try (response) {
      Map<String, List<String>> headers = new HashMap<>();
      for (int i = 0; i < response.headers().size(); i++) {
        Reply.add(headers, response.headers().name(i), response.headers().value(i));
      }
      return new Reply(
          response.code(),
          headers,
          response.body().string(),
          response.request().url().toString(),
          response.handshake() != null);
    }
  }

  @Override
  public Reply send(Ask ask) throws Exception {
    return turns.getAndIncrement() % 2 == 0 ? reply(call(ask).execute()) : start(ask).await();
  }

  @Override
  public Pending start(Ask ask) {
    Call call = call(ask);
    CompletableFuture<Reply> replied = new CompletableFuture<>();
    call.enqueue(
        new Callback() {
          @Override
          public void onResponse(Call called, Response response) {
            try {
              replied.complete(reply(response));
            } catch (IOException e) {
              replied.completeExceptionally(e);
            }
          }

          @Override
          public void onFailure(Call called, IOException e) {
            replied.completeExceptionally(e);
          }
        });
    return Pending.of(replied, got -> got, call::cancel);
  }
}
