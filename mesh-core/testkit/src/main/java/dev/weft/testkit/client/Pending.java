package dev.weft.testkit.client;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.Function;

/** A call under way. */
public interface Pending {
  /** Waits for the end. */
  Reply await() throws Exception;

  /** Gives up. */
  void cancel();

  /** A call that ends when {@code answer} does. */
  static <T> Pending of(Future<T> answer, Function<T, Reply> reply, Runnable cancel) {
    return new Pending() {
      @Override
      public Reply await() throws Exception {
        try {
          return reply.apply(answer.get());
        } catch (ExecutionException e) {
          throw e.getCause() instanceof Exception cause ? cause : e;
        }
      }

      @Override
      public void cancel() {
        cancel.run();
      }
    };
  }

  /** A call that blocks, made on another thread. */
  static Pending elsewhere(Callable<Reply> call, Runnable cancel) {
    FutureTask<Reply> reply = new FutureTask<>(call);
    Thread thread = new Thread(reply, "caller");
    thread.setDaemon(true);
    thread.start();
    return of(reply, got -> got, cancel);
  }
}
