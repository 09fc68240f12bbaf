package dev.weft.instrumentation.apachehttpclient4;

import dev.weft.instrumentation.apachehttpclient4.inside.AsyncHooks;
import java.net.SocketAddress;
import net.bytebuddy.asm.Advice;
import org.apache.http.ConnectionReuseStrategy;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.conn.ConnectionKeepAliveStrategy;
import org.apache.http.conn.routing.HttpRoute;
import org.apache.http.nio.conn.NHttpClientConnectionManager;
import org.apache.http.nio.protocol.HttpAsyncRequestProducer;
import org.jspecify.annotations.Nullable;

/** Inlined into the library. */
final class ApacheHttpAsyncClient4Advice {
  private ApacheHttpAsyncClient4Advice() {}

  /** {@code new …(log, producer, consumer, context, future, manager, reuse, keepAlive, exec)}. */
  static final class NewHandler {
    private NewHandler() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(
        @Advice.Argument(1) HttpAsyncRequestProducer producer,
        @Advice.Argument(3) HttpClientContext context,
        @Advice.Argument(value = 5, readOnly = false) NHttpClientConnectionManager manager,
        @Advice.Argument(6) ConnectionReuseStrategy reuse,
        @Advice.Argument(7) ConnectionKeepAliveStrategy keepAlive) {
      manager = AsyncHooks.manager(manager, context, producer, reuse, keepAlive);
    }
  }

  /** The same with a processor before {@code reuse}, and no executor at the end. */
  static final class NewMinimalHandler {
    private NewMinimalHandler() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(
        @Advice.Argument(1) HttpAsyncRequestProducer producer,
        @Advice.Argument(3) HttpClientContext context,
        @Advice.Argument(value = 5, readOnly = false) NHttpClientConnectionManager manager,
        @Advice.Argument(7) ConnectionReuseStrategy reuse,
        @Advice.Argument(8) ConnectionKeepAliveStrategy keepAlive) {
      manager = AsyncHooks.manager(manager, context, producer, reuse, keepAlive);
    }
  }

  /** The application gives up, of which the manager would not hear while it waits for the mesh. */
  static final class Cancel {
    private Cancel() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(@Advice.FieldValue("connmgr") NHttpClientConnectionManager manager) {
      AsyncHooks.cancelled(manager);
    }
  }

  /** {@code resolveRemoteAddress(HttpRoute)}: a label is not to be looked up. */
  static final class Resolve {
    private Resolve() {}

    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    static @Nullable SocketAddress enter(@Advice.Argument(0) HttpRoute route) {
      return AsyncHooks.remote(route);
    }

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.Enter @Nullable SocketAddress known,
        @Advice.Return(readOnly = false) SocketAddress remote) {
      if (known != null) {
        remote = known;
      }
    }
  }
}
