package dev.weft.instrumentation.javahttpclient.inside;

import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a response that nobody gets, so that its connection can be used again; but not
 * more than is worth a connection: beyond that the exchange is cut off.
 */
final class Discard<T> implements HttpResponse.BodySubscriber<T> {
  private static final int LIMIT = 16 * 1024;

  private final CompletableFuture<@Nullable T> over = new CompletableFuture<>();
  private Flow.@Nullable Subscription subscription;
  private int left = LIMIT;

  @Override
  @SuppressWarnings("unchecked")
  public CompletionStage<T> getBody() {
    return (CompletionStage<T>) over;
  }

  @Override
  public void onSubscribe(Flow.Subscription from) {
    subscription = from;
    from.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    for (ByteBuffer buffer : buffers) {
      left -= buffer.remaining();
    }
    if (left < 0 && subscription != null) {
      subscription.cancel();
      over.complete(null);
    }
  }

  @Override
  public void onError(Throwable error) {
    over.complete(null);
  }

  @Override
  public void onComplete() {
    over.complete(null);
  }
}
