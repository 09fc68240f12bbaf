package dev.weft.instrumentation.javahttpclient.inside;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What the application gets for a call of the mesh. As with the client's own futures, cancelling it
 * with {@code true}, or any future derived from it, cancels the exchange.
 */
public final class DrivenFuture<T> extends CompletableFuture<T> {
  private final Sender<?> sender;
  private @Nullable Throwable thrown;

  DrivenFuture(Sender<?> sender) {
    this.sender = sender;
  }

  /** What the client threw at once, instead of giving a future; null if it gave one. */
  public @Nullable Throwable thrown() {
    return thrown;
  }

  void thrown(Throwable error) {
    thrown = error;
  }

  @Override
  public boolean cancel(boolean mayInterrupt) {
    boolean open = !isDone();
    boolean cancelled = super.cancel(mayInterrupt);
    if (mayInterrupt && open) {
      sender.hangUp();
    }
    return cancelled;
  }

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new DrivenFuture<>(sender);
  }
}
