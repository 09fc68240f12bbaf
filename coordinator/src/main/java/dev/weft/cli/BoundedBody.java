package dev.weft.cli;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** A body that fits into the heap, whoever sends it. */
final class BoundedBody implements HttpResponse.BodySubscriber<byte[]> {
  private final HttpResponse.BodySubscriber<byte[]> bytes =
      HttpResponse.BodySubscribers.ofByteArray();
  private final long most;
  private long received;
  private Flow.@Nullable Subscription subscription;

  /**
   * @param most in bytes
   */
  BoundedBody(long most) {
    this.most = most;
  }

  @Override
  public void onSubscribe(Flow.Subscription from) {
    subscription = from;
    bytes.onSubscribe(from);
  }

  @Override
  public void onNext(List<ByteBuffer> pieces) {
    if (received > most) {
      return; // what was on its way
    }
    for (ByteBuffer piece : pieces) {
      received += piece.remaining();
    }
    if (received <= most) {
      bytes.onNext(pieces);
      return;
    }
    if (subscription != null) {
      subscription.cancel();
    }
    bytes.onError(new IOException("an answer of more than " + most + " bytes"));
  }

  @Override
  public void onError(Throwable error) {
    bytes.onError(error);
  }

  @Override
  public void onComplete() {
    bytes.onComplete();
  }

  @Override
  public CompletionStage<byte[]> getBody() {
    return bytes.getBody();
  }
}
