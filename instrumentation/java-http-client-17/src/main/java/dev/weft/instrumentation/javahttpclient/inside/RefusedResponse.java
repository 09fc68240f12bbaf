package dev.weft.instrumentation.javahttpclient.inside;

import dev.weft.bridge.Refusal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A decision of the mesh as a response of this client, its body read by the application's handler.
 */
public final class RefusedResponse<T> implements HttpResponse<T> {
  private final HttpRequest request;
  private final @Nullable HttpResponse<T> previous;
  private final Info info;
  private final CompletableFuture<HttpResponse<T>> future;
  private volatile @Nullable T body;

  /**
   * @param previous the response that led here; null if none did
   */
  RefusedResponse(
      HttpRequest request,
      BodyHandler<T> handler,
      Refusal refusal,
      @Nullable HttpResponse<T> previous) {
    this.request = request;
    this.previous = previous;
    byte[] bytes = refusal.body();
    Map<String, List<String>> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    String[] headers = refusal.headers();
    for (int i = 0; i < headers.length; i += 2) {
      fields.put(headers[i], List.of(headers[i + 1]));
    }
    fields.put("Content-Length", List.of(Integer.toString(bytes.length)));
    this.info =
        new Info(
            refusal.status(),
            HttpHeaders.of(fields, (name, value) -> true),
            HttpClient.Version.HTTP_1_1);
    BodySubscriber<T> subscriber = handler.apply(info);
    subscriber.onSubscribe(new OneBuffer(subscriber, ByteBuffer.wrap(bytes)));
    this.future =
        subscriber
            .getBody()
            .<HttpResponse<T>>thenApply(
                read -> {
                  body = read;
                  return this;
                })
            .toCompletableFuture();
  }

  public CompletableFuture<HttpResponse<T>> future() {
    return future;
  }

  @Override
  public int statusCode() {
    return info.statusCode();
  }

  @Override
  public HttpRequest request() {
    return request;
  }

  @Override
  public Optional<HttpResponse<T>> previousResponse() {
    return Optional.ofNullable(previous);
  }

  @Override
  public HttpHeaders headers() {
    return info.headers();
  }

  @Override
  @SuppressWarnings("NullAway") // a body may be null, such as that of BodyHandlers.discarding()
  public T body() {
    return body;
  }

  @Override
  public Optional<SSLSession> sslSession() {
    return Optional.empty();
  }

  @Override
  public URI uri() {
    return request.uri();
  }

  @Override
  public HttpClient.Version version() {
    return info.version();
  }

  @Override
  public String toString() {
    return "(" + request.method() + " " + uri() + ") " + statusCode();
  }

  /** What the handler is told. */
  static final class Info implements ResponseInfo {
    private final int status;
    private final HttpHeaders headers;
    private final HttpClient.Version version;

    Info(int status, HttpHeaders headers, HttpClient.Version version) {
      this.status = status;
      this.headers = headers;
      this.version = version;
    }

    @Override
    public int statusCode() {
      return status;
    }

    @Override
    public HttpHeaders headers() {
      return headers;
    }

    @Override
    public HttpClient.Version version() {
      return version;
    }
  }

  /** Delivers the body on the first demand. */
  static final class OneBuffer implements Flow.Subscription {
    private final Flow.Subscriber<List<ByteBuffer>> subscriber;
    private @Nullable ByteBuffer left;

    OneBuffer(Flow.Subscriber<List<ByteBuffer>> subscriber, ByteBuffer body) {
      this.subscriber = subscriber;
      this.left = body;
    }

    @Override
    public void request(long n) {
      ByteBuffer body = left;
      if (body == null) {
        return;
      }
      left = null;
      if (n <= 0) {
        subscriber.onError(new IllegalArgumentException("demand: " + n + " (expected: > 0)"));
        return;
      }
      subscriber.onNext(List.of(body));
      subscriber.onComplete();
    }

    @Override
    public void cancel() {
      left = null;
    }
  }
}
