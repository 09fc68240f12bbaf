package dev.weft.runtime;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Something that is so from some moment on. Any thread may wait for that, or have itself told. */
public final class Signal {
  private final CountDownLatch latch = new CountDownLatch(1);

  /** Guarded by itself. */
  private final Set<Runnable> listeners = Collections.newSetFromMap(new IdentityHashMap<>());

  /** It is so. Tells those that listen, on this thread. */
  void set() {
    if (isSet()) {
      return;
    }
    Runnable[] told;
    synchronized (listeners) {
      latch.countDown();
      told = listeners.toArray(new Runnable[0]);
      listeners.clear();
    }
    for (Runnable each : told) {
      each.run();
    }
  }

  public boolean isSet() {
    return latch.getCount() == 0;
  }

  /**
   * @param nanos at most; 0 or less: not at all
   */
  boolean await(long nanos) throws InterruptedException {
    return latch.await(nanos, TimeUnit.NANOSECONDS);
  }

  /**
   * Has itself told, once, until it is {@link #forget forgotten}.
   *
   * @param listener must be quick and must not throw
   * @return false if it is so already, and nobody is told
   */
  public boolean listen(Runnable listener) {
    synchronized (listeners) {
      return !isSet() && listeners.add(listener);
    }
  }

  public void forget(Runnable listener) {
    synchronized (listeners) {
      listeners.remove(listener);
    }
  }
}
