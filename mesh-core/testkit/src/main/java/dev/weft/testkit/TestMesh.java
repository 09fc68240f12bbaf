package dev.weft.testkit;

import dev.weft.bridge.Bridge;
import dev.weft.bridge.Inbound;
import dev.weft.bridge.Listener;
import dev.weft.bridge.Mesh;
import dev.weft.bridge.Outbound;
import dev.weft.bridge.Unguarded;
import dev.weft.drive.GuardedListener;
import dev.weft.runtime.tls.MeshTls;
import java.net.InetSocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * The mesh of a process that serves as {@code orders}: real TLS, decisions made by the test. Calls
 * to others pass through unless the test says otherwise. One for the whole JVM, as in production;
 * {@link #reset} between tests.
 */
public final class TestMesh implements Mesh, Inbound {
  private static final Executor ASIDE =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "test-mesh-aside");
            thread.setDaemon(true);
            return thread;
          });

  private static final TestMesh INSTANCE = new TestMesh();

  static {
    Bridge.onFirstUse(() -> INSTANCE);
  }

  private final Queue<TestListener> listeners = new ConcurrentLinkedQueue<>();
  private final Queue<Throwable> faults = new ConcurrentLinkedQueue<>();
  private final Queue<Unguarded> unguarded = new ConcurrentLinkedQueue<>();
  private volatile @Nullable RuntimeException failOpen;
  private volatile @Nullable String floor;
  private volatile @Nullable Outbound outbound;
  private volatile @Nullable MeshTls tls;

  private TestMesh() {}

  /** The mesh behind the bridge of this JVM. */
  public static TestMesh get() {
    return INSTANCE;
  }

  /** Forgets listeners, faults, {@link #outbound} and {@link #tls}; {@link #open} works again. */
  public void reset() {
    outbound = null;
    tls = null;
    listeners.clear();
    faults.clear();
    unguarded.clear();
    failOpen = null;
    floor = null;
  }

  /** Makes {@link #open} throw this until {@link #reset}. */
  public void failOpen(RuntimeException error) {
    failOpen = error;
  }

  /** Why ports that cannot be guarded may not accept, until {@link #reset}; null: they may. */
  public void floor(@Nullable String why) {
    floor = why;
  }

  /** Ports that cannot be guarded and were reported since the last {@link #reset}. */
  public Queue<Unguarded> unguardedPorts() {
    return unguarded;
  }

  /** Who is asked about calls from now on, until {@link #reset}. */
  public void outbound(TestOutbound asked) {
    outbound = asked.driven();
  }

  /** What ports opened from now on speak, in place of {@link Identities}, until {@link #reset}. */
  public void tls(MeshTls real) {
    tls = real;
  }

  /** Errors reported by advice and adapters since the last {@link #reset}. */
  public Queue<Throwable> faults() {
    return faults;
  }

  /** Every listener opened since the last {@link #reset}, in order; closed ones too. */
  public Queue<TestListener> listeners() {
    return listeners;
  }

  /**
   * The open listener on a port.
   *
   * @throws AssertionError if there is not exactly one
   */
  public TestListener listener(int port) {
    TestListener found = null;
    for (TestListener listener : listeners) {
      InetSocketAddress bound = listener.bound();
      if (bound != null && bound.getPort() == port && !listener.closed()) {
        if (found != null) {
          throw new AssertionError("two open listeners on port " + port);
        }
        found = listener;
      }
    }
    if (found == null) {
      throw new AssertionError("no open listener on port " + port + " among " + listeners);
    }
    return found;
  }

  @Override
  public Outbound outbound() {
    Outbound asked = outbound;
    return asked == null ? NONE.outbound() : asked;
  }

  @Override
  public Inbound inbound() {
    return this;
  }

  @Override
  public void starting() {}

  @Override
  public void started() {}

  @Override
  public void shutdown(boolean over) {}

  /** As many as are needed: a test may hold some. */
  @Override
  public Executor aside() {
    return ASIDE;
  }

  @Override
  public Executor handshakes() {
    return ASIDE;
  }

  @Override
  public void fault(Throwable error) {
    faults.add(error);
  }

  @Override
  public @Nullable String unguarded(Unguarded port) {
    unguarded.add(port);
    return floor;
  }

  @Override
  public Listener open(String library, @Nullable InetSocketAddress bound, boolean ownTls) {
    RuntimeException failure = failOpen;
    if (failure != null) {
      throw failure;
    }
    TestListener listener = new TestListener(library, bound, ownTls, tls);
    listeners.add(listener);
    return new GuardedListener(listener, this::fault);
  }
}
