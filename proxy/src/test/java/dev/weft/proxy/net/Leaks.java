package dev.weft.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Buffers that nobody has released. Every one of this JVM is watched. */
final class Leaks {
  private final Queue<String> found = new ConcurrentLinkedQueue<>();

  private Leaks() {}

  /** Has to be called before the first buffer is made. */
  static Leaks watch() {
    Leaks leaks = new Leaks();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(
        new ResourceLeakDetectorFactory() {
          @Override
          @SuppressWarnings("deprecation") // it is what has to be overridden
          public <T> ResourceLeakDetector<T> newResourceLeakDetector(
              Class<T> resource, int interval, long maxActive) {
            return leaks.new Detector<>(resource, interval);
          }
        });
    return leaks;
  }

  /** Fails if a buffer has been forgotten. */
  void assertNone() {
    // Found when collected, and told when the next buffer is made.
    System.gc();
    ByteBuf one = ByteBufAllocator.DEFAULT.buffer(16);
    one.release();
    if (!found.isEmpty()) {
      String first = found.element();
      found.clear();
      throw new AssertionError("a buffer was not released: " + first);
    }
  }

  private final class Detector<T> extends ResourceLeakDetector<T> {
    Detector(Class<T> resource, int interval) {
      super(resource, interval);
    }

    @Override
    protected boolean needReport() {
      return true;
    }

    @Override
    protected void reportTracedLeak(String type, String records) {
      found.add(type + records);
    }

    @Override
    protected void reportUntracedLeak(String type) {
      found.add(type);
    }
  }
}
